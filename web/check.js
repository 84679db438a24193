// The whole of a customer's check: the proof, the statement in it or beside it, and what the person brought and typed.
(function (por) {
  "use strict";

  const { PorError, hex, kind } = por;
  const MAX_PROOF = 16 * 1024 * 1024; // as `por verify`: larger ones only cost the reader time
  const MAX_STATEMENT = 48 * 1024 * 1024;
  const DECIMAL = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

  function limited(bytes, limit, where) {
    if (bytes.length > limit) throw new PorError("file-too-large", where, `more than ${limit} bytes`);
    return por.decode(bytes, where);
  }

  // `trust` is what por.readTrust gave; `statement` the bytes of attestation.json got from elsewhere, or null;
  // `progress` is called now and then with the share that is done.
  async function checkProof(bytes, { trust, accountId, statement = null, progress = () => {} }) {
    await por.pause();
    const proof = limited(bytes, MAX_PROOF, "proof");
    await por.pause();
    const { embedded, digest } = await carried(proof);
    const given = statement === null ? null :
      await por.parseEnvelope(limited(statement, MAX_STATEMENT, "statement"), "statement");
    const envelope = given ?? embedded;
    if (envelope === null) throw new PorError("statement-missing", "proof", "it carries no signed statement");
    await por.verifyEnvelope(envelope, trust.keys, "statement");
    const read = await por.parseStatement(envelope.payload, "statement");
    const signed = await por.judge(envelope, trust, read.header.time, "statement");
    if (embedded !== null && given !== null) {
      const where = "the statement in the proof";
      await por.verifyEnvelope(embedded, trust.keys, where);
      const inner = await por.parseStatement(embedded.payload, where);
      // whoever signs in no role that counts must not have the exchange accused
      if (embedded.digest !== given.digest) await por.judge(embedded, trust, inner.header.time, where);
      await por.compareStatements({ envelope: embedded, statement: inner }, { envelope: given, statement: read }, trust);
    }
    if (digest !== null && digest !== envelope.digest) {
      throw new PorError("attestation-digest", "proof", "it names another statement");
    }
    const { id } = read.header;
    const found = await por.verifyProof(proof, { snapshotId: id, roots: read.roots, accountId, progress });
    if (found.length === 0) throw new PorError("proof-empty", "proof", "nothing was counted for anybody");
    const named = new Set(found.map((row) => row.asset));
    return {
      statement: read,
      digest: envelope.digest,
      signers: signed.filter((row) => row.fault === null),
      faulted: signed.filter((row) => row.fault !== null),
      others: envelope.signatures.length - signed.length,
      found,
      absent: [...read.roots.keys()].filter((asset) => !named.has(asset)),
      elsewhere: embedded !== null && given !== null,
      logKnown: por.knowsLog(read.log, trust),
    };
  }

  // The envelope and the digest that the proof carries; the rest of its form is the verifier's matter.
  async function carried(proof) {
    const attestation = kind(proof) === "object" ? (proof.attestation ?? null) : null;
    if (attestation === null) return { embedded: null, digest: null };
    if (kind(attestation) !== "object") throw new PorError("proof-malformed", "proof: attestation", "not an object");
    hex(attestation.digest, 32, "proof: attestation.digest");
    const embedded = "envelope" in attestation
      ? await por.parseEnvelope(attestation.envelope, "proof: attestation.envelope") : null;
    return { embedded, digest: attestation.digest };
  }

  // Read an exact decimal ("0.5") of a whole unit into base units, as `por verify --expect` reads what a person types.
  function parseDecimal(text, decimals, where) {
    const found = DECIMAL.exec(text);
    if (found === null) throw new PorError("decimal-malformed", where, "not a decimal amount");
    const fraction = (found[2] ?? "").replace(/0+$/, "");
    if (fraction.length > decimals) throw new PorError("decimal-too-fine", where, `more than ${decimals} decimals`);
    return por.units((found[1] + fraction.padEnd(decimals, "0")).replace(/^0+(?=.)/, ""), where);
  }

  Object.assign(por, { MAX_PROOF, MAX_STATEMENT, checkProof, parseDecimal });
})((globalThis.por ??= {}));
