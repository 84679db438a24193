// Small pieces of a page. Every text that came with a file goes in as text, isolated, never as markup: an issuer's name
// may be hostile, and may neither run, nor turn our own words around, nor widen the page.
(function (por) {
  "use strict";

  function make(name, { text, kind, children = [], ...more } = {}) {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    for (const [key, value] of Object.entries(more)) element.setAttribute(key, String(value));
    element.append(...children);
    return element;
  }

  const paragraph = (name, values) => make("p", { text: por.word(name, values) });
  const heading = (name, level = "h3") => make(level, { text: por.word(name) });
  const outside = (text) => make("bdi", { text });
  const outsideList = (texts) => make("ul", { children: texts.map((text) => make("li", { children: [outside(text)] })) });

  // A sentence of ours with texts of the file in it, each isolated; those of `code` as code. A value may be an element.
  function sentence(name, values, { tag = "p", code = [], kind = "" } = {}) {
    const marks = Object.fromEntries(Object.keys(values).map((key) => [key, `\u0000${key}\u0000`]));
    const parts = por.word(name, marks).split("\u0000").map((part, at) => {
      if (at % 2 === 0 || values[part] instanceof Node) return at % 2 === 0 ? part : values[part];
      return make(code.includes(part) ? "code" : "bdi", { text: String(values[part]), dir: "auto" });
    });
    return make(tag, { kind, children: parts });
  }

  let number = 0;

  // A text field with its label and a place for what is to be said of it; `look` is called with what is typed.
  function field(label, look, { value = "" } = {}) {
    number += 1;
    const input = make("input", { type: "text", id: `field-${number}`, autocomplete: "off", spellcheck: "false" });
    const said = make("div", { role: "status", kind: "said", id: `said-${number}` });
    input.setAttribute("aria-describedby", said.id);
    input.value = value;
    const show = () => said.replaceChildren(...(input.value.trim() === "" ? [] : [look(input.value.trim())]));
    input.addEventListener("input", show);
    label.htmlFor = input.id;
    return { children: [label, input, said], input, show };
  }

  // A choice with its label; `options` are texts, `look` is called with the number of the one that is chosen.
  function choice(label, options, look) {
    number += 1;
    const select = make("select", { id: `field-${number}` });
    options.forEach((text, at) => select.append(make("option", { text, value: at })));
    select.addEventListener("change", () => look(select.selectedIndex));
    return [make("label", { text: label, for: select.id }), select];
  }

  // An exact decimal with thousands separators: 1234567.5 becomes 1,234,567.5; other text stays.
  function grouped(figure) {
    const parts = /^([0-9]+)(\.[0-9]*)?$/.exec(figure);
    return parts === null ? figure : BigInt(parts[1]).toString().replace(/\B(?=(?:[0-9]{3})+$)/g, ",") + (parts[2] ?? "");
  }

  Object.assign(por, { choice, field, grouped, heading, make, outside, outsideList, paragraph, sentence });
})((globalThis.por ??= {}));
