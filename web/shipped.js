// The key or the key file that an exchange shipped the page with, and what the person brings instead of it.
(function (por) {
  "use strict";

  const meta = (name) => document.querySelector(`meta[name="${name}"]`).content;
  const shipped = { key: meta("por-key"), issuer: meta("por-issuer"), files: versions(meta("por-key-files")) };
  const encoder = new TextEncoder();

  // A JSON list of the signed versions, as `por keys page` writes it; each is read strictly like any other.
  function versions(text) {
    if (text === "") return [];
    const rows = por.decode(new TextEncoder().encode(text), "por-key-files");
    return rows.map((row, at) => ({ name: `${at}.keys.json`, bytes: por.encode(row), kind: "key-file" }));
  }

  // All that a person typed and chose, or else what the page came with. Newer versions go on from the shipped ones.
  function chosenKeys(text, files) {
    const typed = por.splitKeys(text).map((one) => ({ name: "key", bytes: encoder.encode(`${one}\n`), kind: "key" }));
    const own = [...typed, ...files];
    if (own.length > 0 && own.every((one) => one.kind === "key-file")) return [...shipped.files, ...own];
    if (own.length > 0) return own;
    return shipped.key ? [{ name: "key", bytes: encoder.encode(`${shipped.key.trim()}\n`) }] : shipped.files;
  }

  // What the page came with, in words, and the form to bring something else.
  function shippedWords() {
    const own = document.getElementById("own-key");
    const issuer = shipped.issuer || por.word("unnamed");
    if (!shipped.key && shipped.files.length === 0) return [];
    if (own.parentElement.tagName !== "DETAILS") {
      const summary = por.make("summary", { "data-word": "key-other", text: por.word("key-other") });
      const details = por.make("details", { children: [summary] });
      own.replaceWith(details);
      details.append(own);
    }
    if (shipped.key) return [por.sentence("key-shipped", { issuer, key: shipped.key }, { code: ["key"] })];
    return [por.sentence("file-shipped", { issuer, versions: shipped.files.length })];
  }

  Object.assign(por, { chosenKeys, shippedWords });
})((globalThis.por ??= {}));
