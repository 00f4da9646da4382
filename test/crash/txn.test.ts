/**
 * The process of a transaction is killed before each of its steps, and the process of the recovery before
 * each of its own. Whatever is left, readers find exactly the old or exactly the new metadata, and a recovery
 * brings regions, labels and device-mapper to agree with it. The model loses no step that has taken place:
 * what disks do with writes that were not flushed is the regions' own matter.
 */
import t, { type Test } from "tap";
import { decodeEnvelope } from "../../src/core/tm/envelope.ts";
import { initVg } from "../../src/core/tm/init.ts";
import { NEW, named, OLD, read, recover, update, worldWithVg } from "../lib/txn-vg.ts";
import { TxnWorld } from "../lib/txn-world.ts";

const scenarios = [
  { name: "update", options: {}, next: NEW },
  {
    name: "update with a new name",
    options: { command: ["change-and-rename", "other"] },
    next: named(NEW, "other"),
  },
  { name: "update without activation", options: { activate: false }, next: NEW },
  { name: "rename alone", options: { command: ["rename", "other"] }, next: named(OLD, "other") },
] as const;

/** True when the process was killed in the middle of `work`, false when it went through. */
async function crashes(world: TxnWorld, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
  } catch (error) {
    if (!world.crashed) throw error;
  }
  return world.crashed;
}

function agrees(t: Test, world: TxnWorld, metadata: string, when: string) {
  const [first] = world.regions;
  const { name, generation, metadata: stored } = decodeEnvelope(first?.active?.bytes ?? Buffer.alloc(0));
  t.equal(String(stored), metadata, `${when}: the regions hold what was read`);
  t.equal(name, JSON.parse(metadata).name ?? "vg", `${when}: the envelope has the metadata's name`);
  t.ok(
    world.regions.every(({ active, shadow }) => active?.txid === first?.active?.txid && !shadow),
    `${when}: in every region, with nothing prepared`,
  );
  t.same(world.dm, { live: metadata, inactive: undefined }, `${when}: device-mapper agrees`);
  t.ok(
    world.labels.every((label) => label.name === name && label.generation === generation),
    `${when}: labels agree`,
  );
}

for (const { name, options, next } of scenarios) {
  t.test(`${name}, killed before each step`, async (t) => {
    let before = 0;
    for (; ; before += 1) {
      const world = await worldWithVg(3);
      world.stepsLeft = before;
      if (!(await crashes(world, () => update(world, options)))) break;
      world.restart();
      const where = `killed after ${before} steps`;

      const sensed = await read(world).catch((error) => {
        if (error.code === "STALE") return "STALE";
        throw error;
      });
      t.ok([OLD, next, "STALE"].includes(sensed), `${where}: reads give one of the two`);
      await recover(world);
      const after = await read(world);
      t.ok(sensed === "STALE" || sensed === after, `${where}: recovery decides as the readers did`);
      agrees(t, world, after, where);

      const still = world.snapshot();
      world.restart();
      const second = await recover(world);
      t.match(second, { found: "clean", summary: [] }, `${where}: a second recovery has nothing to do`);
      t.equal(world.snapshot(), still, `${where}: and does nothing`);
      t.same(world.steps, []);
      await update(world, { command: ["rename", "next"] });
      await update(world);
      t.equal(await read(world), NEW, `${where}: the VG can be changed again`);
    }
    t.ok(before >= 6, `${before} steps were tried`);
  });

  t.test(`${name}, killed before each step, and its recovery too`, async (t) => {
    let pairs = 0;
    for (let before = 0; ; before += 1) {
      let crashed = true;
      for (let inRecovery = 0; ; inRecovery += 1) {
        const world = await worldWithVg(2);
        world.stepsLeft = before;
        crashed = await crashes(world, () => update(world, options));
        if (!crashed) break;
        world.restart();
        world.stepsLeft = inRecovery;
        const again = await crashes(world, () => recover(world));
        world.restart();
        await recover(world);
        agrees(t, world, await read(world), `killed after ${before}, recovery after ${inRecovery} steps`);
        pairs += 1;
        if (!again) break;
      }
      if (!crashed) break;
    }
    t.ok(pairs >= 9, `${pairs} pairs were tried`);
  });
}

t.test("init, killed before each step, is begun again", async (t) => {
  for (let before = 0; ; before += 1) {
    const world = new TxnWorld(2);
    world.commands["first"] = () => Buffer.from(OLD);
    world.stepsLeft = before;
    const init = (force: boolean) =>
      initVg(world.sys(), world.discovery(), { command: ["first"], force, dryRun: false, lockTimeoutMs: 0 });
    if (!(await crashes(world, () => init(false)))) break;
    world.restart();
    const where = `killed after ${before} steps`;
    const recovered = await recover(world).catch((error) => error.code);
    if (typeof recovered === "string") await init(recovered === "OUT_OF_SYNC");
    world.dm.live = OLD;
    t.equal(await read(world), OLD, where);
    agrees(t, world, OLD, where);
  }
});
