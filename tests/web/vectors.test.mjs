// Every vector of fixtures/ through the page's own verifier, as it is loaded there: classic scripts, in order.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const root = new URL("../../", import.meta.url);
for (const name of ["canonical.js", "proof.js"]) {
  vm.runInThisContext(readFileSync(new URL(`web/${name}`, root), "utf8"), { filename: name });
}
const answer = vm.runInThisContext(`(() => { ${readFileSync(new URL("tests/web/answer.js", root), "utf8")}; return answer; })()`);

const folder = new URL("fixtures/vectors/", root);
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there are vectors", () => assert.ok(names.length > 250));

for (const name of names) {
  test(name, async () => {
    const vector = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    const [code, found] = await answer(vector);
    assert.equal(code, vector.expect);
    if (code === "ok") assert.deepEqual(found, vector.found);
  });
}
