// Texts, names and times as signed files have them: what is shown must be nothing but itself.
(function (por) {
  "use strict";

  const { PorError } = por;
  // U+13430 to U+1343F became format characters by and by (Unicode 12 to 15): named, so that every browser agrees.
  const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{13430}-\u{1343f}]/u;
  const NO_NAME = /[\p{Cc}\p{Cf}\p{Z}\p{Cs}\p{Co}\u{13430}-\u{1343f}+]/u;
  const MAX_TEXT = 200;
  const MAX_NAME = 300;

  const isLine = (text) => !HIDDEN.test(text);

  // Text of 1 to 200 characters in one line without outer blanks.
  function checkText(text, where) {
    const good = typeof text === "string" && text !== "" && [...text].length <= MAX_TEXT && text === text.trim();
    if (!good || !isLine(text)) throw new PorError("text-malformed", where, "not a plain line");
    return text;
  }

  // The name of a key or a log (C2SP signed-note).
  function checkName(name, where) {
    if (name === "" || [...name].length > MAX_NAME || NO_NAME.test(name)) throw new PorError("key-name", where, "no name");
    return name;
  }

  // A time `YYYY-MM-DDThh:mm:ssZ` as a Date.
  function parseTime(text, where) {
    if (typeof text === "string" && /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/.test(text)) {
      const time = new Date(text);
      const same = !Number.isNaN(time.getTime()) && time.toISOString() === text.replace("Z", ".000Z");
      if (same && !text.startsWith("0000")) return time;
    }
    throw new PorError("time-malformed", where, "not a time");
  }

  const showTime = (time) => time.toISOString().replace(".000Z", "Z");

  Object.assign(por, { checkName, checkText, isLine, parseTime, showTime });
})((globalThis.por ??= {}));
