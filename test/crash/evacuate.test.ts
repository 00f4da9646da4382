/**
 * A PV is evacuated, and the process is killed on the way: the same command again ends it, whatever was under
 * way.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { Metadata, Report } from "../../src/schema/index.ts";
import { ImageVg } from "../lib/image-vg.ts";
import { buildKillable, start } from "../lib/killable.ts";
import { mappedButFree, unsettled } from "../lib/vg-checks.ts";

const work = mkdtempSync(join(tmpdir(), "dvm-evacuate-"));
const killable = join(work, "dvm");
await buildKillable(killable);
t.teardown(() => rmSync(work, { recursive: true, force: true }));

const LVS = ["x", "m"];
/**
 * Each kill takes a second or so: not every step, but in the end each kind of step, in the begin and in the
 * finish.
 */
const STRIDE = Number(process.env["DVM_STRIDE"] ?? 9);

async function vgToLeave(t: Test) {
  const vg = new ImageVg();
  t.teardown(() => vg.remove());
  await vg.init("a", "b", "c");
  const [a = "", b = ""] = (await vg.find()).devices.map(({ id }) => id);
  const create = ["manip", "create-lv", "--size", "1M", "--pv", a, "--name"];
  await vg.tm("update", { command: [...create, "x"] });
  await vg.tm("update", { command: [...create, "m", "--type", "raid1", "--mirrors", "1", "--pv", b] });
  const dvm = (verb: string, operands: object, options = {}) =>
    vg.call({ applet: "dvm", verb, operands: { ...operands }, options });
  await dvm("deactivate", { vg: "vg" });
  const contents = new Map(LVS.map((lv) => [lv, Buffer.alloc(1 << 20, `${lv} as it was `)]));
  for (const [lv, content] of contents) {
    writeFileSync(join(vg.directory, "in"), content);
    await dvm("import", { lv: `vg/${lv}`, file: join(vg.directory, "in") });
  }
  await dvm("activate", { vg: "vg" });
  vg.save("before");
  return { vg, left: vg.path("a"), a, contents, dvm };
}

t.test("killed on the way", async (t) => {
  const { vg, left, a, contents, dvm } = await vgToLeave(t);
  const command = [process.execPath, killable, "-c", vg.configFile, "evacuate", "vg", left];
  const log = join(work, "steps");
  await start(command, { DVM_STEPS: log }).ended;
  const steps = readFileSync(log, "utf8").trim().split("\n");
  t.ok(steps.length > 80, `${steps.length} steps`);
  for (let at = 0; at < steps.length; at += STRIDE) {
    vg.load("before");
    const when = `killed before step ${at}, ${steps[at]}`;
    const { status } = await start(command, { DVM_KILL_AT: String(at) }).ended;
    t.equal(status, null, when);
    await dvm("evacuate", { vg: "vg", left });
    const { rows } = (await dvm("report", { vg: "vg", what: "pv" }, { format: "json" })) as Report;
    t.match(
      rows.find((row) => (row as { id: string }).id === a) as object,
      { lvs: [] },
      `${when}: nothing is left`,
    );
    await dvm("reduce", { vg: "vg", removed: [left] });
    const metadata = JSON.parse(String(await vg.tm<Uint8Array>("read"))) as Metadata;
    t.same(mappedButFree(metadata, await vg.find(), vg.dmState), [], `${when}: nothing free is mapped`);
    t.same(unsettled(vg.dmState), [], `${when}: nothing is suspended or half loaded`);
    await dvm("deactivate", { vg: "vg" });
    for (const [lv, content] of contents) {
      const file = join(vg.directory, "out");
      await dvm("export", { lv: `vg/${lv}`, file });
      t.ok(readFileSync(file).equals(content), `${when}: LV ${lv} has its content`);
    }
  }
});
