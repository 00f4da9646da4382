/** What people are told of a PV that is missing: nothing records its path. */
import t from "tap";
import { describeMissing } from "../../../src/core/dvm/describe-missing.ts";
import { finding } from "../../../src/core/dvm/finding.ts";
import type { PvRow } from "../../../src/schema/index.ts";

const [A, B, C] = ["a", "b", "c"].map((digit) => digit.repeat(32)) as [string, string, string];
const PVS: readonly PvRow[] = [
  { id: A, state: "missing", size: 2048, tags: ["shelf2", "slow"], lvs: ["l1", "l2", "l3", "l4", "l5"] },
  { id: B, state: "missing", size: 4096, tags: [], lvs: [] },
  { id: C, state: "present", size: 4096, tags: [], lvs: ["l1"] },
];
const VG = { kind: "vg", name: "vg" } as const;

t.test("size and tags, and of the VG what lies on it", async (t) => {
  const message = `misses ${A}, ${B}, not ${C}: or dvm recover vg --without ${A}`;
  const [ofVg, other] = describeMissing(PVS, [
    finding("vg-missing", VG, { message }),
    finding("warned", VG, { message: `without PV ${A}` }),
  ]);
  t.equal(
    ofVg?.text,
    `misses ${A} (1 MiB, tagged shelf2, slow, under l1, l2, l3, l4 and 1 more), ${B} (2 MiB, nothing lies ` +
      `on it), not ${C}: or dvm recover vg --without ${A}`,
    "what is to be typed stays",
  );
  t.equal(other?.text, `without PV ${A} (1 MiB, tagged shelf2, slow)`);
});
