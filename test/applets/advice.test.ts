/** Every command that a message names is there: the verb in the table of applets, and each option of it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import type { Verb } from "../../src/applets/applet.ts";
import { globalOptions } from "../../src/applets/globals.ts";
import { applets } from "../../src/applets/index.ts";
import { joinTexts } from "../lib/join-texts.ts";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const all = await applets.all();
const verbOf = (applet: string, verb: string): Verb | undefined =>
  all.find(({ name }) => name === applet)?.verbs.find(({ name }) => name === verb);

/** What stands behind a tool's name and is no verb: prose. */
const PROSE = new Set(
  `about and are as asks at begins cannot checks copy defaults depends device devices did do does ends finds for from gives
  has here in is itself keeps knows label labels made makes member of on or people program reads results says state takes
  tells that the then to was where which will with writes wrote x`.split(/\s+/),
);

interface Advice {
  readonly file: string;
  readonly text: string;
  readonly applet: string;
  readonly verb: string;
  readonly options: readonly string[];
}

/** Commands in the string and template literals of a file. */
function adviceIn(file: string): Advice[] {
  const code = joinTexts(
    readFileSync(join(src, file), "utf8")
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/^\s*\/\/.*$/gm, ""),
  );
  const literals = code.match(/`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\\n])*"/g) ?? [];
  const names = applets.names.join("|");
  const command = new RegExp(
    `(?<![\\w./-])(${names}) (?:(${names}) )?([a-z][a-z-]*)((?:[ ` +
      "=](?:--?[a-z][a-z-]*|\\$\\{[^}]*\\}|[\\w.:|…]+))*)",
    "g",
  );
  return literals.flatMap((text) =>
    [...text.matchAll(command)].map(([, first = "", second, verb = "", rest = ""]) => ({
      file,
      text,
      applet: second ?? first,
      verb,
      // What follows -- is a verb of manip, with its options.
      options: (rest.split(" -- ")[0] ?? "").match(/(?<= )--[a-z][a-z-]*/g) ?? [],
    })),
  );
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.startsWith("schema/generated/"))
  .sort();
const advice = files.flatMap(adviceIn).filter(({ verb, options }) => options.length > 0 || !PROSE.has(verb));

t.test("commands that messages name", async (t) => {
  t.ok(advice.length > 20, `${advice.length} were found`);
  for (const each of advice) {
    const { file, text, applet, options } = each;
    const verb = verbOf(applet, each.verb) ?? verbOf(applet, "");
    if (!verb) {
      t.fail(`${file}: ${applet} has no verb ${each.verb}`, { text });
      continue;
    }
    for (const option of options)
      t.ok(
        Object.hasOwn(verb.options, option.slice(2)) || Object.hasOwn(globalOptions, option.slice(2)),
        `${file}: ${applet} ${each.verb} takes ${option}`,
        { text },
      );
  }
});

t.test("options that are named without a command are those of some verb", async (t) => {
  const known = new Set([
    ...Object.keys(globalOptions),
    ...all.flatMap(({ verbs }) => verbs.flatMap(({ options }) => Object.keys(options))),
    "list",
    // of blockdev(8)
    "rereadpt",
    // of lvmdevices(8)
    "adddev",
  ]);
  const messages =
    /(?:DvmError|refusal|inUse|refuse|warn|info|usage)\(\s*(?:"[A-Z_]+",\s*)?(?:path, )?(`(?:\\.|[^`\\])*`|"(?:\\.|[^"\\\n])*")/g;
  for (const file of files)
    for (const [, text = ""] of readFileSync(join(src, file), "utf8").matchAll(messages))
      for (const [, option = ""] of text.matchAll(/(?<![\w-])--([a-z][a-z-]*)/g))
        t.ok(known.has(option), `${file}: --${option}`, { text });
});

t.test("all that findings of doctor advise", async (t) => {
  const texts = ["findings.ts", "findings-of-lvs.ts"]
    .map((file) => readFileSync(join(src, "core/dvm", file), "utf8"))
    .join("");
  for (const [, verb = ""] of texts.matchAll(/\bdvm ([a-z-]+) \$\{/g))
    t.ok(verbOf("dvm", verb), `dvm ${verb}`);
});
