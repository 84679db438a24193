// What signatures are judged by: bare keys, any of which suffices, or a key file and the versions that follow from it.
// An envelope never says who signs in which role; a statement's moment is its as_of, and no clock is looked at.
(function (por) {
  "use strict";

  const { KEEPERS, PREPARER, PorError } = por;

  // --- from the version that the person trusts to the newest -----------------------------------------------------

  // Follow from the oldest of these versions (as parseKeyFile gives them) as far as the others go.
  async function follow(given) {
    const pinned = given.reduce((oldest, one) => (one.file.version < oldest.file.version ? one : oldest));
    const versions = new Map([[pinned.file.version, pinned]]);
    for (const one of given) {
      if (!versions.has(one.file.version)) versions.set(one.file.version, one);
      if (versions.get(one.file.version).file.digest !== one.file.digest) {
        throw new PorError("keyfile-forked", one.where, "two key files of one version");
      }
    }
    await checkThreshold(pinned, pinned.file, pinned.file.from);
    const files = [pinned.file];
    for (const version of [...versions.keys()].sort((one, other) => one - other).slice(1)) {
      const old = files.at(-1);
      if (version !== old.version + 1) throw new PorError("keyfile-missing", "key file", `version ${old.version + 1}`);
      const next = versions.get(version);
      await checkThreshold(next, old, next.file.from);
      await checkThreshold(next, next.file, next.file.from);
      checkHistory(old, next.file, next.where);
      files.push(next.file);
    }
    return files;
  }

  // Count distinct keepers of `file` that were valid at `time` and signed.
  async function checkThreshold({ envelope, where }, file, time) {
    const needed = file.thresholds.get(KEEPERS);
    if (needed === undefined) throw new PorError("keyfile-threshold", where, "nobody may sign key files");
    const message = por.preAuthentication(envelope);
    let signed = 0;
    for (const entry of file.keys) {
      const signature = envelope.signatures.find((row) => row.keyid === entry.key.keyid);
      if (!entry.roles.includes(KEEPERS) || entry.revoked !== null || !signature || !within(entry, time)) continue;
      await por.verifySignature(entry.key, signature.sig, message, where);
      signed += 1;
    }
    if (signed < needed) throw new PorError("keyfile-threshold", where, `signed by ${signed} of ${needed} keepers`);
  }

  // A version names the one before it and rewrites nothing of it.
  function checkHistory(old, next, where) {
    const refuse = (what) => new PorError("keyfile-history", where, what);
    if (next.previous !== old.digest || next.from < old.from) throw refuse("it does not name the one before it");
    for (const row of old.keys) {
      const kept = next.keys.find((one) => one.key.keyid === row.key.keyid);
      if (kept === undefined || !keeps(row, kept)) throw refuse("it drops or changes a key, or takes back a revocation");
    }
  }

  function keeps(old, next) {
    const shown = (row) => JSON.stringify([row.name, row.roles, row.from, row.succeeds]);
    if (shown(old) !== shown(next)) return false;
    return old.revoked === null || (next.revoked !== null && next.revoked.at <= old.revoked.at);
  }

  const within = (entry, time) => (entry.from === null || entry.from <= time) && (entry.until === null || time <= entry.until);

  // --- trust -----------------------------------------------------------------------------------------------------

  // {keys, files} from what a person brought: [{name, bytes}], all of them keys (lines, PEM) or all versions of a key
  // file, of which the oldest is what the person trusts.
  async function readTrust(given) {
    if (given.length === 0) throw new PorError("key-missing", "key", "no key was given");
    const keys = [];
    const versions = [];
    for (const { name, bytes } of given) {
      const kind = por.classify(bytes);
      if (kind === "key-file" || /\.json$/i.test(name)) versions.push(await por.parseKeyFile(bytes, name));
      else if (kind === "toml") throw new PorError("keyfile-toml", name, "a key file that nobody signed");
      else keys.push(await por.parseKey(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)));
    }
    if (versions.length === 0) return { keys, files: null };
    if (keys.length > 0) throw new PorError("keys-mixed", "keys", "bare keys and key files do not go together");
    const files = await follow(versions);
    return { keys: files.at(-1).keys.map((row) => row.key), files };
  }

  // Return who signed a statement of `time`: [{key, roles, fault}], with the code of why a signature does not count.
  async function judge(envelope, trust, time, where) {
    const signers = await por.verifyEnvelope(envelope, trust.keys, where);
    if (trust.files === null) return signers.map((key) => ({ key, roles: [], fault: null }));
    const newest = trust.files.at(-1);
    if (time > newest.until) throw new PorError("keyfile-expired", where, "the key file does not speak of this time");
    const found = newest.keys.filter((row) => signers.includes(row.key)).map((row) => judged(row, time));
    const inForce = trust.files.findLast((file) => file.from <= time) ?? trust.files[0];
    for (const [role, needed] of inForce.thresholds) {
      if (role === KEEPERS) continue;
      const ours = found.filter((row) => row.roles.includes(role));
      const counted = ours.filter((row) => row.fault === null).length;
      if (counted >= needed) continue;
      const fault = ours.find((row) => row.fault !== null);
      if (fault) throw new PorError(fault.fault, where, `the key ${JSON.stringify(fault.key.name)} does not count`);
      throw new PorError("role-threshold", where, `signed by ${counted} of the ${needed} keys of the role ${role}`);
    }
    return found;
  }

  // A page has no authority of timestamps, so a revoked key counts for nothing.
  function judged(entry, time) {
    const fault = !within(entry, time) ? "key-expired" : entry.revoked !== null ? "key-revoked" : null;
    return { key: entry.key, roles: entry.roles, revoked: entry.revoked, fault };
  }

  // The ids of those keys that the person brought, of the ones that signed an envelope.
  const own = (envelope, trust) =>
    envelope.signatures.map((row) => row.keyid).filter((id) => trust.keys.some((key) => key.keyid === id));

  // The ids of the keys that began a statement's log. By a key file, the one that its key succeeds in the end; of bare
  // keys the statement's own, if it signed itself: nothing shows that another one speaks for it.
  function logsOf(envelope, { key }, trust) {
    if (trust.files === null) return own(envelope, trust).filter((id) => id === key);
    const { keys } = trust.files.at(-1);
    let entry = keys.find((row) => row.key.keyid === key);
    if (entry === undefined) return [key];
    while (entry.succeeds !== null) entry = keys.find((row) => row.name === entry.succeeds);
    return [entry.key.keyid];
  }

  // Who is held to a statement whatever its log: the exchange of the key file, or one bare key.
  const heldTo = (envelope, log, trust) => (trust.files === null ? logsOf(envelope, log, trust) : [trust.files[0].digest]);

  // Whether the key that began a log is one of the person's that may: a preparer's, and no heir's.
  function knowsLog({ key }, trust) {
    if (trust.files === null) return trust.keys.some((one) => one.keyid === key);
    const entry = trust.files.at(-1).keys.find((row) => row.key.keyid === key);
    return entry !== undefined && entry.roles.includes(PREPARER) && entry.succeeds === null;
  }

  Object.assign(por, { heldTo, judge, knowsLog, logsOf, readTrust });
})((globalThis.por ??= {}));
