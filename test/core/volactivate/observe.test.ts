/** Which legs a change calls recovering: those that a kernel rebuilds, as status and superblock both tell. */
import t from "tap";
import { observe } from "../../../src/core/volactivate/observe.ts";
import { runsIn } from "../../../src/core/volume/model.ts";
import type { Leg, Metadata, RaidSegment } from "../../../src/schema/index.ts";
import { DATA_START, EXTENT, pvPath, VolumeWorld } from "../../lib/volume-world.ts";
import { type SuperblockFields, superblockBytes } from "../dm/raid-superblock-bytes.ts";

const legsIn = (world: VolumeWorld, metadata: Metadata = world.metadata): readonly Leg[] =>
  (world.lv("home", metadata).segments[0] as RaidSegment).legs;

const pvOf = (world: VolumeWorld, leg: number): string =>
  runsIn(legsIn(world)[leg]?.image ?? [])[0]?.pv ?? "";

/** An LV that has got another copy, whose superblocks are these. */
async function copied(superblocks: readonly (SuperblockFields | null)[], letters: string) {
  const world = new VolumeWorld({ pvs: 3 });
  await world.run("create-lv", { name: "home", extents: "4" });
  await world.run("mirror", { name: "home", mirrors: 1 });
  for (const [leg, fields] of superblocks.entries()) {
    const [run] = runsIn(legsIn(world)[leg]?.meta ?? []);
    if (!run || !fields) continue;
    const disk = world.disks.bytes(pvPath(Number.parseInt(run.pv, 16) - 1));
    disk.set(superblockBytes(fields), (DATA_START + run.start * EXTENT) * 512);
  }
  world.health("vg-home", letters);
  return world;
}

const observed = async (world: VolumeWorld, next: Metadata): Promise<Metadata> =>
  observe(world.sys(), { old: world.metadata, next, discovery: world.discovery() });

const [first, half] = [{ position: 0, events: 9 }, 4096n] as const;
const second = { position: 1, events: 9 };

const rows: readonly [string, readonly (SuperblockFields | null)[], string, Leg["state"]][] = [
  ["it has come half way", [first, { ...second, recoveryOffset: half }], "Aa", "recovering"],
  ["it has just begun", [first, { ...second, recoveryOffset: 0n }], "Aa", "recovering"],
  ["it is done", [first, second], "AA", "recovering"],
  ["nothing has been written yet", [first, null], "Aa", "rebuild"],
  ["its superblock is of when it was whole", [first, second], "Aa", "rebuild"],
  ["of before it missed writes", [first, { ...second, events: 8 }], "Aa", "rebuild"],
  [
    "of an earlier time that it was rebuilt",
    [first, { ...second, events: 8, recoveryOffset: half }],
    "Aa",
    "rebuild",
  ],
  [
    "another calls it failed",
    [
      { ...first, failed: [1] },
      { ...second, recoveryOffset: half },
    ],
    "Aa",
    "rebuild",
  ],
  ["it has failed", [first, { ...second, recoveryOffset: half }], "AD", "rebuild"],
  ["status is ahead of the superblock", [first, { ...second, recoveryOffset: half }], "AA", "rebuild"],
];

t.test("legs that are being rebuilt", async (t) => {
  for (const [name, superblocks, letters, expected] of rows) {
    const world = await copied(superblocks, letters);
    const next = await observed(world, world.manip("rename-lv", { name: "home", to: "home2" }));
    const lv = world.lv("home2", next);
    t.same(
      (lv.segments[0] as RaidSegment).legs.map(({ state }) => state),
      ["current", expected],
      name,
    );
    const claimed = structuredClone(world.metadata);
    const leg = legsIn(world, claimed)[1];
    if (leg) leg.state = "recovering";
    if (expected === "rebuild")
      await t.rejects(
        world.prepare(claimed),
        {
          code: "WOULD_LOSE_DATA",
          message: /leg 1 of LV home cannot be recovering: no kernel is rebuilding it/,
        },
        `${name}: not believed`,
      );
    else await t.resolves(world.prepare(claimed), `${name}: believed`);
  }
});

t.test("its table has it begin anew no more, and it is not read before it is proven", async (t) => {
  const world = await copied([first, { ...second, recoveryOffset: half }], "Aa");
  t.match(world.tables()["vg-home"], / rebuild 1 /);
  await world.update(await observed(world, world.manip("extend-lv", { name: "home", extents: "+1" })));
  t.notMatch(world.tables()["vg-home"], / rebuild /);
  t.equal(legsIn(world)[1]?.state, "recovering");
  world.health("vg-home", "Aa");
  await t.rejects(world.run("mirror", { name: "home", synced: true }), { code: "WOULD_LOSE_DATA" });
  t.throws(() => world.manip("mirror", { name: "home", mirrors: 0, pv: [pvOf(world, 0)] }), {
    code: "WOULD_LOSE_DATA",
  });
  world.health("vg-home", "AA");
  await world.run("mirror", { name: "home", synced: true });
  t.equal(legsIn(world)[1]?.state, "current");
});

t.test("what is down, or is no longer the same leg, is left alone", async (t) => {
  const down = await copied([first, { ...second, recoveryOffset: half }], "Aa");
  await down.deactivate();
  const renamed = down.manip("tag", { lv: ["home"], add: ["x"] });
  t.equal(await observed(down, renamed), renamed);
  const other = await copied([first, { ...second, recoveryOffset: half }], "Aa");
  const replaced = other.manip("repair", { name: "home", leg: 1 });
  t.equal(await observed(other, replaced), replaced);
});
