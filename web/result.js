// What was found, in words: a shortfall first, then who signed what, the balances, the path, and what it does not prove.
(function (por) {
  "use strict";

  const { heading, make, outside, outsideList, paragraph, sentence, word } = por;
  const DAY = 24 * 3600 * 1000;

  function title(name, level = "h2") {
    const element = heading(name, level);
    element.id = "result-title";
    return element;
  }

  function moment(time) {
    const text = por.showTime(time);
    const shown = make("span", { children: [make("time", { text, datetime: text })] });
    if (por.language() === "ja") {
      const there = new Date(time.getTime() + 9 * 3600 * 1000).toISOString();
      shown.append("（日本時間 ", make("time", { text: `${there.slice(0, 10)} ${there.slice(11, 19)}` }), "）");
    }
    return shown;
  }

  // The same moment by the reader's own clock, where that says something new.
  function local(time) {
    const here = -time.getTimezoneOffset() / 60;
    if (here === 0 || (here === 9 && por.language() === "ja")) return [];
    const parts = { year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" };
    return [paragraph("moment-local", { time: new Intl.DateTimeFormat(por.language(), parts).format(time) })];
  }

  function age(time) {
    const days = Math.floor((Date.now() - time.getTime()) / DAY);
    if (days < 0) return [make("p", { kind: "card warn", text: word("age-future") })];
    return days > 0 ? [paragraph("age", { days: days.toLocaleString("en") })] : [];
  }

  // A rule's sentence: its name in the reader's language beside the signed one, and figures that can be read.
  function ruleLine(rule) {
    const name = por.named("rule", rule.id);
    const shown = name === null ? outside(rule.title) : make("span", { children: [name, "（", outside(rule.title), "）"] });
    const unit = por.named("unit", rule.unit) ?? rule.unit;
    const [left, right] = [por.grouped(rule.left), por.grouped(rule.right)];
    return sentence("admits-line", { ...rule, left, right, unit, title: make("strong", { children: [shown] }) });
  }

  function admissions(statement) {
    const of = (outcome) => statement.rules.filter((rule) => rule.outcome === outcome).map(ruleLine);
    const [failed, open] = [of("does-not-hold"), of("undecided")];
    const card = (kind, name, lines) => make("div", { kind: `card ${kind}`, children: [heading(name, "h2"), ...lines] });
    return [
      ...(failed.length ? [card("bad", "admits-title", failed)] : []),
      ...(open.length ? [card("warn", "undecided-title", open)] : []),
    ];
  }

  function signers(checked) {
    const counted = checked.signers.map(({ key, roles }) => {
      const named = roles.map((role) => por.named("role", role) ?? role).join(", ");
      const values = { name: key.name ?? "", key: key.keyid, roles: named };
      const how = roles.length ? "signed-roles" : key.name ? "signed-name" : "signed";
      return sentence(how, values, { code: ["key"] });
    });
    const others = checked.faulted.map(({ key, fault, revoked }) => (fault === "key-revoked"
      ? sentence("signed-revoked", { name: key.name, time: moment(revoked.at), reason: revoked.reason })
      : sentence("signed-expired", { name: key.name })));
    return [...counted, ...others, ...(checked.others > 0 ? [paragraph("signed-others", { count: checked.others })] : [])];
  }

  // What a person types as an amount: full-width digits and thousands separators are meant as they look.
  function typed(text) {
    const plain = text.normalize("NFKC");
    return /^[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$/.test(plain) ? plain.replaceAll(",", "") : plain;
  }

  function compared(text, amount, decimals) {
    let page;
    try {
      page = por.parseDecimal(typed(text), decimals, "amount");
    } catch (error) {
      if (!(error instanceof por.PorError)) throw error;
      return make("p", { kind: "warn-text", text: por.errorWord(error.code === "decimal-too-fine" ? error.code : "decimal-malformed") });
    }
    const [ours, theirs] = [amount, page].map((value) => por.showUnits(value, decimals));
    const same = amount === page;
    return make("p", { kind: same ? "good-text" : "bad-text", text: word(same ? "page-same" : "page-differs", { amount: ours, typed: theirs }) });
  }

  function balances(checked) {
    const { roots } = checked.statement;
    const rows = checked.found.map((row) => {
      const label = make("label", { children: [sentence("page-asset", { asset: row.asset }, { tag: "span" })] });
      const { children } = por.field(label, (text) => compared(text, row.amount, row.decimals));
      const total = por.showUnits(roots.get(row.asset).total, row.decimals);
      return make("li", { children: [
        make("div", { kind: "balance", children: [
          make("span", { text: row.asset }), make("strong", { text: por.showUnits(row.amount, row.decimals) }),
        ] }),
        make("p", { kind: "note", text: word("found-of", { total }) }), ...children,
      ] });
    });
    const parts = [heading("found-title"), make("ul", { kind: "found", children: rows })];
    if (checked.absent.length) parts.push(paragraph("absent", { assets: checked.absent.join(", ") }), absent(checked));
    return [...parts, paragraph("compare")];
  }

  // For an asset of the statement in which nothing was counted for this person.
  function absent({ absent: assets, statement }) {
    let asset = assets[0];
    const label = make("label", { text: word("page-says") });
    const amount = por.field(label, (text) => compared(text, 0n, statement.roots.get(asset).decimals));
    const which = por.choice(word("page-which"), assets, (at) => { asset = assets[at]; amount.show(); });
    return make("details", { children: [make("summary", { text: word("page-absent") }), ...which, ...amount.children] });
  }

  function identity(checked) {
    const label = make("label", { text: word("statement-other") });
    const { children } = por.field(label, (text) => {
      const other = text.toLowerCase().replace(/[\s.…]+/g, "");
      if (other.length < 16) return paragraph("statement-short");
      if (checked.digest.startsWith(other)) return make("p", { kind: "good-text", text: word("statement-same") });
      const { sequence } = checked.statement.header;
      return make("p", { kind: "bad-text", text: word("statement-unlike", { sequence }) });
    });
    return [
      heading("statement-title"), make("p", { children: [make("code", { text: checked.digest })] }),
      paragraph("statement-note"), ...(checked.elsewhere ? [paragraph("statement-elsewhere")] : []),
      ...(checked.logKnown ? [] : [paragraph("log-unknown")]), ...children,
    ];
  }

  // Fill the section with what a check found; `checked` is what por.checkProof returns.
  function showChecked(section, checked) {
    const { statement } = checked;
    const { header, replaces } = statement;
    const values = { issuer: header.issuer, scope: header.scope, time: moment(header.time), sequence: header.sequence };
    const walks = por.walks(checked.found, statement.roots);
    const gaps = [...statement.gaps, ...statement.limitations];
    const print = make("button", { type: "button", kind: "quiet print", text: word("print") });
    print.addEventListener("click", () => window.print());
    section.replaceChildren(
      ...admissions(statement),
      make("div", { kind: "card good", children: [
        title("good-title"), sentence("states", values), ...local(header.time), ...age(header.time),
        ...(replaces === null ? [] : [sentence("replaces", replaces)]), ...signers(checked),
        ...(statement.verdict === "holds" ? [paragraph("tests-hold")] : []),
      ] }),
      ...balances(checked), ...identity(checked),
      heading("path-title"), ...walks.parts,
      heading("not-title"), outsideList(["not-assets", "not-others", "not-later"].map((name) => word(name))),
      ...(gaps.length ? [heading("admits-gaps"), outsideList(gaps)] : []), print,
    );
    section.hidden = false;
    walks.show();
  }

  // Fill the section with why a check did not succeed.
  function showRefused(section, error) {
    const claim = por.isClaim(error.code);
    const details = make("details", { children: [
      make("summary", { text: word("details") }), paragraph("code", { code: error.code }),
      make("p", { kind: "mono", lang: "en", children: [outside(error.message)] }),
    ] });
    section.replaceChildren(make("div", { kind: `card ${claim ? "bad" : "warn"}`, children: [
      title(claim ? "bad-title" : "unread-title"), make("p", { text: por.errorWord(error.code) }),
      ...(error.evidence ? evidence(error) : [paragraph(claim ? "keep-file" : "fetch-again")]), details,
    ] }));
    section.hidden = false;
  }

  function evidence(error) {
    const file = new Blob([error.evidence], { type: "application/json" });
    const link = make("a", { text: word("evidence"), download: "equivocation.json", href: URL.createObjectURL(file) });
    return [make("p", { children: [link] }), paragraph("evidence-note")];
  }

  // Fill the section with what is still to be given.
  function showMissing(section, name) {
    const note = make("p", { kind: "card warn", text: word(name), id: "result-title" });
    section.replaceChildren(note);
    section.hidden = false;
  }

  Object.assign(por, { showChecked, showMissing, showRefused });
})((globalThis.por ??= {}));
