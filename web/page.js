// The form: what the person gives, and when to check. Nothing is stored and nothing is sent.
(function (por) {
  "use strict";

  const MAX_PROOF = 16 * 1024 * 1024; // as `por verify`: larger ones only cost the reader time
  const find = (id) => document.getElementById(id);
  const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
  const [form, section, file, paste, account, key] = ["form", "result", "file", "paste", "account", "key"].map(find);
  const shipped = { key: meta("por-key"), issuer: meta("por-issuer") };
  let proof = null; // {name, bytes} of the file that was chosen or dropped
  let last = null; // what is shown, to show it again in the other language

  function speak() {
    document.documentElement.lang = por.language();
    document.title = por.word("title");
    for (const element of document.querySelectorAll("[data-word]")) element.textContent = por.word(element.dataset.word);
    for (const button of document.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === por.language()));
    }
    find("own-key").hidden = shipped.key !== "";
    find("shipped").hidden = shipped.key === "";
    if (shipped.key !== "") find("shipped").textContent = por.word("key-shipped", shipped);
    if (proof !== null) nameProof();
    if (last !== null) last();
  }

  function nameProof() {
    find("chosen").textContent = por.word("proof-chosen", { name: proof.name, size: proof.bytes.length.toLocaleString("en") });
  }

  async function take(given) {
    if (given === undefined) return;
    proof = { name: given.name, bytes: new Uint8Array(await given.slice(0, MAX_PROOF + 1).arrayBuffer()) };
    paste.value = "";
    nameProof();
  }

  function proofBytes() {
    if (paste.value !== "") return new TextEncoder().encode(paste.value.trim());
    return proof === null ? null : proof.bytes;
  }

  // What is missing, with the field that the person should go to.
  function missing() {
    if (proofBytes() === null) return ["need-proof", file];
    if (account.value === "") return ["need-account", account];
    return shipped.key === "" && key.value.trim() === "" ? ["need-key", key] : null;
  }

  async function check() {
    const lacking = missing();
    if (lacking !== null) {
      show(() => {
        const note = document.createElement("p");
        note.className = "card warn";
        note.id = "result-title";
        note.textContent = por.word(lacking[0]);
        section.replaceChildren(note);
        section.hidden = false;
      });
      return lacking[1].focus();
    }
    try {
      const bytes = proofBytes();
      if (bytes.length > MAX_PROOF) throw new por.PorError("json-malformed", "proof", `larger than ${MAX_PROOF} bytes`);
      const line = new TextEncoder().encode(shipped.key || key.value.trim() + "\n");
      const trust = await por.readTrust([{ name: "key", bytes: line }]);
      const checked = await por.checkProof(bytes, { trust, accountId: account.value });
      show(() => por.showChecked(section, checked));
    } catch (error) {
      if (!(error instanceof por.PorError)) throw error;
      show(() => por.showRefused(section, error));
    }
    section.focus();
    section.scrollIntoView();
  }

  function show(how) {
    last = how;
    how();
  }

  file.addEventListener("change", () => take(file.files[0]));
  find("key-file").addEventListener("change", async (event) => {
    const given = event.target.files[0];
    if (given !== undefined) key.value = await given.slice(0, 65536).text();
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      find("drop").classList.toggle("over", name === "dragover");
      if (name === "drop") take(event.dataTransfer.files[0]);
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    find("check").disabled = true;
    check().finally(() => { find("check").disabled = false; });
  });
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      por.setLanguage(button.dataset.language);
      speak();
    });
  }
  por.setLanguage(navigator.language.startsWith("ja") ? "ja" : "en");
  speak();
})((globalThis.por ??= {}));
