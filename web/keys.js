// Public keys and what they verify: Ed25519, and ECDSA P-256 with SHA-256 (docs/spec/envelope.md), by WebCrypto.
(function (por) {
  "use strict";

  const { PorError, base64, hex, joined, sha256, showHex } = por;
  // Blanks as C2SP signed-note means them, not as this language does; the white space of PEM is ASCII.
  const LINE = /^([^+\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/;
  const PEM = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/= \t\n\r\f\v]+)-----END PUBLIC KEY-----/g;

  // What stands before the key in a SubjectPublicKeyInfo (RFC 8410, RFC 5480), and the key's length: a key has one
  // encoding and so one id; another length form or a compressed point is refused.
  const ALGORITHMS = {
    ed25519: { prefix: hex("302a300506032b6570032100", 12, "prefix"), length: 32, type: 1, web: { name: "Ed25519" } },
    p256: {
      prefix: hex("3059301306072a8648ce3d020106082a8648ce3d030107034200", 26, "prefix"),
      length: 65,
      type: 2,
      web: { name: "ECDSA", namedCurve: "P-256" },
    },
  };

  // Of the eight points of small order, their y: under such a key a signature verifies any message at all.
  const FIELD = 2n ** 255n - 19n;
  const CURVE_D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
  const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
  const SMALL_ORDER = [0n, 1n, FIELD - 1n, ORDER_8, FIELD - ORDER_8];

  const keyMalformed = (what) => new PorError("key-malformed", "key", what);

  // Read a PEM public key or a one-line verifier key (C2SP signed-note, name+hash+base64) of type 1 or 2.
  async function parseKey(text) {
    if (text.includes("PRIVATE KEY-----")) throw new PorError("key-private", "key", "this is a private key");
    const line = LINE.exec(text.replace(/\n$/, ""));
    if (line !== null) return parseLine(line[1], line[2], base64(line[3], "key"));
    const blocks = [...text.matchAll(PEM)];
    if (blocks.length !== 1 || text.split("-----BEGIN ").length !== 2) throw keyMalformed("neither PEM nor a line");
    return fromSpki(base64(blocks[0][1].replace(/\s+/g, ""), "key"));
  }

  async function parseLine(name, id, data) {
    const [type, encoded] = [data[0], data.slice(1)];
    const short = type === 1 && encoded.length === ALGORITHMS.ed25519.length;
    if (!short && type !== 2) throw keyMalformed("of an unknown type");
    const key = await fromSpki(short ? joined(ALGORITHMS.ed25519.prefix, encoded) : encoded);
    if (ALGORITHMS[key.algorithm].type !== type) throw keyMalformed("the type is not that of the key");
    if (short) por.checkName(name, "key");
    const hashed = short ? joined(new TextEncoder().encode(`${name}\n`), data) : encoded;
    if (showHex((await sha256(hashed)).slice(0, 4)) !== id) throw keyMalformed("the hash is not that of name and key");
    return { ...key, name: por.checkName(name, "key") };
  }

  async function fromSpki(spki) {
    for (const [algorithm, { prefix, length, web }] of Object.entries(ALGORITHMS)) {
      if (spki.length !== prefix.length + length || !prefix.every((byte, at) => spki[at] === byte)) continue;
      if (algorithm === "ed25519") checkPoint(spki.slice(prefix.length));
      let handle;
      try {
        handle = await crypto.subtle.importKey("spki", spki, web, false, ["verify"]);
      } catch (error) {
        if (error.name === "NotSupportedError") throw new PorError("browser-too-old", "key", `without ${algorithm}`);
        throw keyMalformed("not a readable public key");
      }
      return { algorithm, spki, handle, keyid: showHex(await sha256(spki)), name: null };
    }
    if (spki[0] !== 0x30) throw keyMalformed("not a readable public key");
    throw new PorError("key-algorithm", "key", "neither an Ed25519 nor a P-256 key");
  }

  // The one encoding of a point of the curve of large order (RFC 8032, 5.1.3), which not every browser insists on.
  function checkPoint(encoded) {
    const y = BigInt(`0x${showHex(encoded.slice().reverse())}`) & (2n ** 255n - 1n);
    const over = power((CURVE_D * y * y + 1n) % FIELD, FIELD - 2n);
    const square = (((y * y - 1n + FIELD) % FIELD) * over) % FIELD;
    if (y >= FIELD || SMALL_ORDER.includes(y) || power(square, (FIELD - 1n) / 2n) !== 1n) {
      throw keyMalformed("no point of the curve of large order");
    }
  }

  function power(base, exponent) {
    let result = 1n;
    for (let factor = base % FIELD, rest = exponent; rest > 0n; rest >>= 1n, factor = (factor * factor) % FIELD) {
      if (rest & 1n) result = (result * factor) % FIELD;
    }
    return result;
  }

  async function verifySignature(key, signature, message, where) {
    const wrong = new PorError("signature-invalid", where, `the signature is not that of key ${key.keyid.slice(0, 16)}`);
    if (key.algorithm === "ed25519") {
      if (!(await crypto.subtle.verify("Ed25519", key.handle, signature, message))) throw wrong;
      return;
    }
    const raw = rawSignature(signature);
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    if (raw === null || !(await crypto.subtle.verify(algorithm, key.handle, raw, message))) throw wrong;
  }

  // DER (SEQUENCE of two INTEGERs, in the one shortest form) to the two 32-byte numbers that WebCrypto takes; or null.
  function rawSignature(der) {
    if (der[0] !== 0x30 || der.length < 8 || der.length > 72 || der[1] !== der.length - 2) return null;
    const raw = new Uint8Array(64);
    let at = 2;
    for (const end of [32, 64]) {
      const length = der[at + 1];
      const number = der.slice(at + 2, at + 2 + length);
      if (der[at] !== 2 || length < 1 || number.length !== length || number[0] > 0x7f) return null;
      if (length > 1 && number[0] === 0 && number[1] < 0x80) return null;
      const digits = number[0] === 0 ? number.slice(1) : number;
      if (digits.length > 32) return null;
      raw.set(digits, end - digits.length);
      at += 2 + length;
    }
    return at === der.length ? raw : null;
  }

  Object.assign(por, { fromSpki, parseKey, verifySignature });
})((globalThis.por ??= {}));
