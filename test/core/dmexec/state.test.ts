import t from "tap";
import { dmState } from "../../../src/core/dmexec/state.ts";
import type { Dm } from "../../../src/core/port/dm.ts";
import { memoryStore } from "../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../../src/core/sim/dm-state.ts";

t.test("keys of other people's devices are in no document", async (t) => {
  const real = simDm(memoryStore(emptySimState()), { leafSize: () => undefined, pause: () => {} });
  real.create("luks", "CRYPT-LUKS1-x");
  const table = [{ start: 0, length: 8, type: "crypt", params: "aes-xts-plain64 5ec2e7 0 8:0 0" }];
  const dm: Dm = {
    ...real,
    look: (name) => ({ info: { ...real.info(name), hasLive: true, hasInactive: true }, table }),
    table: () => table,
  };
  const { devices } = dmState(dm, { all: true });
  t.match(devices, [{ name: "luks", table: [{ params: "aes-xts-plain64 ? 0 8:0 0" }] }]);
  t.notMatch(JSON.stringify(devices), "5ec2e7");
});
