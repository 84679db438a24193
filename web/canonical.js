// JSON as RFC 8785 bytes (docs/spec/encoding.md): a reader that refuses every other spelling, and the one spelling.
// Objects have no prototype, so that no key of a file can reach into the language; integers stay below 2^53.
(function (por) {
  "use strict";

  const INTEGER_LIMIT = 2 ** 53;
  const MAX_DEPTH = 32; // our deepest document nests 8 levels; a bound keeps a hostile one from exhausting the stack
  const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
  const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
  const PLAIN = /[^"\\\u0000-\u001f]*/y; // of a string, up to what needs a look
  const SIMPLE = /^[ !#-[\]-~]*$/; // spelled as it is
  const WORDS = [["true", true], ["false", false], ["null", null]];
  const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

  // An error of a check: `code` is the one that all verifiers give, `where` the place in the file.
  class PorError extends Error {
    constructor(code, where, what) {
      super(`${where}: ${what}`);
      this.name = "PorError";
      this.code = code;
    }
  }

  class Reader {
    constructor(text, where) {
      this.text = text;
      this.where = where;
      this.at = 0;
    }

    refuse(what) {
      return new PorError("json-malformed", this.where, `${what} at character ${this.at}`);
    }

    blanks() {
      for (;;) {
        const code = this.text.charCodeAt(this.at);
        if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) return;
        this.at += 1;
      }
    }

    document() {
      this.blanks();
      const value = this.value(0);
      this.blanks();
      if (this.at < this.text.length) throw this.refuse("more than one JSON value");
      return value;
    }

    value(depth) {
      const first = this.text.charAt(this.at);
      if (first === "{" || first === "[") {
        if (depth >= MAX_DEPTH) throw this.refuse("nested too deeply");
        this.at += 1;
        return first === "{" ? this.object(depth + 1) : this.array(depth + 1);
      }
      if (first === '"') return this.string();
      for (const [word, value] of WORDS) {
        if (this.text.startsWith(word, this.at)) {
          this.at += word.length;
          return value;
        }
      }
      return this.number();
    }

    object(depth) {
      const found = Object.create(null);
      this.blanks();
      if (this.eat("}")) return found;
      do {
        this.blanks();
        if (this.text.charAt(this.at) !== '"') throw this.refuse("no key");
        const key = this.string();
        if (key in found) throw this.refuse("a key stands twice");
        this.blanks();
        if (!this.eat(":")) throw this.refuse("no colon");
        this.blanks();
        found[key] = this.value(depth);
        this.blanks();
      } while (this.eat(","));
      if (!this.eat("}")) throw this.refuse("an object does not end");
      return found;
    }

    array(depth) {
      const found = [];
      this.blanks();
      if (this.eat("]")) return found;
      do {
        this.blanks();
        found.push(this.value(depth));
        this.blanks();
      } while (this.eat(","));
      if (!this.eat("]")) throw this.refuse("a list does not end");
      return found;
    }

    string() {
      const parts = [];
      this.at += 1;
      for (;;) {
        const from = this.at;
        PLAIN.lastIndex = from;
        PLAIN.test(this.text);
        this.at = PLAIN.lastIndex;
        const part = this.text.slice(from, this.at);
        if (this.eat('"')) return parts.length === 0 ? part : parts.join("") + part;
        parts.push(part);
        if (!this.eat("\\")) throw this.refuse("a text does not end or has a control character");
        parts.push(this.escape());
      }
    }

    escape() {
      const letter = this.text.charAt(this.at);
      this.at += 1;
      if (Object.hasOwn(ESCAPES, letter)) return ESCAPES[letter];
      const digits = this.text.slice(this.at, this.at + 4);
      if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) throw this.refuse("an unknown escape");
      this.at += 4;
      return String.fromCharCode(parseInt(digits, 16));
    }

    number() {
      NUMBER.lastIndex = this.at;
      const found = NUMBER.exec(this.text);
      if (found === null) throw this.refuse("no JSON value");
      if (found[1] !== undefined || found[2] !== undefined) throw this.refuse("not a whole number");
      const value = Number(found[0]);
      if (!(Math.abs(value) < INTEGER_LIMIT)) throw this.refuse("a number beyond 2^53");
      this.at = NUMBER.lastIndex;
      return value;
    }

    eat(character) {
      if (this.text.charAt(this.at) !== character) return false;
      this.at += 1;
      return true;
    }
  }

  // The JCS text of a value that `decode` gave; throws where none exists (a lone surrogate).
  function text(value) {
    if (typeof value === "string") {
      if (SIMPLE.test(value)) return `"${value}"`;
      if (LONE_SURROGATE.test(value)) throw new RangeError("a lone surrogate");
      return JSON.stringify(value); // escapes just as RFC 8785 asks
    }
    if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
    if (value !== null && typeof value === "object") {
      // Array.prototype.sort compares UTF-16 code units, as RFC 8785 asks.
      return `{${Object.keys(value).sort().map((key) => `${text(key)}:${text(value[key])}`).join(",")}}`;
    }
    return String(value === 0 ? 0 : value); // -0 is spelled 0
  }

  const encode = (value) => new TextEncoder().encode(text(value));

  // Parse JCS bytes (Uint8Array); what does not re-encode to the very same bytes is refused.
  function decode(bytes, where) {
    let source;
    try {
      source = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new PorError("json-malformed", where, "not UTF-8");
    }
    const value = new Reader(source, where).document();
    let same;
    try {
      same = text(value) === source;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      same = false;
    }
    if (!same) throw new PorError("json-not-canonical", where, "the JSON is not canonical (RFC 8785)");
    return value;
  }

  function hex(value, length, where) {
    if (typeof value !== "string" || value.length !== 2 * length || !/^[0-9a-f]*$/.test(value)) {
      throw new PorError("hex-malformed", where, `not ${length} bytes of lower-case hex`);
    }
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += 1) bytes[at] = digit(value, 2 * at) * 16 + digit(value, 2 * at + 1);
    return bytes;
  }

  function digit(text, at) {
    const code = text.charCodeAt(at);
    return code < 0x3a ? code - 0x30 : code - 0x57;
  }

  const showHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  function showBase64(bytes) {
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return btoa(binary);
  }

  // Canonical, padded, standard base64: what does not re-encode to itself is refused.
  function base64(value, where) {
    let bytes = null;
    if (typeof value === "string" && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
      try {
        bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
      } catch {
        bytes = null;
      }
    }
    if (bytes === null || showBase64(bytes) !== value) {
      throw new PorError("base64-malformed", where, "not canonical base64");
    }
    return bytes;
  }

  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

  const sameBytes = (left, right) => left.length === right.length && left.every((byte, at) => byte === right[at]);

  function joined(...parts) {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  // Exactly these keys and types ("integer", "string", "object", "array", "any"), else `refuse(where, what)` is thrown.
  function fields(value, required, where, refuse, optional = {}) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw refuse(where, "not an object");
    for (const key of Object.keys(required)) if (!(key in value)) throw refuse(where, `no key ${key}`);
    for (const key of Object.keys(value)) {
      const wanted = Object.hasOwn(required, key) ? required[key] : Object.hasOwn(optional, key) ? optional[key] : null;
      if (wanted === null) throw refuse(where, "an unknown key");
      if (wanted !== "any" && kind(value[key]) !== wanted) throw refuse(`${where}.${key}`, `not of the type ${wanted}`);
    }
    return value;
  }

  function kind(value) {
    if (Array.isArray(value)) return "array";
    if (value === null) return "null";
    return typeof value === "number" ? "integer" : typeof value;
  }

  Object.assign(por, {
    INTEGER_LIMIT, PorError, base64, decode, encode, fields, hex, joined, kind, sameBytes, sha256, showBase64, showHex,
  });
})((globalThis.por ??= {}));
