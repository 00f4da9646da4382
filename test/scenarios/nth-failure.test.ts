/**
 * The n-th step on a disk or of device-mapper fails, alone or with all behind it, for every n: whatever a command was about by then, it
 * ends with a word about it and with a status that the page of exit codes has, never as a bug of dvm's, and `recover`
 * leads out of it.
 */
import t from "tap";
import type { Machine } from "../lib/machine.ts";
import { orNightly } from "../lib/nightly.ts";
import { type } from "../lib/typed.ts";
import { createLv, diskPath, goWithout, idAt, machineWithVg } from "../lib/vg.ts";

const [A, B] = [diskPath(0), diskPath(1)];
/** As the page of exit codes has them, without that of bugs. */
const STATUSES = [0, 1, 2, 3, 4, 5, 6, 7, 8];

const worlds: Readonly<Record<string, () => Promise<Machine>>> = {
  "one device, and one that has left": async () => {
    const machine = await machineWithVg({ disks: 2 });
    await createLv(machine, "x", "1M", "--pv", await idAt(machine, A));
    const b = await idAt(machine, B);
    const away = machine.unplug(B);
    await goWithout(machine, [b]);
    machine.disk(B, away);
    return machine;
  },
  "three devices": async () => {
    const machine = await machineWithVg({ disks: 3 });
    machine.kernelWorks = true;
    machine.disk("/dev/z", 6 << 20);
    await createLv(machine, "x", "1M", "--type", "raid1", "--mirrors", "1");
    return machine;
  },
};

const COMMANDS = orNightly(
  ["tag vg --add t", "recover vg --resync /dev/b"],
  [
    "tag vg --add t",
    "report vg",
    "doctor",
    "recover vg",
    "recover vg --resync /dev/b",
    "activate vg",
    "deactivate vg",
    "extend-lv vg/x --size +512k",
    "create-lv vg/y --size 512k",
    "move vg/x --from /dev/a",
    "undo vg",
    "remove-lv vg/x",
    "rename-vg vg --to other",
    "reduce vg /dev/b",
    "evacuate vg /dev/a",
    "mirror vg/x --mirrors 2",
    "convert vg/x --type raid5 --stripes 2",
    "scrub vg/x",
    "repair vg/x",
    "tend vg",
    "rename-lv vg/x --to z",
    "export vg/x out",
    "expand vg /dev/z",
  ],
);
const WAYS = orNightly(["on"], ["on", "once"]);
const WHAT = orNightly([A], [A, "dm"]);

for (const [world, make] of orNightly(Object.entries(worlds).slice(0, 1), Object.entries(worlds)))
  for (const line of COMMANDS)
    for (const [way, fails] of WAYS.flatMap((each) => WHAT.map((what) => [each, what] as const)))
      t.test(`${world}: dvm ${line}, ${fails} failing ${way}`, async (t) => {
        let ended = false;
        for (let n = 0; !ended; n += 1) {
          const machine = await make();
          machine.restart();
          let seen = 0;
          const isMeant = (step: string) =>
            fails === "dm" ? step.startsWith("dm ") : step.includes(` ${fails}`);
          machine.failing = (step) => isMeant(step) && ++seen > n && (way === "on" || seen === n + 1);
          const { status, stderr } = await type(machine, `dvm ${line}`);
          machine.restart();
          ended = seen <= n;
          const what = `${n}: ${status}: ${stderr}`;
          t.ok(STATUSES.includes(status), what);
          if (status !== 0 && line !== "doctor") t.match(stderr, /^dvm[^\n]*\[[A-Z_]+\]$/m, what);
          const told = /dvm recover \w+/.exec(stderr)?.[0];
          const name = (await type(machine, "dvm report --format csv --columns name")).stdout.split("\n")[1];
          const after = await type(machine, told ?? `dvm recover ${name}`);
          t.equal(after.status, 0, `${what}: recover: ${after.stderr}`);
        }
      });
