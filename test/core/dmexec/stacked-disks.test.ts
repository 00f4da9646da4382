/**
 * An LV on a disk that is a dm device itself: however the documents name that, what was just made is as it
 * shall be.
 */
import t from "tap";
import { applyProgram } from "../../../src/core/dmactivate/plan.ts";
import { dmState } from "../../../src/core/dmexec/state.ts";
import { tablesAgree } from "../../../src/core/report/tables-agree.ts";
import { memoryStore } from "../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../../src/core/sim/dm-state.ts";
import type { DmState } from "../../../src/schema/index.ts";

const UUID = `DVM-${"a".repeat(64)}`;

for (const [what, uuid] of [
  ["somebody else's, as LUKS", "CRYPT-LUKS2-1"],
  ["another VG's LV", `DVM-${"b".repeat(64)}`],
] as const)
  t.test(what, async (t) => {
    const dm = simDm(memoryStore({ ...emptySimState(), leaves: { "8:0": 65536 } }), {
      leafSize: () => undefined,
      pause: () => {},
    });
    const make = (name: string, uuid: string, on: string) => {
      dm.create(name, uuid);
      dm.load(name, [{ start: 0, length: 1024, type: "linear", params: `${on} 0` }], { readOnly: false });
      dm.resume(name);
    };
    make("disk", uuid, "8:0");
    const { dev } = dm.info("disk");
    make("vg-lv", UUID, dev);
    const states = [dmState(dm, { all: false }), dmState(dm, { all: true })];
    t.equal(
      states[0]?.devices.find(({ name }) => name === "vg-lv")?.table?.[0]?.params,
      uuid.startsWith("DVM-") ? "@disk 0" : `${dev} 0`,
      "what is in the document stands by name",
    );
    t.equal(states[1]?.devices.find(({ name }) => name === "vg-lv")?.table?.[0]?.params, "@disk 0");
    const table = [{ start: 0, length: 1024, type: "linear", params: `${dev} 0` }];
    const desired: DmState = { scope: [UUID], devices: [{ name: "vg-lv", uuid: UUID, table }] };
    for (const state of states) {
      t.same(applyProgram(state, desired).summary, [], "nothing is to be done");
      const names = new Map(state.devices.map(({ name, dev = "" }) => [dev, name]));
      const live = state.devices.find(({ name }) => name === "vg-lv")?.table ?? [];
      t.ok(tablesAgree(live, table, names), "the tables agree");
      t.notOk(tablesAgree(live, [{ ...table[0], params: "8:0 0" } as never], names), "with no other disk");
    }
  });
