// Reads cases, one JSON a line, and writes what the page's scripts answer to each, one JSON a line.
import { readFileSync } from "node:fs";
import vm from "node:vm";
import { load, root } from "./page.mjs";

load();
const judge = vm.runInThisContext(`(() => { ${readFileSync(new URL("tests/web/judge.js", root), "utf8")}; return judge; })()`);
for (const line of readFileSync(0, "utf8").split("\n")) {
  if (line) console.log(JSON.stringify(await judge(JSON.parse(line))));
}
