/** The rules of safety name files, places and tests that exist; `npm run mutants` tries them. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { safetyRules } from "./safety/rules.ts";
import { safetyPage } from "./safety/table.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

t.test("the place of each rule is there once, and so are its tests", (t) => {
  for (const { never, file, from, to, tests } of safetyRules) {
    const times = readFileSync(join(root, file), "utf8").split(from).length - 1;
    t.equal(times, 1, `${file}: the place that keeps: ${never}`);
    t.not(from, to, never);
    t.ok(tests.length > 0 && tests.every((test) => existsSync(join(root, test))), `tests of: ${never}`);
  }
  t.equal(new Set(safetyRules.map(({ never }) => never)).size, safetyRules.length, "no rule stands twice");
  t.end();
});

t.test("docs/safety.md has them all", (t) => {
  t.equal(readFileSync(join(root, "docs/safety.md"), "utf8"), safetyPage(safetyRules));
  t.end();
});
