// What was found, in words: a shortfall first, then who signed what, the balances, the path, and what it does not prove.
// Every text of the file goes in as text, isolated, never as markup: an issuer's name may be hostile.
(function (por) {
  "use strict";

  const { word } = por;

  function make(name, { text, kind, children = [] } = {}) {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    element.append(...children);
    return element;
  }

  const heading = (name, level = "h3") => make(level, { text: word(name) });
  const paragraph = (text) => make("p", { text });
  const list = (rows) => make("ul", { children: rows.map((text) => make("li", { text, kind: "outside" })) });

  // A sentence of ours with texts of the file in it, each isolated so that it cannot turn the sentence around.
  function sentence(name, values, code = []) {
    const element = document.createElement("p");
    const template = word(name, Object.fromEntries(Object.keys(values).map((key) => [key, `\u0000${key}\u0000`])));
    template.split("\u0000").forEach((part, at) => {
      if (at % 2 === 0) return element.append(part);
      const piece = make(code.includes(part) ? "code" : "bdi", { text: String(values[part]) });
      element.append(piece);
    });
    return element;
  }

  function moment(time) {
    const text = time.toISOString().replace(".000Z", "Z");
    if (por.language() !== "ja") return text;
    const there = new Date(time.getTime() + 9 * 3600 * 1000).toISOString();
    return `${text}（日本時間 ${there.slice(0, 10)} ${there.slice(11, 19)}）`;
  }

  function admissions(statement) {
    const failed = statement.rules.filter((rule) => rule.outcome === "does-not-hold");
    const open = statement.rules.filter((rule) => rule.outcome === "undecided");
    const cards = [];
    const lines = (rules) => rules.map((rule) => sentence("admits-line", rule));
    if (failed.length) cards.push(make("div", { kind: "card bad", children: [heading("admits-title", "h2"), ...lines(failed)] }));
    if (open.length) cards.push(make("div", { kind: "card warn", children: [heading("undecided-title", "h2"), ...lines(open)] }));
    return cards;
  }

  function balances(checked) {
    const rows = checked.found.map((row) => make("div", { children: [
      make("dt", { text: row.asset }), make("dd", { text: por.showUnits(row.amount, row.decimals) }),
    ] }));
    const parts = [heading("found-title"), make("dl", { kind: "found", children: rows })];
    if (checked.absent.length) parts.push(paragraph(word("absent", { assets: checked.absent.join(", ") })));
    return [...parts, paragraph(word("compare"))];
  }

  function signers(checked) {
    return checked.signers.map(({ key }) =>
      key.name
        ? sentence("signed-name", { name: key.name, key: key.keyid }, ["key"])
        : sentence("signed", { key: key.keyid }, ["key"]));
  }

  // Fill the section with what a check found; `checked` is what por.checkProof returns.
  function showChecked(section, checked, issuer) {
    const { statement } = checked;
    const { header } = statement;
    const title = make("h2", { text: word("good-title") });
    title.id = "result-title";
    const values = { issuer: header.issuer, scope: header.scope, time: moment(header.time), sequence: header.sequence };
    const said = [sentence("states", values)];
    if (statement.replaces !== null) said.push(sentence("replaces", statement.replaces));
    const walks = checked.found.flatMap((row) =>
      row.pieces.map((piece) => por.walk(piece, row, statement.roots.get(row.asset).count)));
    const notes = ["not-assets", "not-others", "not-later"].map((name) => word(name));
    section.replaceChildren(
      ...admissions(statement),
      make("div", { kind: "card good", children: [title, ...said, ...signers(checked)] }),
      ...balances(checked),
      heading("statement-title"), make("p", { children: [make("code", { text: checked.digest })] }),
      paragraph(word("statement-note")),
      heading("path-title"), ...walks.map((walk) => walk.whole),
      heading("not-title"), list(notes),
    );
    const gaps = [...statement.gaps, ...statement.limitations];
    if (gaps.length) section.append(heading("admits-gaps"), list(gaps));
    section.hidden = false;
    for (const walk of walks) walk.show();
  }

  // Fill the section with why a check did not succeed.
  function showRefused(section, error) {
    const unread = por.isUnreadable(error.code);
    const title = make("h2", { text: word(unread ? "unread-title" : "bad-title") });
    title.id = "result-title";
    const detail = make("details", { children: [
      make("summary", { text: word("details") }), make("p", { kind: "mono", text: `${error.code}: ${error.message}` }),
    ] });
    section.replaceChildren(make("div", { kind: `card ${unread ? "warn" : "bad"}`, children: [
      title, paragraph(por.errorWord(error.code)), paragraph(word(unread ? "fetch-again" : "keep-file")), detail,
    ] }));
    section.hidden = false;
  }

  Object.assign(por, { showChecked, showRefused });
})((globalThis.por ??= {}));
