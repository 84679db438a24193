// Two statements that one exchange signed: the same one, two of one log that go together, or a contradiction.
(function (por) {
  "use strict";

  const { PorError, joined, sha256, showHex } = por;

  // What a statement says of its log: `entries` are digests of payloads by index, `roots` the log's root by size,
  // `names` digests of payloads by sequence. `began` is whose log it is, `held` who is held to it.
  async function sideOf({ envelope, statement }, trust) {
    const { header, log, previous, replaces } = statement;
    const entries = new Map([[log.index, envelope.digest]]);
    const roots = new Map([[log.index, log.before]]);
    if (log.index > 0 && previous !== null) entries.set(log.index - 1, previous.digest);
    if (log.index === 0) roots.set(1, showHex(await sha256(joined([0], envelope.payload))));
    const said = [replaces, previous].filter((row) => row !== null).map((row) => [row.sequence, row.digest]);
    return {
      envelope, log, entries, roots,
      sequence: header.sequence,
      about: JSON.stringify([header.issuer, header.scope]),
      names: new Map([...said, [header.sequence, envelope.digest]]),
      began: por.logsOf(envelope, log, trust),
      held: por.heldTo(envelope, log, trust),
    };
  }

  const meet = (left, right) => left.some((item) => right.includes(item));
  const differ = (left, right) => [...left].some(([key, value]) => right.has(key) && right.get(key) !== value);

  // Return when both are the same statement; both were verified and judged already. A contradiction is thrown with the
  // file that shows it to a third party (docs/spec/equivocation.md) as its `evidence`, unless that convicts nobody.
  async function compareStatements(carried, given, trust) {
    if (carried.envelope.digest === given.envelope.digest) return;
    const [one, other] = [await sideOf(carried, trust), await sideOf(given, trust)];
    const found = contradiction(one, other);
    if (found === null) {
      throw new PorError("statement-differs", "statement", `the proof is for ${one.sequence}, this is ${other.sequence}`);
    }
    const error = new PorError(found, "statement", `${one.sequence} and ${other.sequence} contradict each other`);
    if (por.knowsLog(one.log, trust) && por.knowsLog(other.log, trust)) {
      const sides = [one, other].map((side) => ({ statement: side.envelope.document }));
      error.evidence = por.encode({ format: "por-equivocation/1", sides });
    }
    throw error;
  }

  function contradiction(one, other) {
    const sequence = Math.sign(one.sequence - other.sequence);
    if (one.log.origin === other.log.origin && meet(one.began, other.began)) {
      const index = Math.sign(one.log.index - other.log.index);
      if (sequence === 0 || index === 0) return "equivocation";
      const rewritten = ["entries", "names", "roots"].some((what) => differ(one[what], other[what]));
      return sequence !== index || rewritten ? "history-rewritten" : null;
    }
    // A second log must not hide the second statement.
    if (!meet(one.held, other.held) || one.about !== other.about) return null;
    return differ(one.names, other.names) ? nameFault(one, other) : null;
  }

  // The first sequence, counted up, for which they name two statements.
  function nameFault(one, other) {
    const both = [...one.names.keys()].filter((key) => other.names.has(key) && one.names.get(key) !== other.names.get(key));
    const first = Math.min(...both);
    return first === one.sequence && first === other.sequence ? "equivocation" : "history-rewritten";
  }

  Object.assign(por, { compareStatements });
})((globalThis.por ??= {}));
