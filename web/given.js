// What a file is by its first bytes, so that a person may drop the right things in any place and in any order.
(function (por) {
  "use strict";

  const KEY_LINE = /^[^\s]{1,300}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/;

  // "proof", "statement", "key-file", "key", "toml", "zip", or "other". A guess: whoever uses it reads strictly.
  function classify(bytes) {
    if (bytes[0] === 0x50 && bytes[1] === 0x4b) return "zip";
    const text = new TextDecoder().decode(bytes.subarray(0, 65536)).trim();
    if (text.startsWith("{")) {
      if (!/^\{\s*"(?:payload|payloadType|signatures)"/.test(text)) return "proof";
      const tail = new TextDecoder().decode(bytes.subarray(-65536));
      return `${text}${tail}`.includes(por.KEY_FILE_TYPE) ? "key-file" : "statement";
    }
    if (/-----BEGIN [A-Z ]*KEY-----/.test(text) || KEY_LINE.test(text)) return "key";
    return /^format\s*=\s*"por-keys\/1"/m.test(text) ? "toml" : "other";
  }

  // One or several keys in a text field: verifier lines, each on a line of its own, or PEM.
  function splitKeys(text) {
    const trimmed = text.trim();
    const lines = trimmed.split(/\s*\n\s*/);
    if (lines.every((line) => KEY_LINE.test(line))) return lines;
    const blocks = trimmed.split(/(?<=-----END PUBLIC KEY-----)\s*(?=-----BEGIN PUBLIC KEY-----)/);
    return trimmed === "" ? [] : blocks;
  }

  Object.assign(por, { classify, splitKeys });
})((globalThis.por ??= {}));
