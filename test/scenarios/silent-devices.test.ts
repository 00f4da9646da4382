/**
 * What cannot be asked is not called well: a device that its driver calls offline while LVs are live on it,
 * which the kernel has not noticed yet; and a machine whose device-mapper this user may not ask.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { toDvmError } from "../../src/core/base/error.ts";
import type { Findings, Report } from "../../src/schema/index.ts";
import { dvmProgram, run } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import type { Machine } from "../lib/machine.ts";
import { createLv, idAt, machineWithVg } from "../lib/vg.ts";

const OFFLINE = 'does not answer: its state is "offline"';

const report = async (machine: Machine, what: string, format = "json"): Promise<unknown> =>
  machine.call({ applet: "dvm", verb: "report", operands: { vg: "vg", what }, options: { format } });
const rows = async (machine: Machine, what: string): Promise<readonly object[]> =>
  ((await report(machine, what)) as Report).rows;

/** The codes of doctor's problems, of LVs with their names. */
async function problems(machine: Machine): Promise<string[]> {
  const call = { applet: "dvm", verb: "doctor", options: { json: true } };
  const { findings } = (await machine.call(call).catch((thrown: unknown) => {
    const { code, output } = toDvmError(thrown);
    if (code !== "INCOMPLETE") throw thrown;
    return output;
  })) as Findings;
  return findings
    .filter(({ ok }) => !ok)
    .map(({ code, subject: { kind, name } }) => (kind === "lv" ? `${code} ${name}` : code));
}

t.test("a device that its driver calls offline, under live LVs", async (t) => {
  const machine = await machineWithVg({ disks: 3 });
  const [a, b] = [await idAt(machine, "/dev/a"), await idAt(machine, "/dev/b")];
  await createLv(machine, "safe", "1M", "--mirrors", "1", "--pv", a, "--pv", b);
  await createLv(machine, "alone", "1M", "--pv", b);
  await createLv(machine, "apart", "1M", "--pv", a);
  t.same(await problems(machine), []);
  machine.silence("/dev/b", OFFLINE);
  t.same(await problems(machine), ["vg-missing", "lv-incomplete safe", "lv-incomplete alone", "warned"]);
  t.ok(machine.warnings.includes(`/dev/b: not used: ${OFFLINE}`), "the reason is told");
  t.match(await rows(machine, "vg"), [{ missing: 1, availability: "unavailable" }]);
  t.match(await rows(machine, "lv"), [
    { name: "safe", availability: "degraded", missing: [b] },
    { name: "alone", availability: "unavailable", missing: [b] },
    { name: "apart", availability: "complete" },
  ]);
  const pvs = (await rows(machine, "pv")) as { id: string; state: string }[];
  t.equal(pvs.find(({ id }) => id === b)?.state, "missing");
  for (const [what, format, lines] of [
    ["lv", "table", [/^safe .* degraded /, /^alone .* unavailable /, /^apart .* complete /]],
    ["lv", "csv", [/^safe,.*,degraded,/, /^alone,.*,unavailable,/, /^apart,.*,complete,/]],
    ["lv", "tree", [/^safe: .*, degraded$/, /^alone: .*, unavailable$/, /^apart: .*, (?:live|active)$/]],
    ["pv", "tree", [new RegExp(`^${b}: .*, missing$`)]],
    ["pv", "map", [new RegExp(`^${b}: .*, missing$`)]],
  ] as const) {
    const text = String(await report(machine, what, format));
    for (const line of lines) t.match(text, new RegExp(line.source, "m"), `${format} of ${what}`);
  }
  machine.silence("/dev/b");
  t.same(await problems(machine), [], "it answers again");
});

t.test("device-mapper cannot be asked", async (t) => {
  const cwd = t.testdir({});
  emptyDisks(cwd, 16 << 20, "a", "b");
  const config = (name: string, dm: object) =>
    writeFileSync(
      join(cwd, name),
      JSON.stringify({ discover: { scan: ["*.img"] }, dm, common: { lockDir: join(cwd, "lock") } }),
    );
  config("dvm.json", { backend: "sim", state: "dm.json" });
  config("none.json", { backend: "sim", state: "nowhere/dm.json" });
  const env = { PATH: process.env["PATH"] ?? "" };
  const dvm = (line: string) => run([...dvmProgram, "-c", "dvm.json", ...line.split(" ")], { cwd, env });
  const without = (line: string) => run([...dvmProgram, "-c", "none.json", ...line.split(" ")], { cwd, env });
  for (const line of [
    "init vg a.img b.img --region-size 1M --extent-size 1M",
    "run vg -- create-lv --name m --size 2M --mirrors 1",
    "run vg -- create-lv --name l --size 2M",
    "deactivate vg",
  ]) {
    const { status, stderr } = await dvm(line);
    if (status !== 0) throw new Error(`${line}: ${stderr}`);
  }
  t.match((await dvm("report vg lv --format csv --columns availability")).stdout.toString(), /complete/);
  for (const what of ["vg", "lv", "pv", "seg"])
    for (const format of what === "seg"
      ? ["table", "csv", "json"]
      : ["table", "csv", "json", "tree", "map"]) {
      const { status, stdout, stderr } = await without(`report vg ${what} --format ${format}`);
      const text = stdout.toString();
      t.equal(status, 0, `${format} of ${what}: ${stderr}`);
      t.match(stderr, /^device-mapper cannot be asked: /, "people are told why");
      t.notMatch(text, /complete|\bcurrent\b|active/, `${format} of ${what}`);
      // A row of a PV tells of its device alone.
      const isOfDevices = what === "seg" || (what === "pv" && !["tree", "map"].includes(format));
      if (!isOfDevices) t.match(text, /unknown/, `${format} of ${what}`);
    }
  const refused = await without("report vg dm");
  t.equal(refused.status, 1);
  t.equal(refused.stdout.length, 0);
  const { status, stdout } = await without("doctor");
  t.equal(status, 3);
  const text = stdout.toString();
  t.match(text, /^problem device-mapper: /);
  t.match(text, /^problem VG vg: LV m: .* whether it is live and well is not known$/m);
  t.match(text, /^problem VG vg: LV l: .* whether it is live and well is not known$/m);
  t.notMatch(text, /^ok +VG/m, "the VG is not called well");
});
