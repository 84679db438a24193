// One version of an exchange's key file (docs/spec/keyfile.md): who signs in which role, from when until when, which
// keys were revoked, and who signs the next version. Read strictly; keychain.js follows one version to the next.
(function (por) {
  "use strict";

  const { PorError, base64, checkText, fields, hex, joined, kind, parseTime, sha256, showHex } = por;
  const FORMAT = "por-keys/1";
  const TYPE = "application/vnd.por.keys+json";
  const KEEPERS = "keys"; // the role of those who sign the next version
  const PREPARER = "preparer"; // the role of those who make statements: they alone sign the log
  const MAX_FILE = 1024 * 1024;
  const MAX_KEYS = 256;
  const MAX_WITNESSES = 63; // all of them fit under one checkpoint beside the log's own signature
  const ROLE = /^[a-z][a-z-]{0,23}$/;
  const WITNESS = /^([^+\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+)$/;
  const ED25519 = hex("302a300506032b6570032100", 12, "prefix");

  const malformed = (where, what) => new PorError("keyfile-malformed", where, what);
  const any = (...names) => Object.fromEntries(names.map((name) => [name, "any"]));
  const distinct = (items) => new Set(items).size === items.length;
  const moment = (value, where) => (value === null ? null : parseTime(value, where));

  // Read N.keys.json; no signature is verified. Times are Dates, keys as parseKey gives them.
  async function parseKeyFile(bytes, where) {
    if (bytes.length > MAX_FILE) throw new PorError("file-too-large", where, `more than ${MAX_FILE} bytes`);
    const envelope = await por.parseEnvelope(por.decode(bytes, where), where, TYPE);
    return { where, envelope, file: await parseDocument(por.decode(envelope.payload, where), envelope.digest, where) };
  }

  async function parseDocument(value, digest, where) {
    const names = any("format", "issuer", "version", "from", "until", "previous", "thresholds", "keys");
    const row = fields(value, names, where, malformed, any("witnesses"));
    if (row.format !== FORMAT) throw malformed(where, `not of the format ${FORMAT}`);
    if (kind(row.version) !== "integer" || row.version < 1) throw malformed(where, "version is not 1, 2, 3, ...");
    if (row.previous !== null) hex(row.previous, 32, `${where}: previous`);
    const found = {
      digest,
      issuer: checkText(row.issuer, `${where}: issuer`),
      version: row.version,
      from: parseTime(row.from, `${where}: from`),
      until: parseTime(row.until, `${where}: until`),
      previous: row.previous,
      thresholds: thresholds(row.thresholds, `${where}: thresholds`),
      keys: await entries(row.keys, `${where}: keys`),
    };
    const witnesses = "witnesses" in row ? await policy(row.witnesses, `${where}: witnesses`) : [];
    if ((found.version === 1) !== (found.previous === null)) throw malformed(where, "previous is not that of its version");
    checkWhole(found, witnesses, where);
    return found;
  }

  function thresholds(value, where) {
    if (kind(value) !== "object" || !Object.keys(value).some((role) => role !== KEEPERS)) {
      throw malformed(where, "no role is asked to sign statements");
    }
    const rows = Object.entries(value);
    for (const [role, number] of rows) {
      const good = ROLE.test(role) && kind(number) === "integer" && number >= 1 && number <= MAX_KEYS;
      if (!good) throw malformed(where, "not a role with how many of its keys must sign");
    }
    return new Map(rows.sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  async function entries(rows, where) {
    if (!Array.isArray(rows) || rows.length < 1 || rows.length > MAX_KEYS) throw malformed(where, `not 1 to ${MAX_KEYS}`);
    const found = [];
    for (const [at, value] of rows.entries()) {
      const place = `${where}[${at}]`;
      const row = fields(value, any("name", "public", "roles", "from", "until", "succeeds", "revoked"), place, malformed);
      const name = checkText(row.name, `${place}: name`);
      const key = await por.fromSpki(base64(row.public, `${place}: public`));
      found.push({
        name,
        key: { ...key, name },
        roles: roles(row.roles, place),
        from: moment(row.from, `${place}: from`),
        until: moment(row.until, `${place}: until`),
        succeeds: row.succeeds === null ? null : checkText(row.succeeds, `${place}: succeeds`),
        revoked: revocation(row.revoked, `${place}: revoked`),
      });
    }
    return found;
  }

  function roles(value, where) {
    const good = Array.isArray(value) && value.length > 0 &&
      value.every((role, at) => typeof role === "string" && ROLE.test(role) && (at === 0 || value[at - 1] < role));
    if (!good) throw malformed(where, "roles are not names like preparer, each once and sorted");
    return value;
  }

  function revocation(value, where) {
    if (value === null) return null;
    const row = fields(value, any("at", "reason"), where, malformed);
    return { at: parseTime(row.at, `${where}.at`), reason: checkText(row.reason, `${where}.reason`) };
  }

  // The ids of the witnesses' keys. A customer's check asks no witness, but a file that names none properly is refused.
  async function policy(value, where) {
    const refuse = (what) => new PorError("witness-key", where, what);
    fields(value, any("needed", "keys"), where, malformed);
    const { needed, keys } = value;
    if (!Array.isArray(keys) || keys.length < 1 || keys.length > MAX_WITNESSES) throw refuse(`not 1 to ${MAX_WITNESSES}`);
    const found = [];
    for (const line of keys) found.push(await witness(line, where, refuse));
    if (!distinct(found.map((row) => row.name)) || !distinct(found.map((row) => row.keyid))) throw refuse("one stands twice");
    if (kind(needed) !== "integer" || needed < 1 || needed > found.length) throw refuse("needed is not how many of them");
    return found;
  }

  // A verifier line of type 4 (C2SP tlog-cosignature).
  async function witness(line, where, refuse) {
    const parts = typeof line === "string" ? WITNESS.exec(line) : null;
    if (parts === null) throw refuse("not of the form name+id+base64");
    const data = base64(parts[3], where);
    if (data[0] !== 4 || data.length !== 33) throw refuse("not a witness's key");
    const { keyid } = await por.fromSpki(joined(ED25519, data.slice(1)));
    por.checkName(parts[1], where);
    const id = await sha256(joined(new TextEncoder().encode(`${parts[1]}\n`), data));
    if (showHex(id.slice(0, 4)) !== parts[2]) throw refuse("the id does not belong to this name and key");
    return { name: parts[1], keyid };
  }

  function checkWhole(file, witnesses, where) {
    const names = file.keys.map((row) => row.name);
    const own = file.keys.map((row) => row.key.keyid);
    if (!file.keys.some((row) => row.roles.includes(PREPARER))) throw malformed(where, "nobody may sign the log");
    if (!distinct(names) || !distinct(own)) throw malformed(where, "a name or a key stands twice");
    const backwards = (row) => row.until !== null && row.until < (row.from ?? 0);
    if (file.until <= file.from || file.keys.some(backwards)) throw malformed(where, "an until that is before its from");
    if (witnesses.some((row) => own.includes(row.keyid))) throw malformed(where, "a witness has a key of this file");
    const before = new Map(file.keys.map((row) => [row.name, row.succeeds]));
    for (const row of file.keys) {
      let [name, steps] = [row.succeeds, 0];
      for (; name !== null && steps <= names.length; steps += 1) {
        if (!before.has(name)) throw malformed(where, "a key succeeds one that is not in this file");
        name = before.get(name);
      }
      if (steps > names.length) throw malformed(where, "a key succeeds itself");
    }
    for (const [role, number] of file.thresholds) {
      const able = file.keys.filter((row) => row.roles.includes(role) && (row.revoked === null || role !== KEEPERS));
      if (able.length < number) throw malformed(where, "a role asks for more keys than it has");
    }
  }

  Object.assign(por, { KEEPERS, PREPARER, KEY_FILE_TYPE: TYPE, parseKeyFile });
})((globalThis.por ??= {}));
