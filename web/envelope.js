// The DSSE envelope around a statement or a key file (docs/spec/envelope.md): read strictly, then verified.
(function (por) {
  "use strict";

  const { PorError, base64, hex, joined, sha256, showHex } = por;
  const STATEMENT = "application/vnd.in-toto+json";
  const MAX_PAYLOAD = 32 * 1024 * 1024; // a bound against files that fill the memory
  const MAX_SIGNATURES = 64; // more signers than any scheme of roles needs; each costs a verification

  const malformed = (where, what) => new PorError("envelope-malformed", where, what);

  // Read an envelope that was decoded already, strictly. Nothing in it is verified yet.
  async function parseEnvelope(value, where, type = STATEMENT) {
    por.fields(value, { payload: "any", payloadType: "any", signatures: "any" }, where, malformed);
    if (value.payloadType !== type) throw malformed(where, `payloadType is not ${type}`);
    if (typeof value.payload === "string" && value.payload.length > (MAX_PAYLOAD / 3) * 4) {
      throw malformed(where, "the payload is too large");
    }
    const payload = base64(value.payload, `${where}: payload`);
    const rows = value.signatures;
    if (!Array.isArray(rows) || rows.length < 1 || rows.length > MAX_SIGNATURES) {
      throw malformed(where, `not 1 to ${MAX_SIGNATURES} signatures`);
    }
    const signatures = rows.map((row, at) => {
      const place = `${where}: signatures[${at}]`;
      por.fields(row, { keyid: "any", sig: "any" }, place, malformed);
      hex(row.keyid, 32, `${place}.keyid`);
      return { keyid: row.keyid, sig: base64(row.sig, `${place}.sig`) };
    });
    if (signatures.some((row, at) => at > 0 && row.keyid <= signatures[at - 1].keyid)) {
      throw malformed(where, "signatures are not in the order of their keyids, each once");
    }
    return { payload, signatures, type, document: value, digest: showHex(await sha256(payload)) };
  }

  // The bytes that are signed: the pre-authentication encoding of DSSE v1.
  function preAuthentication({ payload, type }) {
    return joined(new TextEncoder().encode(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload);
  }

  // Return the keys of `keys` that signed; signatures by others are passed over.
  async function verifyEnvelope(envelope, keys, where) {
    if (keys.length === 0) throw new PorError("key-missing", where, "no key was given");
    const message = preAuthentication(envelope);
    const signers = new Map();
    for (const { keyid, sig } of envelope.signatures) {
      const key = keys.find((one) => one.keyid === keyid);
      if (key === undefined) continue;
      await por.verifySignature(key, sig, message, where);
      signers.set(keyid, key);
    }
    if (signers.size === 0) throw new PorError("signer-unknown", where, "not signed by any of the keys given");
    return [...signers.values()];
  }

  Object.assign(por, { parseEnvelope, preAuthentication, verifyEnvelope });
})((globalThis.por ??= {}));
