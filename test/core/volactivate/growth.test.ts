/** An array with parity gets longer only with all of its legs: live status tells, or their superblocks. */
import t from "tap";
import { runsIn } from "../../../src/core/volume/model.ts";
import type { RaidSegment } from "../../../src/schema/index.ts";
import { DATA_START, EXTENT, pvPath, VolumeWorld } from "../../lib/volume-world.ts";
import { type SuperblockFields, superblockBytes } from "../dm/raid-superblock-bytes.ts";

type Row = [
  what: string,
  type: string,
  /** Of the live array; undefined: it is down. */
  letters: string | undefined,
  superblocks: readonly (SuperblockFields | null)[],
  lacking: number | undefined,
];

const at = (position: number, events = 9): SuperblockFields => ({ position, events });
const all = [0, 1, 2, 3, 4].map((n) => at(n));
const none = all.map(() => null);

const rows: readonly Row[] = [
  ["a whole one", "raid6", "AAAAA", none, undefined],
  ["one whose parity is computed yet", "raid6", "aaaaa", none, undefined],
  ["one that a leg of has failed", "raid6", "ADAAA", none, 1],
  ["one that the kernel runs without a leg", "raid6", "AAA-A", none, 3],
  ["parity alone", "raid5", "AADA", none, 2],
  ["copies", "raid10", "ADAA", none, undefined],
  ["down, and whole", "raid6", undefined, all, undefined],
  ["down, and never run", "raid6", undefined, none, undefined],
  ["down, and a leg is behind", "raid6", undefined, [at(0), at(1, 8), at(2), at(3), at(4)], 1],
  [
    "down, and a leg has failed before",
    "raid6",
    undefined,
    [{ ...at(0), failed: [4] }, at(1), at(2), at(3), at(4)],
    4,
  ],
  ["down, and copies", "raid10", undefined, [at(0), at(1, 8), at(2), at(3)], undefined],
];

for (const [what, type, letters, superblocks, lacking] of rows)
  t.test(what, async (t) => {
    const world = new VolumeWorld({ pvs: 5 });
    const options = { raid6: { stripes: 3 }, raid5: { stripes: 3 }, raid10: { stripes: 2, mirrors: 1 } }[
      type
    ];
    await world.run("create-lv", {
      name: "r",
      type,
      extents: "6",
      ...options,
      inactive: letters === undefined,
    });
    if (letters) world.health("vg-r", letters);
    const { legs } = world.lv("r").segments[0] as RaidSegment;
    for (const [leg, fields] of superblocks.entries()) {
      const [run] = runsIn(legs[leg]?.meta ?? []);
      if (!run || !fields) continue;
      const disk = world.disks.bytes(pvPath(Number.parseInt(run.pv, 16) - 1));
      disk.set(superblockBytes(fields), (DATA_START + run.start * EXTENT) * 512);
    }
    const done = world.prepare(world.manip("extend-lv", { name: "r", extents: "12" }));
    if (lacking === undefined) await t.resolves(done);
    else
      await t.rejects(done, {
        code: "INCOMPLETE",
        message: new RegExp(`LV r gets longer only with all of its legs, and leg ${lacking} has failed`),
      });
  });
