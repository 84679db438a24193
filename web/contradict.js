// Two statements that one exchange signed: the same one, two of one log that go together, or a contradiction.
(function (por) {
  "use strict";

  const { PorError, joined, sha256, showHex } = por;

  // What a statement says of its log: `entries` are digests of payloads by index, `roots` the log's root by size.
  async function sideOf(envelope, statement) {
    const { index, before } = statement.log;
    const entries = new Map([[index, envelope.digest]]);
    const roots = new Map([[index, before]]);
    if (index > 0 && statement.previous !== null) entries.set(index - 1, statement.previous.digest);
    if (index === 0) roots.set(1, showHex(await sha256(joined([0], envelope.payload))));
    return { envelope, statement, index, sequence: statement.header.sequence, entries, roots };
  }

  // Return when both are the same statement; both were verified already. A contradiction is thrown with the file that
  // shows it to a third party (docs/spec/equivocation.md) as its `evidence`.
  async function compareStatements(carried, given) {
    if (carried.envelope.digest === given.envelope.digest) return;
    const [one, other] = [await sideOf(carried.envelope, carried.statement), await sideOf(given.envelope, given.statement)];
    const [a, b] = [one.statement.log, other.statement.log];
    const found = a.origin === b.origin && a.key === b.key ? contradiction(one, other) : null;
    if (found !== null) {
      const error = new PorError(found, "statement", `${one.sequence} and ${other.sequence} contradict each other`);
      const sides = [one, other].map((side) => ({ statement: side.envelope.document }));
      error.evidence = por.encode({ format: "por-equivocation/1", sides });
      throw error;
    }
    throw new PorError("statement-differs", "statement", `the proof is for ${one.sequence}, this is ${other.sequence}`);
  }

  function contradiction(one, other) {
    const [sequence, index] = [Math.sign(one.sequence - other.sequence), Math.sign(one.index - other.index)];
    if (sequence === 0 || index === 0) return "equivocation";
    const differ = (left, right) => [...left].some(([key, value]) => right.has(key) && right.get(key) !== value);
    if (sequence !== index || differ(one.entries, other.entries) || differ(one.roots, other.roots)) return "history-rewritten";
    return null;
  }

  Object.assign(por, { compareStatements });
})((globalThis.por ??= {}));
