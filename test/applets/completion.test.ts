/** Completion, as each shell itself computes it, against the table. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { type CommandPoint, grammarOf } from "../../src/applets/completion/grammar.ts";
import { completionFor } from "../../src/applets/completion/index.ts";
import { applets as table } from "../../src/applets/index.ts";

const applets = await table.all();
const places = grammarOf(applets);
const dir = t.testdir({});
const has = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0;

/** Completes each line (the last word is what stands under the cursor) in one run of the shell. */
type Complete = (script: string, lines: readonly (readonly string[])[]) => string[][];

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function ask(shell: string, program: string, count: number): string[][] {
  const { stdout, stderr, status } = spawnSync(shell, ["-c", program], { encoding: "utf8", cwd: dir });
  if (status !== 0 || stderr !== "") throw new Error(`${shell}: status ${status}: ${stderr}`);
  const answers = stdout.split("==\n").slice(0, -1);
  if (answers.length !== count) throw new Error(`${shell}: ${answers.length} answers to ${count} questions`);
  return answers.map((answer) => answer.split("\n").filter((line) => line !== ""));
}

const inBash: Complete = (script, lines) => {
  const questions = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map(quoted).join(" ")}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); ` +
      `_dvm; printf '%s\\n' "\${COMPREPLY[@]}" ==`,
  );
  return ask(
    "bash",
    `source ${script}; compopt() { COMPREPLY+=(FILES); }\n${questions.join("\n")}`,
    lines.length,
  );
};

const inZsh: Complete = (script, lines) => {
  const stubs =
    "compdef() { :; }; _files() { print FILES; }; _describe() { print -l -- " + `\${\${(P)argv[-1]}%%:*}; }`;
  const questions = lines.map(
    (words) => `words=(${words.map(quoted).join(" ")}); CURRENT=${words.length}; _dvm; print '=='`,
  );
  return ask("zsh", `${stubs}; source ${script}\n${questions.join("\n")}`, lines.length);
};

const inFish: Complete = (script, lines) => {
  const questions = lines.map(
    (words) => `complete -C ${quoted(words.join(" "))} | string replace -r '\\t.*' ''; echo ==`,
  );
  return ask("fish", `source ${script}\n${questions.join("\n")}`, lines.length);
};

const lineOf = (key: string): string[] => (key.startsWith("dvm") ? key : `dvm_${key}`).split(" ");
const words = (place: CommandPoint, wanted: (word: string) => boolean) =>
  place.choices
    .map(({ word }) => word)
    .filter(wanted)
    .sort();

function agrees(t: Test, shell: string, complete: Complete, asked = /./): void {
  const script = join(dir, `dvm.${shell}`);
  writeFileSync(script, completionFor(shell, applets));
  const known = places.filter(({ key }) => asked.test(key));
  const dashed = complete(
    script,
    known.map(({ key }) => [...lineOf(key), "--"]),
  );
  const open = complete(
    script,
    known.map(({ key }) => [...lineOf(key), ""]),
  );
  for (const [index, place] of known.entries()) {
    const options = words(place, (word) => word.startsWith("--") && word !== "--");
    t.same((dashed[index] ?? []).filter((word) => options.includes(word)).sort(), options, `${place.key} --`);
    if (place.files) continue;
    const verbs = words(place, (word) => !word.startsWith("-"));
    t.same((open[index] ?? []).filter((word) => !word.startsWith("-")).sort(), verbs, `${place.key}`);
  }
  const walks = complete(script, [
    ["dvm", "-c", "init", "di"],
    ["dvm", "init", "vg0", "--region-size", "4M", "--fo"],
    ["dvm", "run", "vg0", "--", "create"],
    ["dvm", "run", "vg0", "--dry-run", "--", "create-lv", "--stripe"],
    ["dvm", "tm", "update", "--", "man"],
    ["dvm_tm", "update", "--", "manip", "extend"],
    ["dvm_discover", "fi"],
    ["dvm", "discover", "list", "--a"],
    ["dvm", "report", "vg0", "--sel"],
    ["dvm", "run", "vg0", "--", "mirror", "--synced", "--mirr"],
    ["dvm", "run", "vg0", "--", "create-lv", "--size=4M", "--e"],
    ["dvm", "run", "vg0", "--", "create-lv", "--name", "a", "--e"],
  ]);
  const begin = (line: number, word: string) =>
    (walks[line] ?? []).filter((each) => each.startsWith(word)).sort();
  t.same(begin(0, "di"), ["discover"], "an option's value is no verb");
  t.same(begin(1, "--fo"), ["--force"]);
  t.same(begin(2, "create-lv"), ["create-lv"], "after -- come verbs of manip");
  t.same(begin(3, "--stripe"), ["--stripe-size", "--stripes"]);
  t.same(begin(4, "man"), ["manip"], "a mutator is any applet");
  t.same(begin(5, "extend"), ["extend-lv"]);
  t.same(begin(6, "fi"), ["find"]);
  t.same(begin(7, "--a"), ["--all"]);
  t.same(begin(8, "--sel"), ["--select"]);
  t.same(begin(9, "--mirr"), [], "what conflicts with an option is not offered behind it");
  t.same(begin(10, "--extents"), [], "nor the other way to say the same");
  t.same(begin(11, "--extents"), ["--extents"]);
}

t.test("bash", async (t) => agrees(t, "bash", inBash));
t.test("zsh", { skip: !has("zsh") && "zsh is not installed" }, async (t) => agrees(t, "zsh", inZsh));
t.test("fish", { skip: !has("fish") && "fish is not installed" }, async (t) =>
  agrees(t, "fish", inFish, /^dvm( [a-z]*r[a-z]*)?$|^tm$|report/),
);

t.test("another shell is refused", async (t) => {
  for (const shell of ["tcsh", "", "constructor"])
    t.throws(() => completionFor(shell, applets), { code: "USAGE", message: /bash, zsh, fish/ });
});
