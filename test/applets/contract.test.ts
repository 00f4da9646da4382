/** What every row of THE table must do alike: help, version, and bad input refused before anything is touched. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Applet, ParameterSpec, Verb } from "../../src/applets/applet.ts";
import { synopsis } from "../../src/applets/help.ts";
import { applets as table } from "../../src/applets/index.ts";
import { runApplet, type ShellHost } from "../../src/applets/shell.ts";
import { hostFiles } from "../../src/core/host/files.ts";
import type { Sys } from "../../src/core/port/sys.ts";
import { bundle, dvm, run } from "../lib/dvm.ts";

const applets = await table.all();
const dir = t.testdir({
  empty: "",
  "comma.json": '{"regions":[],}',
  "proto.json": '{"__proto__":{"regions":[]}}',
  "wrong.json": '{"surprise":1}',
  "text.json": "no json",
});
mkdirSync(join(dir, "folder"));

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an applet in this process, in a world where nothing but plain files may be touched. */
async function invoke(applet: Applet, argv: readonly string[], stdinIsTerminal = false): Promise<Outcome> {
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
  const host: ShellHost = {
    version: "1.2.3",
    applets: table,
    columns: () => 100,
    stdoutIsTerminal: () => false,
    stdinIsTerminal: () => stdinIsTerminal,
    defaultConfig: () => undefined,
    readConfig: (path) => hostFiles.read(path, 1 << 20),
    makeSys: async (config) => {
      const base = { config, files: hostFiles, trace: { wanted: false, keep: async () => undefined } };
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

/** Arguments for all required parameters; files are named `file`. */
function argumentsFor(verb: Verb, file: string): string[] {
  const value = (spec: ParameterSpec) =>
    takesFile(spec) ? file : spec.type === "size" ? "4M" : spec.type === "count" ? "1" : "x";
  const operands = Object.values(verb.operands)
    .filter(({ required }) => required)
    .map(value);
  const options = Object.entries(verb.options)
    .filter(([, spec]) => spec.required)
    .flatMap(([name, spec]) => [`--${name}`, value(spec)]);
  return [...words(verb), ...operands, ...options, ...(verb.command === undefined ? [] : ["--", "true"])];
}

function refused(t: Test, { status, stdout, stderr }: Outcome, applet: Applet, what: string): void {
  t.equal(status, 2, `${what}: status 2 (${stderr.trim()})`);
  t.equal(stdout, "", `${what}: nothing on stdout`);
  t.match(
    stderr,
    new RegExp(`^${applet.name}[a-z -]*: [^\\n]+ \\[[A-Z_]+\\]\\n$`),
    `${what}: one clear line`,
  );
}

t.test("the table", async (t) => {
  t.same(applets.map(({ name }) => name).sort(), [
    "discover",
    "dmactivate",
    "dmexec",
    "dvm",
    "manip",
    "replicate",
    "report",
    "tm",
    "volactivate",
  ]);
  for (const applet of applets) {
    t.equal(
      new Set(applet.verbs.map(({ name }) => name)).size,
      applet.verbs.length,
      `${applet.name}: verbs have names of their own`,
    );
    for (const verb of applet.verbs)
      t.notMatch(verb.summary, /\.$/, `${applet.name} ${verb.name}: the summary is no sentence`);
  }
});

for (const applet of applets) {
  t.test(applet.name, async (t) => {
    const help = await invoke(applet, ["--help"]);
    t.equal(help.status, 0);
    t.matchSnapshot(help.stdout, "help");
    t.equal((await invoke(applet, ["--version"])).stdout, "dvm 1.2.3\n");

    refused(
      t,
      await invoke(applet, [...words(applet.verbs[0] as Verb), "--no-such-option"]),
      applet,
      "unknown option",
    );
    if (applet.verbs.some(({ name }) => name !== "")) {
      refused(t, await invoke(applet, []), applet, "no verb");
      refused(t, await invoke(applet, ["no-such-verb"]), applet, "unknown verb");
    }
    for (const verb of applet.verbs) {
      const name = `${applet.name} ${verb.name}`;
      const verbHelp = await invoke(applet, [...words(verb), "--help"]);
      t.matchSnapshot(verbHelp.stdout, `help of ${name}`);
      t.ok(verbHelp.stdout.replaceAll(/\s+/g, " ").includes(synopsis(applet, verb)), `${name}: synopsis`);
      if (Object.values(verb.operands).some(({ required }) => required)) {
        refused(t, await invoke(applet, words(verb)), applet, `${name} without operands`);
      }
      if (!Object.values(verb.operands).some(({ many }) => many)) {
        const tooMany = argumentsFor(verb, join(dir, "empty"));
        const split = tooMany.indexOf("--");
        tooMany.splice(split < 0 ? tooMany.length : split, 0, "a", "b", "c", "d", "e");
        refused(t, await invoke(applet, tooMany), applet, `${name} with too many operands`);
      }
      const given = argumentsFor(verb, join(dir, "wrong.json"));
      for (const config of ["absent.json", "folder", "comma.json", "wrong.json"]) {
        refused(
          t,
          await invoke(applet, ["-c", join(dir, config), ...given]),
          applet,
          `${name} with config ${config}`,
        );
      }
      const files = [...Object.values(verb.operands), ...Object.values(verb.options)].filter(
        (spec) => spec.required && takesFile(spec),
      );
      if (files.some((spec) => spec.document !== undefined)) {
        for (const file of [
          "absent.json",
          "folder",
          "empty",
          "comma.json",
          "proto.json",
          "wrong.json",
          "text.json",
        ]) {
          refused(t, await invoke(applet, argumentsFor(verb, join(dir, file))), applet, `${name} of ${file}`);
        }
        const asJson = await invoke(applet, [
          "--json-errors",
          ...argumentsFor(verb, join(dir, "comma.json")),
        ]);
        t.match(
          JSON.parse(asJson.stderr),
          { error: { code: "BAD_INPUT", message: /line 1, column/ } },
          `${name}: the error as JSON`,
        );
      }
      if (verb.stdin !== undefined)
        refused(t, await invoke(applet, given, true), applet, `${name} from a terminal`);
    }
  });
}

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
  t.same(
    (await dvm(["--list"])).stdout.toString().trim().split("\n").sort(),
    applets.map(({ name }) => name).sort(),
  );
  for (const { name } of applets) {
    const ran = await dvm([name, "--help"]);
    t.equal(ran.status, 0, `${name} --help`);
    t.match(ran.stdout.toString(), `Usage: ${name}`);
  }
  const unknown = await dvm(["frobnicate"]);
  t.equal(unknown.status, 2);
  t.match(unknown.stderr, /^dvm: .*frobnicate.* \[USAGE\]\n$/);
  const piped = await run(["sh", "-c", `"${process.execPath}" "${bundle}" schema program | head -c 1; true`]);
  t.equal(piped.stdout.toString(), "{", "a closed pipe ends it");
  t.equal(piped.stderr, "", "quietly");
});
