import t from "tap";
import { memoryStore } from "../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../../src/core/sim/dm-state.ts";
import { DISK_SECTORS, dmCases, removeAll } from "../../contract/dm.ts";

const DISKS = ["8:0", "8:16", "8:32"] as const;

for (const { name, run } of dmCases) {
  t.test(`the simulator: ${name}`, (t) => {
    const leaves = Object.fromEntries(DISKS.map((disk) => [disk, DISK_SECTORS]));
    const store = memoryStore({ ...emptySimState(), leaves });
    const dm = simDm(store, {
      leafSize: () => undefined,
      pause: () => {},
    });
    const open = (name: string, count: number) =>
      store.change(({ devices }) => {
        for (const device of devices) if (device.name === name) device.opened += count;
      });
    run({
      dm,
      disks: DISKS,
      hold: (name) => {
        open(name, 1);
        return { release: () => open(name, -1) };
      },
      key() {},
    });
    removeAll(dm);
    t.end();
  });
}
