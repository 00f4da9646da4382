/** What the documentation lists is what there is. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { exitStatusOf } from "../src/core/base/error.ts";
import { findingCodes } from "../src/core/umbrella/findings.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = [
  "README.md",
  "CHANGELOG.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

t.test("every error code is documented with its exit status", async (t) => {
  const text = readFileSync(join(root, "docs/exit-codes.md"), "utf8");
  for (const [code, status] of Object.entries(exitStatusOf))
    t.match(text, new RegExp(`\\| \`${code}\` +\\| ${status} +\\|`));
});

t.test("every code of a finding is documented, and no other", async (t) => {
  const text = readFileSync(join(root, "docs/findings.md"), "utf8");
  const cells = [...text.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = ""]) => cell);
  const listed = cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code));
  t.same([...listed].sort(), [...findingCodes].sort());
});

t.test("links lead somewhere", async (t) => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");
    for (const [, link = ""] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      t.ok(existsSync(join(root, dirname(page), link)), `${page} links to ${link}`);
    }
  }
});
