// The form: what the person gives, and when to check. Nothing is stored and nothing is sent.
(function (por) {
  "use strict";

  const { make, sentence, word } = por;
  const find = (id) => document.getElementById(id);
  const [form, section, file, paste, account, key] = ["form", "result", "file", "paste", "account", "key"].map(find);
  let [proof, statement, keys] = [null, null, []]; // files that were chosen or dropped: {name, bytes, kind}
  let notes = []; // files that are of no use, and why
  let last = null; // what is shown, to show it again in the other language

  function speak() {
    document.documentElement.lang = por.language();
    document.title = word("title");
    for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
    for (const button of document.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === por.language()));
    }
    find("shipped").replaceChildren(...por.shippedWords());
    list();
    if (last !== null) last();
  }

  // --- files -----------------------------------------------------------------------------------------------------

  // Put each file where it belongs, by what is in it; `meant` is the field that it was chosen in, null for the page.
  async function take(files, meant) {
    notes = [];
    for (const given of files) {
      const bytes = new Uint8Array(await given.slice(0, por.MAX_STATEMENT + 1).arrayBuffer());
      const kind = por.classify(bytes);
      const row = { name: given.name, bytes, kind };
      const as = kind === "other" ? meant ?? "proof" : kind;
      if (as === "proof") [proof, paste.value] = [row, ""];
      else if (as === "statement") statement = row;
      else if (as === "key" || as === "key-file") keys = [...keys.filter((one) => one.name !== row.name), row];
      else notes.push(row);
    }
    list();
  }

  const GIVEN = { key: "given-key", "key-file": "given-version", toml: "given-toml", zip: "given-zip" };

  function list() {
    const row = (given, name, forget) => {
      const values = { name: given.name, size: given.bytes.length.toLocaleString("en") };
      const children = [sentence(name, values, { tag: "span" })];
      if (forget) {
        const button = make("button", { type: "button", kind: "quiet", text: "×", "aria-label": word("remove", values) });
        button.addEventListener("click", () => { forget(); list(); file.focus(); });
        children.push(button);
      }
      return make("li", { children });
    };
    const rows = [
      ...(proof === null ? [] : [row(proof, "given-proof", () => { [proof, file.value] = [null, ""]; })]),
      ...(statement === null ? [] : [row(statement, "given-statement", () => { [statement, find("statement").value] = [null, ""]; })]),
      ...keys.map((one) => row(one, GIVEN[one.kind] ?? "given-key", () => {
        [keys, find("key-file").value] = [keys.filter((other) => other !== one), ""];
      })),
      ...notes.map((one) => row(one, GIVEN[one.kind], null)),
    ];
    find("given").replaceChildren(...rows);
    find("chosen").hidden = rows.length === 0;
  }

  // --- checking --------------------------------------------------------------------------------------------------

  function proofBytes() {
    if (paste.value !== "") return new TextEncoder().encode(paste.value.trim());
    return proof === null ? null : proof.bytes;
  }

  // What is missing, with the field that the person should go to.
  function missing(given) {
    if (proofBytes() === null) return ["need-proof", file];
    if (account.value === "") return ["need-account", account];
    return given.length === 0 ? ["need-key", key] : null;
  }

  async function check() {
    const given = por.chosenKeys(key.value, keys);
    const lacking = missing(given);
    if (lacking !== null) {
      show(() => por.showMissing(section, lacking[0]));
      return lacking[1].focus();
    }
    try {
      const trust = await por.readTrust(given);
      const asked = { trust, accountId: account.value, statement: statement?.bytes ?? null, progress: busy };
      const checked = await por.checkProof(proofBytes(), asked);
      show(() => por.showChecked(section, checked));
    } catch (error) {
      if (!(error instanceof por.PorError)) throw error;
      show(() => por.showRefused(section, error));
    }
    section.focus();
    section.scrollIntoView();
  }

  let told = null;

  function busy(share) {
    const percent = Math.floor(share * 10) * 10;
    find("busy-bar").value = share;
    find("busy").hidden = false;
    if (percent === told) return; // a screen reader is told ten times, not a thousand
    told = percent;
    find("busy-words").textContent = word("busy", { percent });
  }

  function show(how) {
    last = how;
    how();
  }

  const FIELDS = { file: "proof", statement: "statement", "key-file": "key" };
  for (const [id, meant] of Object.entries(FIELDS)) find(id).addEventListener("change", () => take(find(id).files, meant));
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      find("drop").classList.toggle("over", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files, null);
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = find("check");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true"); // and not `disabled`, which would lose the keyboard's place
    told = null;
    busy(0);
    check().finally(() => {
      button.removeAttribute("aria-disabled");
      find("busy").hidden = true;
    });
  });
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      por.setLanguage(button.dataset.language);
      speak();
    });
  }
  window.addEventListener("beforeprint", () => {
    for (const details of section.querySelectorAll("details")) details.open = true;
  });
  por.setLanguage(navigator.language.startsWith("ja") ? "ja" : "en");
  speak();
})((globalThis.por ??= {}));
