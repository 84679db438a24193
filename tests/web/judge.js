// What the page answers to a whole case (tests/web/differential): run by node and in a browser.
async function judge(given) {
  const bytes = (text) => (text === null ? null : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
  try {
    const trust = await por.readTrust(given.keys.map((row) => ({ name: row.name, bytes: bytes(row.bytes) })));
    const asked = { trust, accountId: given.account, statement: bytes(given.statement) };
    const checked = await por.checkProof(bytes(given.proof), asked);
    const found = Object.fromEntries(checked.found.map((row) => [row.asset, row.amount.toString()]));
    const signers = checked.signers.map((row) => [row.key.keyid, row.roles]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
    return ["ok", found, [checked.digest, signers, checked.absent, checked.logKnown]];
  } catch (error) {
    if (!(error instanceof por.PorError)) throw error;
    return [error.code, por.isClaim(error.code) ? "claim" : "unread", null];
  }
}
