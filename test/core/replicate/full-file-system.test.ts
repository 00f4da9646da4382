/**
 * Regions in sparse images on a file system that fills up, at every block that an operation takes from it: it
 * fails with the promised code, loses nothing, and is mended as status advises, as far as that can be without
 * space and for the rest when there is some.
 */
import t from "tap";
import { commit } from "../../../src/core/replicate/commit.ts";
import { history } from "../../../src/core/replicate/history.ts";
import { prepare } from "../../../src/core/replicate/prepare.ts";
import { read } from "../../../src/core/replicate/read.ts";
import type { RegionSys } from "../../../src/core/replicate/set/region-set.ts";
import { status } from "../../../src/core/replicate/status.ts";
import { verify } from "../../../src/core/replicate/verify.ts";
import { faultyDisks } from "../../../src/core/sim/faulty-disks.ts";
import { fullFileSystem } from "../../lib/full-file-system.ts";
import { stepsOf } from "../../lib/region-advice.ts";
import { aged, PAGES, regions, rows } from "../../lib/region-operations.ts";
import { codeOf, contentOf, disksWith, PAGE, regionSys } from "../../lib/region-world.ts";

t.setTimeout(0);

const LATER = contentOf("later", 9 * PAGE);

async function update(sys: RegionSys, bytes: Buffer): Promise<void> {
  await prepare(sys, regions, bytes, { newEpoch: false });
  await commit(sys, regions);
}

/**
 * Every state that some region holds, with its content. A set that is out of sync is not read; each of it is.
 */
async function pastOf(sys: RegionSys): Promise<Map<number, Buffer>> {
  const past = new Map<number, Buffer>();
  for (const region of regions)
    for (const { txid, readable } of (await history(sys, [region])).states)
      if (readable && !past.has(txid))
        await read(sys, [region], txid).then(
          (bytes) => past.set(txid, bytes),
          (error) => codeOf(error),
        );
  return past;
}

for (const copyOnWrite of [false, true]) {
  for (const row of rows) {
    t.test(`${row.name}, ${copyOnWrite ? "copying on write" : "overwriting in place"}`, async (t) => {
      const codes = new Map<string, number>();
      for (let room = 0; ; room++) {
        const system = fullFileSystem({ copyOnWrite });
        const sys = regionSys(
          faultyDisks(disksWith(regions.map(() => Buffer.alloc(PAGES * PAGE))), system.faults),
        );
        const what = `${row.name} with room for ${room} blocks`;
        for (const step of row.before) await step(sys);
        const before = await pastOf(sys);
        t.equal(before.size > 0, row.old !== null, what);
        const was = await status(sys, regions);

        system.capacity = system.used + room;
        const error = await row.operation(sys).then(
          () => undefined,
          (thrown) => thrown,
        );
        const code = codeOf(error);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (error) t.match(error.message, /ENOSPC/, `${what} says why`);
        if (code === "") t.equal(system.used <= system.capacity, true, what);
        else if (!["IO", "HALF_DONE"].includes(code)) t.fail(`${what}: ${code} is no promised code`);
        let found = await status(sys, regions);
        if (code === "IO") t.equal(found.state, was.state, `${what}: as before`);
        const past = await pastOf(sys);
        for (const [txid, bytes] of before)
          if (!past.get(txid)?.equals(bytes)) t.fail(`${what}: transaction ${txid} is lost`);

        // Overwriting needs no space: what it takes to abort or commit is there already.
        if (copyOnWrite || ["format", "sync"].includes(row.name)) system.capacity = Number.POSITIVE_INFINITY;
        for (let round = 0; round < 6 && found.state !== "clean"; round++) {
          const [step] = stepsOf(found, regions);
          if (!step) break;
          await step.run(sys);
          found = await status(sys, regions);
        }
        if (found.state !== "clean") t.fail(`${what}: cannot be mended: ${found.state}, ${found.advice}`);
        const content = await read(sys, regions, undefined);
        if (![row.old, row.next].some((each) => each?.equals(content)))
          t.fail(`${what}: neither old nor new`);

        system.capacity = Number.POSITIVE_INFINITY;
        await update(sys, LATER);
        if (!LATER.equals(await read(sys, regions, undefined))) t.fail(`${what}: no update afterwards`);
        await verify(sys, regions);
        if (code === "") break;
      }
      t.comment(`states ${[...codes].map(([code, times]) => `${times} × ${code || "done"}`).join(", ")}`);
      const tried = [...codes.values()].reduce((a, b) => a + b, 0);
      const overwritesOnly = ["commit", "abort"].includes(row.name) && !copyOnWrite;
      t.equal(tried > 1, !overwritesOnly, "it fails at every block that it takes, and at no other");
    });
  }
}

t.test("updates that do not fit leave no trace, however many there are", async (t) => {
  const system = fullFileSystem({ copyOnWrite: false });
  const sys = regionSys(faultyDisks(disksWith(regions.map(() => Buffer.alloc(PAGES * PAGE))), system.faults));
  for (const step of aged) await step(sys);
  const before = await pastOf(sys);
  system.capacity = system.used;
  for (let n = 0; n < 40; n++)
    t.equal(codeOf(await update(sys, contentOf(`${n}`, PAGE)).catch((error) => error)), "IO");
  t.match(await status(sys, regions), { state: "clean" });
  t.same(await pastOf(sys), before);
  system.capacity = Number.POSITIVE_INFINITY;
  await update(sys, LATER);
  t.same(await read(sys, regions, undefined), LATER);
});
