/**
 * LVM2 itself looks at what a killed `dvm adopt` or `dvm release` leaves: wherever dvm has the VG it sees
 * none, wherever it sees the VG it is whole and sound, and dvm has none; and it goes on working with what it
 * gets back.
 */
import t, { type Test } from "tap";
import { adopt, release, vgToGive, vgToTake } from "../lib/lvm2-vg.ts";
import type { Machine } from "../lib/machine.ts";
import { orNightly } from "../lib/nightly.ts";
import { openLvm2, type RealLvm2 } from "../lib/real-lvm2.ts";
import { find } from "../lib/vg.ts";

const MIB = 2 ** 20;

function lvm2Of(t: Test): RealLvm2 | undefined {
  const lvm2 = openLvm2(t.testdir({}), [6 * MIB, 6 * MIB, 6 * MIB]);
  if (typeof lvm2 === "string") {
    t.pass(`left out: ${lvm2}`);
    return undefined;
  }
  t.teardown(() => lvm2.close());
  return lvm2;
}

const load = (lvm2: RealLvm2, machine: Machine) =>
  lvm2.load(machine.paths.map((path) => machine.disks.bytes(path)));

/**
 * What LVM2 says of the VG: how many PVs and LVs it has, and how many PVs are missing; undefined: there is
 * none.
 */
function seenBy(lvm2: RealLvm2): string | undefined {
  const { said } = lvm2.run("vgs", "--noheadings", "-o", "vg_name,pv_count,lv_count,vg_missing_pv_count");
  return /^ +vg +(\d+ +\d+ +\d+) *$/m.exec(said)?.[1]?.replace(/ +/g, " ");
}

const isFound = (machine: Machine): Promise<boolean> =>
  find(machine).then(
    ({ missing }) => missing.count === 0,
    () => false,
  );

t.test("at each step one of the two has the VG", async (t) => {
  const lvm2 = lvm2Of(t);
  if (!lvm2) return;
  const stride = orNightly(5, 1);
  for (const [name, made, go] of [
    ["adopt", await vgToTake(), adopt],
    ["release", await vgToGive(), release],
  ] as const) {
    const whole = made.fork();
    await go(whole);
    for (let left = 0; left <= whole.steps.length; left += stride) {
      const machine = made.fork();
      machine.stepsLeft = left;
      await machine.dies(go);
      machine.restart();
      load(lvm2, machine);
      const seen = seenBy(lvm2);
      const when = `${name} killed before ${left}, ${whole.steps[left]}`;
      t.equal(seen, (await isFound(machine)) ? undefined : "3 2 0", when);
      if (seen !== undefined) t.equal(lvm2.run("vgck", "vg").status, 0, `${when}: sound`);
    }
  }
});

t.test("LVM2 goes on with what it gets back", async (t) => {
  const lvm2 = lvm2Of(t);
  if (!lvm2) return;
  const machine = await vgToTake();
  load(lvm2, machine);
  const rows = (what: string, ...columns: string[]) =>
    lvm2
      .run(what, "--noheadings", "--separator", ":", "-o", columns.join(","))
      .said.split("\n")
      .filter((line) => /^ +[a-z]+:/.test(line))
      .map((line) => line.trim());
  t.equal(lvm2.run("vgck", "vg").status, 0);
  t.strictSame(rows("lvs", "lv_name", "segtype", "lv_size"), ["a:linear:3.00m", "m:raid1:1.00m"]);
  t.strictSame(rows("pvs", "vg_name", "pv_mda_count", "pv_mda_used_count"), ["vg:1:1", "vg:1:1", "vg:1:1"]);
  const before = rows("lvs", "lv_name", "lv_uuid");
  await adopt(machine);
  load(lvm2, machine);
  t.equal(seenBy(lvm2), undefined);
  t.not(lvm2.run("vgck", "vg").status, 0);
  await release(machine);
  load(lvm2, machine);
  t.strictSame(rows("lvs", "lv_name", "lv_uuid"), before, "ids are as they were");
  const made = lvm2.run("lvcreate", "-an", "-Zn", "-Wn", "-l1", "-n", "more", "vg");
  t.equal(made.status, 0, made.said);
  t.equal(lvm2.run("vgck", "vg").status, 0);
});
