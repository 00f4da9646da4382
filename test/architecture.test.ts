/** Keeps the shape: imports go one way, without cycles; one table lists applets; docs stay true. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = join(root, "src");

/** Folder of src -> folders it may import from (itself always). Types may come from port everywhere. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  main: ["applets", "core/host", "core/base"],
  applets: ["schema", "core/*"],
  schema: ["core/base"],
  "core/base": [],
  "core/port": ["core/base", "schema"],
  "core/host": ["core/port", "core/base", "core/dm", "core/sim", "schema"],
  "core/sim": ["core/port", "core/base", "core/dm", "schema"],
  "core/replicate": ["core/port", "core/base", "schema"],
  "core/discover": ["core/port", "core/base", "schema", "core/dm"],
  "core/dm": ["core/port", "core/base", "schema"],
  "core/dmexec": ["core/port", "core/base", "schema", "core/dm"],
  "core/dmactivate": ["core/port", "core/base", "schema", "core/dm"],
  "core/mapper": ["core/port", "core/base", "schema", "core/dm"],
  "core/volume": ["core/port", "core/base", "schema", "core/dm"],
  "core/manip": ["core/port", "core/base", "schema", "core/volume"],
  "core/volactivate": ["core/port", "core/base", "schema", "core/dm", "core/volume"],
  "core/tm": ["core/port", "core/base", "schema", "core/replicate"],
  "core/lvm2": ["core/port", "core/base", "schema", "core/volume"],
  "core/report": ["core/port", "core/base", "schema", "core/dm", "core/volume"],
  "core/nbd": ["core/port", "core/base"],
  "core/dvm": ["core/port", "core/base", "schema", "core/dm", "core/mapper", "core/nbd", "core/volume"],
};
const neverFromApplets = ["core/host", "core/sim"];

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("schema/generated/"))
  .sort();
const folderOf = (file: string): string => {
  const parts = file.split("/");
  if (parts.length === 1) return "main";
  return parts[0] === "core" ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
};
const importsOf = (file: string): string[] => {
  const text = readFileSync(join(src, file), "utf8");
  const specifiers = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((match) => match[1] ?? "");
  return specifiers.map((specifier) => relative(src, resolve(src, dirname(file), specifier)));
};

t.test("imports go one way", async (t) => {
  for (const file of files) {
    const folder = folderOf(file);
    const may = allowed[folder];
    t.ok(may, `${folder} has its place in the architecture`);
    for (const imported of importsOf(file)) {
      const from = folderOf(imported);
      const ok =
        from === folder ||
        may?.some(
          (rule) =>
            rule === from ||
            (rule === "core/*" && from.startsWith("core/") && !neverFromApplets.includes(from)),
        );
      if (!ok) t.fail(`${file} imports ${imported}`);
    }
  }
});

/** The phases of a plan, in order; graph has what several of them go by. */
const PHASES = ["graph", "compare", "decide", "heal", "order", "emit"];

t.test("no phase of a plan knows one that comes after it", async (t) => {
  const phaseOf = (file: string) => /^core\/dmactivate\/(\w+)\//.exec(file)?.[1];
  const inPhases = files.filter((file) => phaseOf(file) !== undefined);
  t.strictSame([...new Set(inPhases.map(phaseOf))].sort(), [...PHASES].sort());
  for (const file of inPhases) {
    const later = importsOf(file).filter(
      (imported) => PHASES.indexOf(phaseOf(imported) ?? "graph") > PHASES.indexOf(phaseOf(file) ?? ""),
    );
    t.strictSame(later, [], `${file} knows no later phase`);
  }
});

t.test("applets do not import one another", async (t) => {
  const table = readFileSync(join(src, "applets/index.ts"), "utf8");
  const names = [...table.matchAll(/"\.\/([a-z0-9]+)\.ts"/g)]
    .map((match) => match[1])
    .filter((name) => name !== "applet");
  t.ok(names.length > 0, "the table lists applets");
  for (const name of names) {
    const others = importsOf(`applets/${name}.ts`).filter((imported) =>
      names.some((other) => imported === `applets/${other}.ts`),
    );
    t.same(others, [], `${name} stands alone`);
  }
});

t.test("no import cycles", async (t) => {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      t.fail(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
      return;
    }
    if (done.has(file) || !files.includes(file)) return;
    for (const next of importsOf(file)) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  t.equal(done.size, files.length, "every file was visited");
});

t.test("only main and host touch the process", async (t) => {
  for (const file of files) {
    if (file === "main.ts" || file.startsWith("core/host/")) continue;
    const text = readFileSync(join(src, file), "utf8");
    t.notMatch(text, /\bprocess\.(argv|exit|env|stdout|stdin|stderr|on)\b/, `${file} knows no process`);
  }
});
