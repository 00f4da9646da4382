/**
 * A VG goes from LVM2 to dvm and back, and the process is killed, or the power fails, at any write: LVM2 or
 * dvm has the whole of it, never both and never neither; the same command then finishes, and so does its
 * opposite.
 */
import { createHash } from "node:crypto";
import t, { type Test } from "tap";
import { toDvmError } from "../../src/core/base/error.ts";
import type { Discovery } from "../../src/schema/index.ts";
import { adopt, release, vgToGive, vgToTake } from "../lib/lvm2-vg.ts";
import { lvm2View } from "../lib/lvm2-view.ts";
import type { Machine } from "../lib/machine.ts";
import { orNightly } from "../lib/nightly.ts";
import { random } from "../lib/random.ts";
import { find, lvNames } from "../lib/vg.ts";

type Owner = "LVM2" | "dvm" | "both" | "none";

/** Who has all of it. */
async function ownerOf(machine: Machine): Promise<Owner> {
  const foreign = await lvm2View(machine.disks, machine.paths, "vg");
  const own = await find(machine).catch((thrown: unknown) => {
    if (toDvmError(thrown).code === "NOT_FOUND") return undefined;
    throw thrown;
  });
  const isOwn = own !== undefined && own.missing.count === 0 && own.devices.length === 3;
  if (own && !isOwn) return "none";
  if (foreign && !foreign.whole) return "none";
  if (foreign && isOwn) return "both";
  return foreign ? "LVM2" : isOwn ? "dvm" : "none";
}

/** A hash of what the LVs hold, and what is free. */
function dataOf(machine: Machine, { devices }: Discovery): string {
  const hash = createHash("sha1");
  for (const { path, dataStart, dataLength } of devices)
    hash.update(machine.disks.bytes(path).subarray(dataStart * 512, (dataStart + dataLength) * 512));
  return hash.digest("hex");
}

interface Way {
  readonly name: string;
  readonly from: Owner;
  readonly to: Owner;
  readonly made: Machine;
  readonly go: (machine: Machine) => Promise<unknown>;
  readonly back: (machine: Machine) => Promise<unknown>;
  readonly devices: Discovery;
}

async function ways(): Promise<readonly Way[]> {
  const own = await vgToGive();
  const devices = await find(own);
  const foreign = await vgToTake();
  return [
    { name: "adopt", from: "LVM2", to: "dvm", made: foreign, go: adopt, back: release, devices },
    { name: "release", from: "dvm", to: "LVM2", made: own, go: release, back: adopt, devices },
  ];
}

/** What every state that a crash leaves has to be. */
async function judge(t: Test, way: Way, machine: Machine, when: string, last: Owner): Promise<Owner> {
  const owner = await ownerOf(machine);
  if (owner !== way.from && owner !== way.to) t.fail(`${when}: ${owner} has the VG`);
  if (last === way.to && owner !== way.to) t.fail(`${when}: it goes back to ${owner} by itself`);
  const again = machine.fork();
  await finish(again, way, owner, way.to);
  await isWhole(t, way, again, way.to, `${when}: the same command`);
  const undone = machine.fork();
  await finish(undone, way, owner, way.from);
  await isWhole(t, way, undone, way.from, `${when}: the opposite command`);
  return owner;
}

/** What is typed then. A change that has come to its end is no failure. */
async function finish(machine: Machine, way: Way, owner: Owner, wanted: Owner): Promise<void> {
  await (wanted === way.to ? way.go : way.back)(machine).catch((thrown: unknown) => {
    if (owner !== wanted || toDvmError(thrown).code !== "EXISTS") throw thrown;
  });
}

async function isWhole(t: Test, { made, devices }: Way, machine: Machine, owner: Owner, when: string) {
  const is = await ownerOf(machine);
  if (is !== owner) t.fail(`${when} leaves it to ${is}`);
  if (dataOf(machine, devices) !== dataOf(made, devices)) t.fail(`${when}: data has changed`);
  if (owner === "dvm") {
    const { vg } = await find(machine);
    if (vg.converting !== undefined) t.fail(`${when}: labels say still that it changes hands`);
    t.strictSame(await lvNames(machine), ["a", "m"], when);
  } else {
    const view = await lvm2View(machine.disks, machine.paths, "vg");
    if (view?.counting !== 3) t.fail(`${when}: ${view?.counting} areas count`);
    t.ok(view?.vg.lvs.has("m_rimage_1") && view.vg.lvs.has("a"), when);
  }
}

t.test("killed at every step", async (t) => {
  const stride = Number(process.env["DVM_STRIDE"] ?? orNightly(8, 1));
  for (const way of await ways()) {
    const whole = way.made.fork();
    await way.go(whole);
    t.equal(await ownerOf(whole), way.to);
    const steps = [...whole.steps];
    t.ok(steps.length > 30, `${steps.length} steps of ${way.name}`);
    let last = way.from;
    for (let left = 0; left < steps.length; left += stride) {
      const machine = way.made.fork();
      machine.stepsLeft = left;
      t.ok(await machine.dies(way.go), `${way.name} dies before step ${left}`);
      machine.restart();
      last = await judge(t, way, machine, `${way.name} killed before ${left}, ${steps[left]}`, last);
    }
  }
});

t.test("the power fails at any step", async (t) => {
  const stride = orNightly(17, 1);
  for (const way of await ways()) {
    const whole = way.made.fork();
    await way.go(whole);
    const { length } = whole.steps;
    for (let left = 1; left <= length; left += stride)
      for (const chance of [() => 0, random(`${way.name} ${left}`)]) {
        const machine = way.made.fork();
        machine.stepsLeft = left;
        await machine.dies(way.go);
        machine.cutPower(() => chance() < 0.5);
        await judge(t, way, machine, `power cut in ${way.name} after ${left}`, way.from);
      }
  }
});
