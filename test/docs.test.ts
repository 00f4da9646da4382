/** What the documentation lists is what there is. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { obeyed } from "../packaging/environment.mjs";
import { applets } from "../src/applets/index.ts";
import { exitStatusOf } from "../src/core/base/error.ts";
import { findingCodes } from "../src/core/dvm/findings.ts";
import { lvm2FindingCodes } from "../src/core/lvm2/findings.ts";
import { python } from "./lib/python.ts";

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

t.test("every code of lvm2 check is documented, and no other", async (t) => {
  const text = readFileSync(join(root, "docs/lvm2.md"), "utf8");
  const section = text.split("## Findings")[1] ?? "";
  const listed = [...section.matchAll(/^\| `([a-z-]+)` /gm)].map(([, code]) => code);
  t.same([...listed].sort(), [...lvm2FindingCodes].sort());
});

t.test("what dvm obeys and needs of its surroundings is what the page says", async (t) => {
  const page = readFileSync(join(root, "docs/surroundings.md"), "utf8");
  const firstCells = (title: string) => {
    const section = page.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? "";
    const rows = section.split("\n").filter((line) => /^\| /.test(line) && !/^\| -/.test(line));
    return rows.slice(1).map((row) => row.split("|")[1]?.trim() ?? "");
  };
  const quoted = (cells: readonly string[]) =>
    cells.flatMap((cell) => cell.match(/(?<=`)[^` ]+(?=`)/g) ?? []);
  t.same(quoted(firstCells("Variables")).sort(), [...obeyed].sort(), "variables");
  const entry = readFileSync(join(root, "packaging/entry.s"), "utf8");
  for (const [option, says, needs] of [
    ["v", "2 GiB", "MIN_ADDRESS_SPACE, 1 << 31"],
    ["d", "2 GiB", "MIN_DATA, 1 << 31"],
    ["s", "1 MiB", "MIN_STACK, 1 << 20"],
  ] as const) {
    t.match(page, new RegExp(`\\(\`ulimit -${option}\`\\) +\\| ${says} `));
    t.ok(entry.includes(`.set ${needs}\n`), needs);
  }
  t.match(page, new RegExp(`\\(\`ulimit -n\`\\) +\\| ${/MIN_DESCRIPTORS, (\d+)/.exec(entry)?.[1]} `));
  const source = (file: string) => readFileSync(join(root, "src/core/host", file), "utf8");
  const held =
    /HELD_SIGNALS = \[(.*?)\]/.exec(source("process/held-signals.ts"))?.[1]?.match(/SIG\w+/g) ?? [];
  t.same(quoted(firstCells("Signals")), [...held, "SIGUSR1", "SIGKILL"], "signals");
  const directories = quoted(firstCells("Directories"));
  const unpacked = /=> \[(.*?)\];/.exec(source("koffi.ts"))?.[1]?.match(/"[^"]+"/g) ?? [];
  for (const directory of unpacked) t.ok(directories.includes(JSON.parse(directory)), directory);
  t.match(source("lock/locks.ts"), /\["\/run", "dvm", "lock"\]/);
  for (const [, directory = ""] of readFileSync(join(root, "packaging/tmpfiles.d/dvm.conf"), "utf8").matchAll(
    /^d (\S+)/gm,
  ))
    t.ok(
      directories.some((known) => `${known}/`.startsWith(`${directory}/`)),
      directory,
    );
});

t.test("every verb of dvm and of manip has two or three examples", async (t) => {
  for (const applet of await applets.all())
    for (const { name, examples = [] } of applet.verbs)
      if (["dvm", "manip"].includes(applet.name))
        t.ok(examples.length === 2 || examples.length === 3, `${applet.name} ${name}: ${examples.length}`);
});

t.test("the Ansible module is Python", { skip: !python && "python3 is not installed" }, async (t) => {
  const page = readFileSync(join(root, "docs/desired.md"), "utf8");
  const [, module = ""] = /```python\n(.*?)```/s.exec(page) ?? [];
  const file = join(t.testdir({ "module.py": module }), "module.py");
  const { status, stderr } = spawnSync(python ?? "", ["-m", "py_compile", file], { encoding: "utf8" });
  t.equal(status, 0, stderr);
});

t.test("links lead somewhere", async (t) => {
  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");
    for (const [, link = ""] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      t.ok(existsSync(join(root, dirname(page), link)), `${page} links to ${link}`);
    }
  }
});
