/**
 * Names and contents that would steer a terminal, or that are nobody's to read out, by way of real processes.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { bundle, documentOf, dvm, packaged, run } from "../lib/dvm.ts";

const config = JSON.stringify({
  common: { lockDir: "lock" },
  discover: { scan: ["*.img"] },
  dm: { backend: "sim", state: "dm.json" },
});

const NASTY = "a\u001b[2J\u009b1m\u202e\u0007b.img";
const SHOWN = "a\\u001b[2J\\u009b1m\\u202e\\u0007b.img";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
const STEERING = /[\0-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

for (const [form, program] of Object.entries({ bundle, packaged })) {
  t.test(`${form}: no byte of a name or a file steers the terminal`, async (t) => {
    const cwd = t.testdir({});
    writeFileSync(join(cwd, NASTY), Buffer.alloc(16 << 20));
    writeFileSync(join(cwd, `x${NASTY}`), "\u001b]0;owned\u0007x");
    writeFileSync(join(cwd, "dvm.json"), config);
    const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
    const rows: readonly (readonly [args: readonly string[], status: number])[] = [
      [["init", "vg", NASTY, "--region-size", "128k", "--extent-size", "1M"], 0],
      [["init", "vg2", NASTY], 3],
      [["replicate", "status", `x${NASTY}`], 2],
      [["replicate", "status", NASTY], 2],
      [["-c", NASTY, "doctor"], 2],
      [["discover", "add", "v", NASTY, "--new"], 3],
      [["doctor", "-d", NASTY, "-d", `x${NASTY}`], 0],
      [["report", "vg", "pv", "-d", NASTY], 0],
      [["report", "vg", "pv", "--format", "tree", "-d", NASTY], 0],
      [["report", "vg", "pv", "--format", "map", "-d", NASTY], 0],
      [["schema", NASTY], 4],
      [["dmexec", "asm", `x${NASTY}`], 2],
      [[NASTY], 2],
    ];
    for (const [args, status] of rows) {
      const ran = await run([program, ...args], { cwd, env });
      t.equal(ran.status, status, `${args[0]}: ${ran.stderr}`);
      t.notMatch(ran.stderr, STEERING);
      t.notMatch(ran.stdout.toString(), STEERING);
    }
    const refused = await run([program, "discover", "add", "v", NASTY, "--new"], { cwd, env });
    t.ok(refused.stderr.includes(SHOWN), "the name is there to be read");
    const json = await run(
      [program, "discover", "-c", "dvm.json", "add", "v", NASTY, "--new", "--json-errors"],
      { cwd, env },
    );
    t.match(json.stderr, /^[\x20-\x7e\n]+$/);
    t.match(JSON.parse(json.stderr.trim().split("\n").at(-1) ?? "").error.message, NASTY);
    const listed = documentOf<{ devices: { path: string }[] }>(
      await run([program, "discover", "list", "-d", NASTY], { cwd, env }),
    );
    t.equal(listed.devices[0]?.path, NASTY, "documents have it as it is");
  });
}

t.test("no message has the bytes of a file that is no document", async (t) => {
  const cwd = t.testdir({});
  const secrets = [
    "root:$6$SECRET:19000:0:99999:7:::\n",
    "SECRET",
    '["ok", SECRET]',
    '"SECRET',
    "{SECRET: 1}",
  ];
  for (const [at, secret] of secrets.entries()) {
    writeFileSync(join(cwd, "file"), secret);
    for (const command of [
      ["replicate", "status", "file"],
      ["-c", "file", "doctor"],
      ["dmexec", "asm", "file"],
      ["dmexec", "run", "file"],
      ["report", "vg", "--metadata", "file"],
      ["tm", "verify", "--discovery", "file"],
    ]) {
      const { status, stderr, stdout } = await dvm(command, { cwd });
      t.equal(status, 2, `${at} ${command.join(" ")}: ${stderr}`);
      t.notMatch(`${stderr}${stdout}`, /SECRET/);
    }
  }
  for (const [text, place] of [
    ["SECRET", "byte 0, line 1, column 1"],
    ['{"a":1,}', "byte 7, line 1, column 8"],
    ['{\n "é": [1 2]}', "byte 12, line 2, column 10"],
    ['{"a": "b', "byte 8, line 1, column 9"],
    ['["ok", SECRET]', "byte 7, line 1, column 8"],
  ] as const) {
    writeFileSync(join(cwd, "file"), text);
    const { stderr } = await dvm(["replicate", "status", "file"], { cwd });
    t.equal(stderr, `replicate status: region-file document file: is no JSON: at ${place} [BAD_INPUT]\n`);
  }
});
