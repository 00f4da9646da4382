/**
 * What every row of THE table must do alike: help, version, and bad input refused before anything is touched.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Applet, Verb } from "../../src/applets/applet.ts";
import { dispatch } from "../../src/applets/dispatch.ts";
import { synopsis } from "../../src/applets/help.ts";
import { applets as table } from "../../src/applets/index.ts";
import { runApplet, type ShellHost } from "../../src/applets/shell.ts";
import { Wording } from "../../src/core/base/wording.ts";
import { hostFiles } from "../../src/core/host/process/files.ts";
import type { ParameterSpec } from "../../src/core/port/parameters.ts";
import type { Sys } from "../../src/core/port/sys.ts";
import type { DocumentName } from "../../src/schema/index.ts";
import { bundle, dvm, run } from "../lib/dvm.ts";
import { discovery, dm, metadata } from "../lib/report-vg.ts";

const applets = await table.all();
const program = { instructions: [{ op: "exit", status: 0 }] };
/** A valid document of each kind that some verb takes. */
const samples: Readonly<Partial<Record<DocumentName, unknown>>> = {
  report: { subject: "vg", rows: [] },
  metadata,
  discovery,
  program,
  "dm-state": dm,
  "region-file": { regions: [{ path: "a.img", offset: 0, length: 64 }] },
  activation: { commit: program, abort: program, summary: [] },
  batch: { changes: [] },
  desired: { vgs: [{ name: "vg0" }] },
  applied: { changed: false, desired: { vgs: [{ name: "vg0" }] }, vgs: [] },
  legs: { lvs: [] },
};
const BAD = {
  empty: ["", /is empty/],
  "comma.json": ['{"regions":[],}', /is no JSON: .*line 1, column/],
  "proto.json": ['{"__proto__":{"regions":[]}}', /at \/: (unknown|missing) key/],
  "wrong.json": ['{"surprise":1}', /at \/: (unknown|missing) key/],
  "list.json": ["[]", /at \/: must be object/],
  "text.json": ["no json", /is no JSON/],
  "latin1.json": [Buffer.from('{"name":"\xe9"}', "latin1"), /is not UTF-8 text/],
} as const;

const dir = t.testdir({});
mkdirSync(join(dir, "folder"));
for (const [name, [content]] of Object.entries(BAD)) writeFileSync(join(dir, name), content);
for (const [name, document] of Object.entries(samples))
  writeFileSync(join(dir, `good-${name}.json`), JSON.stringify(document));
writeFileSync(join(dir, "bytes"), "bytes");
const contents = () =>
  readdirSync(dir)
    .filter((name) => name !== "folder")
    .map((name) => [name, readFileSync(join(dir, name)).toString("hex")]);
const before = contents();

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface World {
  /** What comes on stdin. */
  readonly stdin?: Uint8Array;
  readonly stdinIsTerminal?: boolean;
}

/** Runs an applet in this process, in a world where nothing but plain files may be read. */
async function invoke(applet: Applet, argv: readonly string[], world: World = {}): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const untouchable = new Proxy(
    {},
    {
      get: (_, name) => () => {
        throw new Error(`bad input reached ${String(name)}`);
      },
    },
  );
  const files = {
    read: async (path: string, limit: number) =>
      path === "-" ? Buffer.from(world.stdin ?? "") : hostFiles.read(path, limit),
  };
  const host: ShellHost = {
    version: "1.2.3",
    applets: table,
    columns: () => 100,
    stdoutIsTerminal: () => false,
    stdinIsTerminal: () => world.stdinIsTerminal === true,
    defaultConfig: () => undefined,
    readConfig: (path) => hostFiles.read(path, 1 << 20),
    makeSys: async (config) => {
      const terminal = { wording: new Wording() };
      const base = { config, files, terminal, trace: { wanted: false, keep: async () => undefined } };
      return new Proxy(base, {
        get: (target, name) => Reflect.get(target, name) ?? untouchable,
      }) as unknown as Sys;
    },
    writeStdout: async (bytes) => {
      stdout += Buffer.from(bytes).toString();
    },
    writeStderr: (text) => {
      stderr += text;
    },
  };
  const status = await runApplet(host, applet, argv);
  return { status, stdout, stderr };
}

const words = (verb: Verb): string[] => (verb.name === "" ? [] : [verb.name]);
const takesFile = (spec: ParameterSpec) => spec.document !== undefined || spec.bytes === true;
const goodFile = ({ document }: ParameterSpec) => join(dir, document ? `good-${document}.json` : "bytes");

/** Arguments for all required parameters and those in `files`, which are name -> file. */
function argumentsFor(verb: Verb, files: Readonly<Record<string, string>> = {}): string[] {
  const value = (name: string, spec: ParameterSpec) => {
    if (takesFile(spec)) return files[name] ?? goodFile(spec);
    return spec.type === "size" ? "4M" : spec.type === "count" ? "1" : "x";
  };
  const wanted = ([name, spec]: [string, ParameterSpec]) => spec.required || files[name] !== undefined;
  const operands = Object.entries(verb.operands).filter(wanted);
  const options = Object.entries(verb.options).filter(wanted);
  return [
    ...words(verb),
    ...operands.map(([name, spec]) => value(name, spec)),
    ...options.flatMap(([name, spec]) => [`--${name}`, value(name, spec)]),
    ...(verb.command === undefined || verb.commandGoesWith ? [] : ["--", "true"]),
  ];
}

function refused(
  t: Test,
  { status, stdout, stderr }: Outcome,
  applet: Applet,
  what: string,
  why = /./,
): void {
  t.equal(status, 2, `${what}: status 2 (${stderr.trim()})`);
  t.equal(stdout, "", `${what}: nothing on stdout`);
  t.match(
    stderr,
    new RegExp(`^${applet.name}[a-z -]*: [^\\n]+ \\[[A-Z_]+\\]\\n$`),
    `${what}: one clear line`,
  );
  t.match(stderr, why, `${what}: says why`);
}

t.test("the table", async (t) => {
  t.same(applets.map(({ name }) => name).sort(), [
    "discover",
    "dmactivate",
    "dmexec",
    "dvm",
    "lvm2",
    "manip",
    "replicate",
    "report",
    "tm",
    "volactivate",
  ]);
  t.same(
    table.names,
    applets.map(({ name }) => name),
    "every row has its applet",
  );
  for (const applet of applets) {
    t.match(applet.summary, /^[A-Z].*[^.]$/, `${applet.name}: the summary has no stop`);
    t.equal(
      new Set(applet.verbs.map(({ name }) => name)).size,
      applet.verbs.length,
      `${applet.name}: verbs have names of their own`,
    );
    for (const verb of applet.verbs) {
      t.match(verb.summary, /^[A-Z].*[^.]$/s, `${applet.name} ${verb.name}: the summary has no stop`);
      if (verb.description)
        t.match(verb.description, /^.*\.$/s, `${applet.name} ${verb.name}: whole sentences`);
      const documents = [...Object.values(verb.operands), ...Object.values(verb.options)].flatMap(
        ({ document }) => document ?? [],
      );
      for (const document of documents) t.ok(samples[document], `there is a sample of ${document}`);
    }
  }
});

for (const applet of applets) {
  t.test(applet.name, async (t) => {
    const help = await invoke(applet, ["--help"]);
    t.equal(help.status, 0);
    t.matchSnapshot(help.stdout, "help");
    t.equal((await invoke(applet, ["--version"])).stdout, "dvm 1.2.3\n");

    const first = words(applet.verbs[0] as Verb);
    refused(
      t,
      await invoke(applet, [...first, "--no-such-option"]),
      applet,
      "unknown option",
      /no-such-option/,
    );
    refused(t, await invoke(applet, [...first, "-x"]), applet, "unknown letter", /-x/);
    refused(
      t,
      await invoke(applet, [...first, "--config"]),
      applet,
      "an option without its value",
      /--config/,
    );
    if (applet.verbs.some(({ name }) => name !== "")) {
      refused(t, await invoke(applet, []), applet, "no verb", /verb/);
      refused(t, await invoke(applet, ["no-such-verb"]), applet, "unknown verb", /no-such-verb/);
      refused(t, await invoke(applet, ["constructor"]), applet, "a verb of JavaScript's", /constructor/);
    }
    for (const verb of applet.verbs) {
      const name = `${applet.name} ${verb.name}`;
      const verbHelp = await invoke(applet, [...words(verb), "--help"]);
      t.matchSnapshot(verbHelp.stdout, `help of ${name}`);
      t.ok(verbHelp.stdout.replaceAll(/\s+/g, " ").includes(synopsis(applet, verb)), `${name}: synopsis`);
      await refuseUsage(t, applet, verb, name);
      await refuseInputs(t, applet, verb, name);
    }
    t.same(contents(), before, "every input is as it was");
  });
}

async function refuseUsage(t: Test, applet: Applet, verb: Verb, name: string): Promise<void> {
  if (Object.values(verb.operands).some(({ required }) => required))
    refused(t, await invoke(applet, words(verb)), applet, `${name} without operands`, /missing/);
  if (!Object.values(verb.operands).some(({ many }) => many)) {
    const tooMany = argumentsFor(verb);
    const split = tooMany.indexOf("--");
    tooMany.splice(split < 0 ? tooMany.length : split, 0, "a", "b", "c", "d", "e");
    refused(
      t,
      await invoke(applet, tooMany),
      applet,
      `${name} with too many operands`,
      /one argument too many/,
    );
  }
  if (verb.command === undefined)
    refused(
      t,
      await invoke(applet, [...argumentsFor(verb), "--", "x"]),
      applet,
      `${name} with a command`,
      /--/,
    );
  const given = argumentsFor(verb);
  for (const config of ["absent.json", "folder", "empty", "comma.json", "wrong.json"]) {
    const outcome = await invoke(applet, ["-c", join(dir, config), ...given]);
    refused(t, outcome, applet, `${name} with config ${config}`, new RegExp(`config .*${config}`));
  }
}

/** Each input by itself in every bad shape, the others being good. */
async function refuseInputs(t: Test, applet: Applet, verb: Verb, name: string): Promise<void> {
  const parameters = [...Object.entries(verb.operands), ...Object.entries(verb.options)];
  const { stdin, stdinOption } = verb;
  const good = stdin === undefined || stdin === "bytes" ? "" : JSON.stringify(samples[stdin]);
  for (const [parameter, spec] of parameters) {
    const document = spec.document ?? (parameter === stdinOption ? stdin : undefined);
    if (document === undefined && !spec.bytes) continue;
    const shapes = { "absent.json": /no such file/, folder: /is a directory/ };
    const bad =
      document === undefined ? {} : Object.fromEntries(Object.entries(BAD).map(([k, [, why]]) => [k, why]));
    for (const [file, why] of Object.entries({ ...shapes, ...bad })) {
      const argv = argumentsFor(verb, takesFile(spec) ? { [parameter]: join(dir, file) } : {});
      if (!takesFile(spec)) argv.splice(words(verb).length, 0, `--${parameter}`, join(dir, file));
      const outcome = await invoke(applet, argv, { stdin: Buffer.from(good) });
      refused(t, outcome, applet, `${name} ${parameter} ${file}`, why);
      t.match(outcome.stderr, file, `${name} ${parameter} ${file}: names the file`);
    }
  }
  if (stdin === undefined) return;
  const given = argumentsFor(verb);
  refused(
    t,
    await invoke(applet, given, { stdinIsTerminal: true }),
    applet,
    `${name} from a terminal`,
    /terminal/,
  );
  if (stdin === "bytes") return;
  for (const [shape, [content, why]] of Object.entries(BAD)) {
    const outcome = await invoke(applet, given, { stdin: Buffer.from(content) });
    refused(t, outcome, applet, `${name} with ${shape} on stdin`, why);
  }
  const asJson = await invoke(applet, ["--json-errors", ...given], { stdin: Buffer.from("{,}") });
  t.match(
    JSON.parse(asJson.stderr),
    { error: { code: "BAD_INPUT", message: /line 1, column/ } },
    `${name}: as JSON`,
  );
}

t.test("dispatch by name and by first word", async (t) => {
  const found = async (invokedAs: string, ...argv: string[]) => {
    const way = await dispatch(table, invokedAs, argv);
    return "print" in way ? [way.print] : [way.applet.name, ...way.argv];
  };
  for (const name of table.names.filter((each) => each !== "dvm")) {
    t.same(await found(`/usr/sbin/dvm_${name}`, "x"), [name, "x"]);
    t.same(await found(name, "x"), [name, "x"]);
    t.same(await found("dvm", name, "--help"), [name, "--help"]);
    t.same(await found("dvm-linux-x64", "-c", "F", "--verbose", name, "-h"), [
      name,
      "-c",
      "F",
      "--verbose",
      "-h",
    ]);
  }
  t.same(await found("dvm_dvm", "doctor"), ["dvm", "doctor"]);
  t.same(await found("dvm", "dvm", "doctor"), ["dvm", "doctor"]);
  t.same(await found("dvm"), ["dvm", "--help"]);
  t.same(await found("dvm", "--list"), ["applets"]);
  t.same(await found("dvm", "-v", "--list"), ["applets"]);
  t.same(await found("dvm", "--version"), ["version"]);
  t.same(await found("dvm", "run", "v", "--", "--list"), ["dvm", "run", "v", "--", "--list"]);
  t.same(await found("dvm", "--config"), ["dvm", "--config"], "an option without its value");
  t.same(await found("dvm", "--constructor", "tm"), ["tm", "--constructor"]);
  t.same(await found("dvm", "report", "vg0"), ["dvm", "report", "vg0"], "people's report");
  t.same(await found("dvm", "report", "lv", "--metadata", "F"), ["report", "lv", "--metadata", "F"]);
  t.same(await found("dvm", "report", "--metadata=F"), ["report", "--metadata=F"]);
  t.same(await found("dvm", "toString"), ["dvm", "toString"]);
});

t.test(
  "an unreadable file, as an ordinary user",
  { skip: process.getuid?.() === 0 && "root reads everything" },
  async (t) => {
    writeFileSync(join(dir, "secret.json"), "{}");
    chmodSync(join(dir, "secret.json"), 0);
    const ran = await dvm(["replicate", "status", join(dir, "secret.json")]);
    t.equal(ran.status, 2);
  },
);

t.test("the real binary", async (t) => {
  const listed = (await dvm(["--list"])).stdout.toString();
  t.equal(listed, table.names.map((name) => `${name}\n`).join(""));
  for (const { name } of applets) {
    const ran = await dvm([name, "--help"]);
    t.equal(ran.status, 0, `${name} --help`);
    t.match(ran.stdout.toString(), `Usage: ${name}`);
  }
  const unknown = await dvm(["frobnicate"]);
  t.equal(unknown.status, 2);
  t.match(unknown.stderr, /^dvm: .*frobnicate.* \[USAGE\]\n$/);
  for (const argv of ["schema program", "tm --help", "manip create-vg --name v", "--list"]) {
    const piped = await run(["sh", "-c", `"${process.execPath}" "${bundle}" ${argv} | head -c 1 | wc -c`]);
    t.equal(piped.stdout.toString().trim(), "1", `${argv}: a closed pipe ends it`);
    t.equal(piped.stderr, "", "quietly");
  }
});

t.test("global options stand before or after the applet's name", async (t) => {
  const made = async (...argv: string[]) => (await dvm(argv)).stdout.toString();
  const create = ["create-vg", "--name", "v"];
  const vg = await made("--seed", "s", "manip", ...create);
  t.match(vg, /"name":"v"/);
  for (const argv of [
    ["manip", "--seed", "s", ...create],
    ["manip", "create-vg", "--seed=s", "--name", "v"],
    ["manip", ...create, "--seed", "s"],
  ])
    t.equal(await made(...argv), vg, argv.join(" "));
  t.not(await made("--seed", "other", "manip", ...create), vg);
  for (const argv of [
    ["--json-errors", "manip", "create-vg"],
    ["manip", "--json-errors", "create-vg"],
    ["manip", "create-vg", "--json-errors"],
  ])
    t.match(JSON.parse((await dvm(argv)).stderr), { error: { code: "USAGE" } }, argv.join(" "));
  for (const now of ["yesterday", "", "2024-13-01"]) {
    const wrong = await dvm(["--now", now, "manip", ...create]);
    t.equal(wrong.status, 2, `--now "${now}"`);
    t.match(wrong.stderr, /\[USAGE\]\n$/);
  }
});
