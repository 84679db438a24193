// The signed statement, as far as a customer's check needs it (docs/spec/statement.md), read strictly.
(function (por) {
  "use strict";

  const { PorError, checkText, fields, hex, isLine, joined, kind, parseTime, sameBytes, sha256 } = por;
  const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
  const PREDICATE_TYPE = "https://w3id.org/por/attestation/v1";
  const OUTCOMES = ["holds", "does-not-hold", "undecided", "not-covered"];
  const SUBJECTS = [
    "annex.json", "declared.toml", "liabilities.json", "policy.toml", "prices.csv", "report.html", "reserves.json",
  ];
  const REQUIRED_SUBJECTS = ["liabilities.json", "policy.toml", "prices.csv", "reserves.json"];
  const PREDICATE = {
    account_id_kind: "any", assets: "any", chains: "any", change: "any", declared: "any", issued: "any",
    liabilities: "any", limitations: "any", log: "any", policy: "any", previous: "any", prices: "any", replaces: "any",
    snapshot: "any", snapshot_id: "any", software: "any", solvency: "any", verdict: "any",
  };
  const RULE_TEXTS = ["id", "title", "reference", "left", "relation", "right", "unit", "outcome"];
  const malformed = (where, what) => new PorError("statement-malformed", where, what);
  const whole = (value) => kind(value) === "integer" && value >= 0;

  async function parseHeader(value, where) {
    const refuse = (at, what) => new PorError("header-malformed", at, what);
    fields(value, { as_of: "any", issuer: "any", scope: "any", sequence: "any" }, where, refuse);
    if (!whole(value.sequence)) throw refuse(`${where}.sequence`, "not a whole number of 0 or more");
    const time = parseTime(value.as_of, `${where}.as_of`);
    checkText(value.issuer, `${where}.issuer`);
    checkText(value.scope, `${where}.scope`);
    const id = await sha256(joined(new TextEncoder().encode("por/1 snapshot\0"), por.encode(value)));
    return { issuer: value.issuer, scope: value.scope, asOf: value.as_of, sequence: value.sequence, time, id };
  }

  // Read a statement's payload. It says nothing of signatures: verify the envelope first.
  async function parseStatement(payload, where) {
    const statement = por.decode(payload, where);
    fields(statement, { _type: "any", predicate: "any", predicateType: "any", subject: "any" }, where, malformed);
    if (statement._type !== STATEMENT_TYPE || statement.predicateType !== PREDICATE_TYPE) {
      throw new PorError("statement-type", where, `not a statement of the type ${PREDICATE_TYPE}`);
    }
    const predicate = fields(statement.predicate, PREDICATE, `${where}: predicate`, malformed);
    const header = await parseHeader(predicate.snapshot, `${where}: snapshot`);
    if (!sameBytes(hex(predicate.snapshot_id, 32, `${where}: snapshot_id`), header.id)) {
      throw new PorError("snapshot-id-mismatch", where, "snapshot_id is not that of its snapshot");
    }
    const solvency = predicate.solvency;
    if (kind(solvency) !== "object" || !Array.isArray(solvency.rules)) throw malformed(where, "no rules");
    const rules = solvency.rules.map((row, at) => rule(row, `${where}: rules[${at}]`));
    if (!["holds", "does-not-hold", "undecided"].includes(predicate.verdict)) throw malformed(where, "no verdict");
    if (predicate.verdict !== overall(rules)) throw malformed(where, "the verdict is not that of its rules");
    if (!hasTexts(predicate.policy, ["id", "version", "sha256"])) throw malformed(where, "policy is not named");
    if (kind(predicate.change) !== (predicate.previous === null ? "null" : "object")) {
      throw malformed(where, "change is there exactly when there is a statement before");
    }
    if (predicate.issued !== null) parseTime(predicate.issued, `${where}: issued`);
    return {
      header,
      accountIdKind: checkText(predicate.account_id_kind, `${where}: account_id_kind`),
      verdict: predicate.verdict,
      roots: por.parseAssets(predicate.liabilities, `${where}: liabilities`),
      rules,
      gaps: sentences(solvency.gaps, `${where}: gaps`),
      limitations: sentences(predicate.limitations, `${where}: limitations`),
      previous: reference(predicate.previous, { digest: "any", sequence: "any" }, header, `${where}: previous`),
      replaces: reference(
        predicate.replaces, { digest: "any", reason: "any", sequence: "any" }, header, `${where}: replaces`,
      ),
      log: position(predicate, where),
      software: software(predicate.software, `${where}: software`),
      issued: predicate.issued,
      subjects: subjects(statement.subject, `${where}: subject`),
    };
  }

  // A failure first, then what is undecided; rules that all covered nothing decide nothing.
  function overall(rules) {
    const outcomes = new Set(rules.map((row) => row.outcome));
    if (outcomes.has("does-not-hold")) return "does-not-hold";
    if (outcomes.has("undecided")) return "undecided";
    return outcomes.has("holds") ? "holds" : "undecided";
  }

  function rule(value, where) {
    if (!hasTexts(value, RULE_TEXTS)) throw malformed(where, "not a rule's result");
    if (RULE_TEXTS.some((name) => !isLine(value[name]))) throw malformed(where, "not one line");
    if (!OUTCOMES.includes(value.outcome)) throw malformed(where, "not an outcome");
    const names = ["label", "left", "right", "unit", "outcome"];
    if (!Array.isArray(value.lines) || !value.lines.every((line) => hasTexts(line, names))) {
      throw malformed(where, "lines are not label, left, right, unit and outcome");
    }
    if (!["string", "null", "undefined"].includes(kind(value.basis))) throw malformed(where, "not a basis");
    sentences(value.steps, `${where}: steps`);
    return Object.fromEntries(RULE_TEXTS.map((name) => [name, value[name]]));
  }

  // The published files: a Map from name to SHA-256 (hex).
  function subjects(rows, where) {
    const found = new Map();
    for (const [at, row] of (Array.isArray(rows) ? rows : []).entries()) {
      const place = `${where}[${at}]`;
      fields(row, { digest: "any", name: "any" }, place, malformed);
      fields(row.digest, { sha256: "any" }, `${place}.digest`, malformed);
      if (!SUBJECTS.includes(row.name) || found.has(row.name)) throw malformed(place, "an unknown or repeated name");
      hex(row.digest.sha256, 32, `${place}.digest.sha256`);
      found.set(row.name, row.digest.sha256);
    }
    const names = [...found.keys()];
    const ascending = names.every((name, at) => at === 0 || names[at - 1] < name);
    if (!ascending || !REQUIRED_SUBJECTS.every((name) => found.has(name))) {
      throw malformed(where, "not the files of a publication, sorted by name");
    }
    return found;
  }

  function software(value, where) {
    const row = fields(value, { name: "any", version: "any" }, where, malformed);
    checkText(row.name, `${where}.name`);
    return checkText(row.version, `${where}.version`);
  }

  function reference(value, keys, header, where) {
    if (value === null) return null;
    fields(value, keys, where, malformed);
    if ("reason" in keys) checkText(value.reason, `${where}.reason`);
    if (!whole(value.sequence) || value.sequence >= header.sequence) throw malformed(where, "not an earlier statement");
    hex(value.digest, 32, `${where}.digest`);
    return { ...value };
  }

  function position(predicate, where) {
    const refuse = (at, what) => new PorError("log-malformed", at, what);
    const log = fields(predicate.log, { before: "any", index: "any", key: "any", origin: "any" }, where, refuse);
    const before = fields(log.before, { root: "any", size: "any" }, `${where}: log.before`, refuse);
    if (!whole(log.index) || before.size !== log.index) throw refuse(`${where}: log.index`, "not a whole number");
    if (typeof log.origin !== "string") throw refuse(`${where}: log.origin`, "not a name");
    por.checkName(log.origin, `${where}: log.origin`);
    hex(log.key, 32, `${where}: log.key`);
    hex(before.root, 32, `${where}: log.before.root`);
    if ((log.index === 0) !== (predicate.previous === null)) throw malformed(where, "previous and index do not agree");
    return { origin: log.origin, key: log.key, index: log.index, before: before.root };
  }

  const hasTexts = (value, names) => kind(value) === "object" && names.every((name) => typeof value[name] === "string");

  function sentences(value, where) {
    const good = Array.isArray(value) && value.every((item) => typeof item === "string" && isLine(item));
    if (!good) throw malformed(where, "not a list of sentences");
    return value;
  }

  Object.assign(por, { parseStatement });
})((globalThis.por ??= {}));
