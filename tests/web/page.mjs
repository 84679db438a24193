// The page's own scripts in the order in which index.html loads them: for node's test runner and for check.mjs.
import { readFileSync } from "node:fs";
import vm from "node:vm";

export const root = new URL("../../", import.meta.url);
const DRAWS = new Set(["dom.js", "path.js", "result.js", "shipped.js", "page.js"]); // these need a document

export function load() {
  const html = readFileSync(new URL("web/index.html", root), "utf8");
  for (const [, name] of html.matchAll(/<script src="([a-z]+\.js)"><\/script>/g)) {
    if (!DRAWS.has(name)) vm.runInThisContext(readFileSync(new URL(`web/${name}`, root), "utf8"), { filename: name });
  }
  return globalThis.por;
}
