// What the page's verifier answers to a vector: run by node and in a browser, beside the page's own scripts.
// Canonical JSON, and lone surrogates as three bytes, as fixtures/README.md says: not what the page itself would write.
function bytes(text) {
  const out = [];
  for (const character of text) {
    const code = character.codePointAt(0);
    if (code >= 0xd800 && code <= 0xdfff) out.push(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
    else out.push(...new TextEncoder().encode(character));
  }
  return Uint8Array.from(out);
}

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const rows = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${rows.join(",")}}`;
}

async function answer(vector) {
  try {
    const statement = por.decode(bytes(vector.statement_text ?? canonical(vector.statement)), "statement");
    const refuse = (where, what) => new por.PorError("statement-malformed", where, what);
    por.fields(statement, { snapshot_id: "string", assets: "array" }, "statement", refuse);
    const form = por.checkAssetForms(statement.assets, "assets");
    const snapshotId = por.hex(statement.snapshot_id, 32, "snapshot_id");
    const roots = por.readAssets(form, "assets");
    const proof = por.decode(bytes(vector.proof_text ?? canonical(vector.proof)), "proof");
    const found = await por.verifyProof(proof, { snapshotId, roots, accountId: vector.account_id });
    return ["ok", Object.fromEntries(found.map((row) => [row.asset, row.amount.toString()]))];
  } catch (error) {
    if (!(error instanceof por.PorError)) throw error;
    return [error.code, null];
  }
}
