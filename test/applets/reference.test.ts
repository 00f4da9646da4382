/** Man pages and docs/applets have every applet, verb, operand and option of the table, and are current. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { placeholder } from "../../src/applets/arguments.ts";
import { globalOptions } from "../../src/applets/globals.ts";
import { applets as table } from "../../src/applets/index.ts";
import { exitStatuses } from "../../src/applets/reference/exit-statuses.ts";
import { manPage, pageName } from "../../src/applets/reference/man.ts";
import { markdownPages } from "../../src/applets/reference/markdown.ts";
import { exitStatusOf } from "../../src/core/base/error.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const applets = await table.all();
const dir = t.testdir({});

for (const applet of applets) {
  const man = manPage(applet, applets, "1.2.3");
  const words = man.replaceAll("\\-", "-");
  const markdown = markdownPages(applets).get(`${applet.name}.md`) ?? "";
  t.test(applet.name, async (t) => {
    for (const [what, page] of Object.entries({ man: words, markdown })) {
      for (const verb of applet.verbs) {
        if (verb.name !== "")
          t.match(page, new RegExp(`^(\\.SS|##) ${verb.name}$`, "m"), `${what}: ${verb.name}`);
        for (const option of Object.keys(verb.options))
          t.match(page, `--${option}`, `${what}: ${verb.name} --${option}`);
        for (const [name, spec] of Object.entries(verb.operands))
          t.match(page, placeholder(name, spec), `${what}: ${verb.name} ${name}`);
      }
    }
    for (const option of Object.keys(globalOptions)) t.match(words, `--${option}`, `man: --${option}`);
    for (const other of applets) if (other !== applet) t.match(man, `\\fB${pageName(other)}\\fR(8)`);
    t.equal(man.includes("/etc/dvm/config.json"), applet.looksForConfig === true);
  });
}

t.test("docs/applets is as `npm run docs` makes it", async (t) => {
  const pages = markdownPages(applets);
  const folder = join(root, "docs/applets");
  t.same(readdirSync(folder).sort(), [...pages.keys()].sort());
  for (const [file, text] of pages) t.equal(readFileSync(join(folder, file), "utf8"), text, file);
});

t.test("dist/man is as the build makes it", async (t) => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  for (const applet of applets) {
    const file = join(root, "dist/man", `${pageName(applet)}.8`);
    t.equal(readFileSync(file, "utf8"), manPage(applet, applets, version), file);
  }
});

const hasGroff = spawnSync("groff", ["--version"]).status === 0;
t.test(
  "groff has nothing to say against them",
  { skip: !hasGroff && "groff is not installed" },
  async (t) => {
    for (const applet of applets) {
      const file = join(dir, `${applet.name}.8`);
      writeFileSync(file, manPage(applet, applets, "1.2.3"));
      const { status, stderr, stdout } = spawnSync(
        "groff",
        ["-man", "-Tutf8", "-Kutf8", "-P-cbou", "-ww", file],
        {
          encoding: "utf8",
        },
      );
      t.equal(status, 0);
      t.equal(stderr, "", applet.name);
      t.match(stdout, "EXIT STATUS");
    }
  },
);

t.test("exit statuses are those of the one table, and of docs/exit-codes.md", async (t) => {
  const known = exitStatuses.map(([status]) => status);
  t.same(
    [...new Set([0, ...Object.values(exitStatusOf)])].sort((a, b) => a - b),
    known,
  );
  const page = readFileSync(join(root, "docs/exit-codes.md"), "utf8");
  for (const [status, meaning] of exitStatuses)
    t.match(page.replaceAll(/ +/g, " "), `| ${status} | ${meaning} |`, `${status}`);
});
