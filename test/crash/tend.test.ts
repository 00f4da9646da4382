/**
 * What is due of a VG is done, and the process is killed on the way: the same command again ends it, and each
 * LV has its content.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { type Test } from "tap";
import { legsOf } from "../../src/core/volume/model.ts";
import type { Metadata } from "../../src/schema/index.ts";
import { ImageVg } from "../lib/image-vg.ts";
import { buildKillable, start } from "../lib/killable.ts";
import { orNightly } from "../lib/nightly.ts";
import { mappedButFree, unsettled } from "../lib/vg-checks.ts";

const work = mkdtempSync(join(tmpdir(), "dvm-tend-"));
const killable = join(work, "dvm");
await buildKillable(killable);
t.teardown(() => rmSync(work, { recursive: true, force: true }));

const LVS = ["x", "m", "r"];
const KILLS = orNightly(4, 60);

const metadataOf = async (vg: ImageVg) => JSON.parse(String(await vg.tm<Uint8Array>("read"))) as Metadata;

/** x has become striped, m has a copy more, and a leg of r has failed. */
async function vgToTend(t: Test) {
  const vg = new ImageVg({ tend: { graceMs: 0 } });
  t.teardown(() => vg.remove());
  await vg.init("a", "b", "c", "d", "e");
  const idOf = new Map((await vg.find()).devices.map(({ id, path }) => [path, id]));
  const on = (...disks: string[]) => disks.flatMap((disk) => ["--pv", idOf.get(vg.path(disk)) ?? ""]);
  const change = (...command: string[]) => vg.tm("update", { command: ["manip", ...command] });
  const dvm = (verb: string, operands: object, options = {}) =>
    vg.call({ applet: "dvm", verb, operands: { ...operands }, options });
  await change("create-lv", "--name", "x", "--size", "1M", ...on("a"));
  await change("create-lv", "--name", "m", "--size", "1M", ...on("a"));
  await change("create-lv", "--name", "r", "--size", "1M", "--mirrors", "1", ...on("c", "d"));
  await change("policy", "--replace", "free");
  await dvm("deactivate", { vg: "vg" });
  const contents = new Map(LVS.map((lv) => [lv, Buffer.alloc(1 << 20, `${lv} as it was `)]));
  for (const [lv, content] of contents) {
    writeFileSync(join(vg.directory, "in"), content);
    await dvm("import", { lv: `vg/${lv}`, file: join(vg.directory, "in") });
  }
  await dvm("activate", { vg: "vg" });
  await change("convert", "--name", "x", "--type", "striped", "--stripes", "2", ...on("a", "b"));
  await change("mirror", "--name", "m", "--mirrors", "1", ...on("b"));
  const state = join(vg.images, "dm.json");
  const sim = JSON.parse(readFileSync(state, "utf8")) as object;
  writeFileSync(state, JSON.stringify({ ...sim, broken: [vg.path("d")] }));
  vg.save("before");
  return { vg, contents, dvm };
}

/** In which state legs and types are, whatever their places and numbers. */
const shape = ({ lvs }: Metadata) =>
  [...lvs]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((lv) => [
      lv.name,
      lv.work,
      lv.segments.map(({ type }) => type),
      legsOf(lv).map(({ state }) => state),
    ]);

t.test("killed on the way", async (t) => {
  const { vg, contents, dvm } = await vgToTend(t);
  const command = [process.execPath, killable, "-c", vg.configFile, "tend", "vg"];
  const log = join(work, "steps");
  await start(command, { DVM_STEPS: log }).ended;
  const wanted = shape(await metadataOf(vg));
  const current = ["current", "current"];
  const raid = [undefined, ["raid"], current];
  t.same(wanted, [
    ["m", ...raid],
    ["r", ...raid],
    ["x", undefined, ["striped"], []],
  ]);
  const steps = readFileSync(log, "utf8").trim().split("\n");
  t.ok(steps.length > 100, `${steps.length} steps`);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const at = Math.floor(((kill + 0.5) * steps.length) / KILLS);
    vg.load("before");
    const when = `killed before step ${at}, ${steps[at]}`;
    const { status } = await start(command, { DVM_KILL_AT: String(at) }).ended;
    t.equal(status, null, when);
    await dvm("tend", { vg: "vg" });
    const metadata = await metadataOf(vg);
    t.same(shape(metadata), wanted, `${when}: all of it is done`);
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
