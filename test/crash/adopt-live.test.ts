/**
 * A VG with live LVs changes hands, and the process is killed at any write: the LVs stay live as they are, and
 * the same command finishes, or the opposite one undoes.
 */
import t from "tap";
import { toDvmError } from "../../src/core/base/error.ts";
import { adopt, release, vgToTake } from "../lib/lvm2-vg.ts";
import { lvm2View } from "../lib/lvm2-view.ts";
import type { Machine } from "../lib/machine.ts";
import { orNightly } from "../lib/nightly.ts";
import { find } from "../lib/vg.ts";

type Go = (machine: Machine) => Promise<unknown>;

/** One that has come to its end is no failure. */
const ends = (machine: Machine, go: Go): Promise<unknown> =>
  go(machine).catch((thrown: unknown) => {
    if (toDvmError(thrown).code !== "EXISTS") throw thrown;
  });

const isLvm2s = async (machine: Machine): Promise<boolean> =>
  (await lvm2View(machine.disks, machine.paths, "vg"))?.whole === true;
const isOwn = async (machine: Machine): Promise<boolean> =>
  find(machine).then(
    ({ vg, missing }) => vg.converting === undefined && missing.count === 0,
    () => false,
  );

t.test("killed at any step while LVs are live", async (t) => {
  const foreign = await vgToTake();
  await foreign.call({
    applet: "dvm",
    verb: "activate",
    operands: { vg: "vg", lv: ["a", "m"] },
    options: { devices: [...foreign.paths] },
  });
  foreign.restart();
  const own = foreign.fork();
  await adopt(own);
  own.restart();
  for (const [made, go, back] of [
    [foreign, adopt, release],
    [own, release, adopt],
  ] as const) {
    const whole = made.fork();
    await go(whole);
    const { length } = whole.steps;
    t.ok(length > 30);
    for (let left = 0; left < length; left += orNightly(11, 1)) {
      const machine = made.fork();
      machine.stepsLeft = left;
      t.ok(await machine.dies(go));
      machine.restart();
      for (const last of [go, back]) {
        const end = machine.fork();
        await ends(end, last);
        const when = `killed before ${left}, ${whole.steps[left]}, then ${last.name}`;
        t.strictSame([await isOwn(end), await isLvm2s(end)], [last === adopt, last === release], when);
        t.strictSame(end.dmState, made.dmState, `${when}: what is live stays as it is`);
      }
    }
  }
});
