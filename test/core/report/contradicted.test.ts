/**
 * Nothing is called well that anything live contradicts: of a VG with LVs of all kinds each live device is
 * harmed in each way, and neither its LV nor one that is built on that is called well. What is being moved,
 * converted, flushed or merged then has a problem besides that.
 */
import t from "tap";
import { type Condition, conditionOf } from "../../../src/core/report/condition.ts";
import { gatherFacts } from "../../../src/core/report/facts.ts";
import { desiredState } from "../../../src/core/volactivate/desired.ts";
import { ownerOfUuids } from "../../../src/core/volume/identity.ts";
import { withUsed } from "../../../src/core/volume/users.ts";
import type { DmDevice } from "../../../src/schema/index.ts";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

/** Linear targets and origins of snapshots have an empty status. */
const saysMore = ({ status }: DmDevice): boolean => status?.some((line) => line !== "") === true;

/** @returns undefined where it cannot be done to such a device */
type Harm = (device: DmDevice) => DmDevice | "gone" | undefined;

/** By target: what the kernel would say. */
const FAILURES: Readonly<Record<string, (status: string) => string>> = {
  striped: (status) => status.replace(/A$/, "D"),
  raid: (status) => status.replace(/(?<=^\S+ \d+ \S*)A/, "D"),
  snapshot: () => "Invalid",
  "snapshot-merge": () => "Merge failed",
  cache: () => "Fail",
  "thin-pool": () => "Fail",
  thin: () => "Fail",
  writecache: (status) => status.replace(/^0/, "1"),
};

const harms: Readonly<Record<string, Harm>> = {
  "is gone": () => "gone",
  "has no table": (device) => ({ ...device, table: null }),
  "gives errors": (device) => ({
    ...device,
    table: device.table?.map((line) => ({ ...line, type: "error", params: "" })) ?? null,
  }),
  "is on other sectors": (device) => {
    const [line, ...more] = device.table ?? [];
    if (line?.type !== "linear") return undefined;
    return { ...device, table: [{ ...line, params: line.params.replace(/\d+$/, "7") }, ...more] };
  },
  "is shorter": (device) => ({
    ...device,
    table: device.table?.map((line) => ({ ...line, length: line.length - 1 })) ?? null,
  }),
  "is suspended": (device) => ({ ...device, suspended: true }),
  "is read-only": (device) => ({ ...device, readOnly: true }),
  "has another name": (device) => ({ ...device, name: `${device.name}-x` }),
  "has a status that nobody knows": (device) =>
    saysMore(device) ? { ...device, status: ["nonsense"] } : undefined,
  "has a status that tells of a failure": (device) => {
    const failures = device.table?.map(({ type }, index) => FAILURES[type]?.(device.status?.[index] ?? ""));
    if (!failures?.some((failure) => failure !== undefined)) return undefined;
    return { ...device, status: failures.map((failure, index) => failure ?? device.status?.[index] ?? "") };
  },
  "has an empty status": (device) => (saysMore(device) ? { ...device, status: [""] } : undefined),
};

/** Of what is in work that is said, and nothing else. */
const IN_WORK = [
  ["moved", "complete", "leg-copying"],
  ["converted", "complete", "leg-copying"],
  ["flushed", "complete", "cache-flushing"],
  ["stripes", "complete", "leg-copying"],
  ["rows", "complete", "leg-copying"],
];

/** LVs of all kinds, and some that are being moved, converted, flushed or merged. */
async function vgOfAllKinds(): Promise<VolumeWorld> {
  const world = new VolumeWorld({ pvs: 6, extents: 512 });
  const pv = [pvId(0)];
  await world.run("create-lv", { name: "linear", extents: "2", pv });
  await world.run("create-lv", { name: "striped", extents: "4", stripes: 2 });
  await world.run("create-lv", { name: "mirror", extents: "2", mirrors: 1 });
  await world.run("create-lv", { name: "parity", extents: "4", type: "raid5", stripes: 2 });
  await world.run("create-lv", { name: "origin", extents: "2", pv });
  await world.run("snapshot", { name: "before", origin: "origin", extents: "1" });
  await world.run("create-pool", { name: "pool", extents: "8" });
  await world.run("create-thin", { name: "thin", pool: "pool", size: "10M" });
  await world.run("create-lv", { name: "cached", extents: "4", pv });
  await world.run("cache", { name: "cached", size: "1M", pv: [pvId(1)] });
  await world.run("create-lv", { name: "written", extents: "4", pv });
  await world.run("cache", { name: "written", size: "1M", pv: [pvId(1)], kind: "writecache" });
  await world.run("create-lv", { name: "moved", extents: "2", pv });
  await world.run("move", { name: "moved", from: pvId(0), to: [pvId(2)] });
  await world.run("create-lv", { name: "converted", extents: "4", pv });
  await world.run("convert", { name: "converted", type: "raid5", stripes: 2 });
  await world.run("create-lv", { name: "flushed", extents: "4", pv });
  await world.run("cache", { name: "flushed", size: "1M", pv: [pvId(1)], mode: "writeback" });
  await world.run("uncache", { name: "flushed" });
  await world.run("create-lv", { name: "target", extents: "2", pv });
  await world.run("snapshot", { name: "merged", origin: "target", extents: "1" });
  await world.run("merge", { name: "merged" });
  await world.run("create-lv", { name: "rows", extents: "4", type: "raid5", stripes: 2 });
  await world.run("move", { name: "rows", from: pvId(1), to: [pvId(3), pvId(4), pvId(5)] });
  await world.run("create-lv", { name: "stripes", extents: "4", stripes: 2 });
  await world.run("move", { name: "stripes", from: pvId(1), to: [pvId(3), pvId(4)] });
  await world.run("create-lv", { name: "pair", extents: "4", stripes: 2 });
  await world.run("cache", { name: "pair", size: "1M", pv: [pvId(5)] });
  await world.run("create-lv", { name: "wide", extents: "4", stripes: 2 });
  await world.run("snapshot", { name: "back", origin: "wide", extents: "1" });
  return world;
}

/** What is said of each LV, by what is live. */
function conditionsIn(world: VolumeWorld): (devices: readonly DmDevice[]) => Map<string, Condition> {
  const { metadata } = world;
  const discovery = world.discovery();
  const desired = desiredState({ metadata, discovery, lvs: [], partial: true, paths: true });
  return (devices) => {
    const facts = gatherFacts({ metadata, discovery, desired, dm: { devices: [...devices] } });
    return new Map(metadata.lvs.map((lv) => [lv.name, conditionOf(facts, lv)]));
  };
}

t.test("each device of LVs of all kinds, in each way", async (t) => {
  const world = await vgOfAllKinds();
  const { metadata } = world;
  const ownerOf = ownerOfUuids(metadata);
  const byId = new Map(metadata.lvs.map((lv) => [lv.id, lv]));
  const conditions = conditionsIn(world);
  const { devices: sound } = world.dm();
  const before = conditions(sound);
  const said = [...before].map(([name, { availability, problems }]) => [name, availability, ...problems]);
  const inWork = said.filter(([, ...words]) => words.join() !== "complete");
  t.same(inWork, IN_WORK, "all is well before");
  /** What is called worse than before, or has a problem that it had not. */
  const unwell = (devices: readonly DmDevice[]): ReadonlySet<string> => {
    const isWorse = ([name, { availability, problems }]: readonly [string, Condition]) =>
      availability !== before.get(name)?.availability ||
      problems.some((problem) => !before.get(name)?.problems.includes(problem));
    return new Set([...conditions(devices)].filter(isWorse).map(([name]) => name));
  };
  const layers = sound.map(({ uuid }) => ownerOf(uuid));
  for (const [at, device] of sound.entries()) {
    const owner = layers[at]?.lv ?? "";
    const isAlone = layers.filter((other) => other?.lv === owner).length === 1;
    const built = metadata.lvs.filter((lv) => withUsed([lv], byId).some(({ id }) => id === owner));
    for (const [what, harm] of Object.entries(harms)) {
      const harmed = harm(device);
      if (harmed === undefined) continue;
      const devices = sound.flatMap((each) => (each !== device ? [each] : harmed === "gone" ? [] : [harmed]));
      const found = unwell(devices);
      // What has no other device is down then, and may be well.
      for (const { id, name } of built)
        if (!(harmed === "gone" && isAlone && id === owner))
          t.ok(found.has(name), `${device.name} ${what}: ${name}`);
    }
  }
});

t.test("of a leg that is out nothing more is said", async (t) => {
  const world = await vgOfAllKinds();
  const conditions = conditionsIn(world);
  const said = (statuses: Readonly<Record<string, string>>) => {
    const devices = world.dm().devices.map((device) => {
      const status = statuses[device.name];
      return status === undefined ? device : { ...device, status: [status] };
    });
    const { availability, problems } = conditions(devices).get("stripes") ?? {};
    return [availability, ...(problems ?? [])];
  };
  const failed = "2 /dev/disk0 /dev/disk1 1 AD";
  t.same(said({ "vg-stripes-rimage_1": failed }), ["unknown", "lv-stripe-failed", "leg-copying"]);
  const out = "raid1 2 AD 512/512 idle 0 0 -";
  t.same(said({ "vg-stripes": out, "vg-stripes-rimage_1": failed }), ["degraded", "leg-failed"]);
  const differ = "raid1 2 AA 512/512 idle 3 0 -";
  t.same(said({ "vg-stripes": differ }), ["degraded", "lv-copies-differ"]);
});

t.test("a leg of which the kernel could not read the superblock is out", async (t) => {
  const world = new VolumeWorld({ pvs: 2 });
  await world.run("create-lv", { name: "mirror", extents: "2", mirrors: 1 });
  await world.deactivate();
  world.sim.unread = ["vg-mirror-rmeta_1"];
  await world.activate();
  const { availability, problems, legs } = conditionsIn(world)(world.dm().devices).get("mirror") ?? {};
  t.same([availability, ...(problems ?? [])], ["degraded", "leg-failed"]);
  t.same(
    legs?.map(({ state }) => state),
    ["current", "failed"],
  );
});
