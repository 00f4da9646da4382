/**
 * Nothing is called well that anything live contradicts: of a VG with LVs of all kinds each live device is
 * harmed in each way, and neither its LV nor one that is built on that is called complete without a problem.
 */
import t from "tap";
import { conditionOf } from "../../../src/core/report/condition.ts";
import { gatherFacts } from "../../../src/core/report/facts.ts";
import { desiredState } from "../../../src/core/volactivate/desired.ts";
import { ownerOfUuids } from "../../../src/core/volume/identity.ts";
import { withUsed } from "../../../src/core/volume/users.ts";
import type { DmDevice, DmState } from "../../../src/schema/index.ts";
import { pvId, VolumeWorld } from "../../lib/volume-world.ts";

/** Linear targets and origins of snapshots have an empty status. */
const saysMore = ({ status }: DmDevice): boolean => status?.some((line) => line !== "") === true;

/** @returns undefined where it cannot be done to such a device */
type Harm = (device: DmDevice) => DmDevice | "gone" | undefined;

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
  "has an empty status": (device) => (saysMore(device) ? { ...device, status: [""] } : undefined),
};

t.test("each device of LVs of all kinds, in each way", async (t) => {
  const world = new VolumeWorld({ pvs: 4, extents: 64 });
  const pv = [pvId(0)];
  await world.run("create-lv", { name: "linear", extents: "2", pv });
  await world.run("create-lv", { name: "striped", extents: "4", stripes: 2 });
  await world.run("create-lv", { name: "mirror", extents: "2", mirrors: 1 });
  await world.run("create-lv", { name: "parity", extents: "4", type: "raid5", stripes: 2 });
  await world.run("create-lv", { name: "origin", extents: "2", pv });
  await world.run("snapshot", { name: "before", origin: "origin", extents: "1" });
  await world.run("create-pool", { name: "pool", extents: "8" });
  await world.run("create-thin", { name: "thin", pool: "pool", size: "10M" });
  const { metadata } = world;
  const discovery = world.discovery();
  const desired = desiredState({ metadata, discovery, lvs: [], partial: true, paths: true });
  const ownerOf = ownerOfUuids(metadata);
  const byId = new Map(metadata.lvs.map((lv) => [lv.id, lv]));
  const unwell = (devices: readonly DmDevice[]): ReadonlySet<string> => {
    const facts = gatherFacts({ metadata, discovery, desired, dm: { ...dm, devices: [...devices] } });
    const isWell = ({ availability, problems }: ReturnType<typeof conditionOf>) =>
      availability === "complete" && problems.length === 0;
    return new Set(metadata.lvs.filter((lv) => !isWell(conditionOf(facts, lv))).map(({ name }) => name));
  };
  const dm: DmState = world.dm();
  t.same([...unwell(dm.devices)], [], "all is well before");
  const layers = dm.devices.map(({ uuid }) => ownerOf(uuid));
  for (const [at, device] of dm.devices.entries()) {
    const owner = layers[at]?.lv ?? "";
    const isAlone = layers.filter((other) => other?.lv === owner).length === 1;
    const built = metadata.lvs.filter((lv) => withUsed([lv], byId).some(({ id }) => id === owner));
    for (const [what, harm] of Object.entries(harms)) {
      const harmed = harm(device);
      if (harmed === undefined) continue;
      const devices = dm.devices.flatMap((each) =>
        each !== device ? [each] : harmed === "gone" ? [] : [harmed],
      );
      const found = unwell(devices);
      // What has no other device is down then, and may be well.
      for (const { id, name } of built)
        if (!(harmed === "gone" && isAlone && id === owner))
          t.ok(found.has(name), `${device.name} ${what}: ${name}`);
    }
  }
});
