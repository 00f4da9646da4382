import t from "tap";
import { decodeRaidSuperblock } from "../../../src/core/dm/raid-superblock.ts";
import { type LegEvidence, readableLegs } from "../../../src/core/dm/readable-legs.ts";
import { type SuperblockFields, superblockBytes } from "./raid-superblock-bytes.ts";

const leg = (fields: SuperblockFields | null, more: Partial<LegEvidence> = {}): LegEvidence => ({
  present: true,
  rebuild: false,
  superblock: fields && decodeRaidSuperblock(superblockBytes(fields), "m"),
  ...more,
});
const [p0, p1, p2] = [
  { position: 0, events: 9 },
  { position: 1, events: 9 },
  { position: 2, events: 9 },
] as const;

const rows: readonly [string, readonly LegEvidence[], readonly number[]][] = [
  [
    "never run: all that the table does not rebuild",
    [leg(null), leg(null, { rebuild: true }), leg(null)],
    [0, 2],
  ],
  ["never run, the first away", [leg(null, { present: false }), leg(null)], [1]],
  ["all agree", [leg(p0), leg(p1), leg(p2)], [0, 1, 2]],
  [
    "one failed, as the others tell",
    [leg({ ...p0, events: 5 }), leg({ ...p1, failed: [0] }), leg({ ...p2, failed: [0] })],
    [1, 2],
  ],
  ["one failed, with as many events", [leg(p0), leg({ ...p1, failed: [0] })], [1]],
  ["one failed long ago by an old superblock only", [leg({ ...p0, events: 5, failed: [1] }), leg(p1)], [1]],
  ["one behind in events", [leg({ ...p0, events: 8 }), leg(p1)], [1]],
  ["one still recovering", [leg({ ...p0, recoveryOffset: 4096n }), leg(p1)], [1]],
  ["one recovering from its start", [leg(p0), leg({ ...p1, recoveryOffset: 0n })], [0]],
  ["a new leg among used ones", [leg(null), leg(p1)], [1]],
  ["one that the table rebuilds", [leg(p0, { rebuild: true }), leg(p1)], [1]],
  ["the newest one is away", [leg({ ...p0, events: 9 }, { present: false }), leg({ ...p1, events: 3 })], [1]],
  ["all recovering: none", [leg({ ...p0, recoveryOffset: 0n }), leg({ ...p1, recoveryOffset: 0n })], []],
  ["all call each other failed: none", [leg({ ...p0, failed: [1] }), leg({ ...p1, failed: [0] })], []],
  [
    "failed bits count positions at that time",
    [leg({ position: 1, events: 9, failed: [0] }), leg({ position: 2, events: 9, failed: [0] })],
    [0, 1],
  ],
  [
    "not synced yet: each has all that was written",
    [leg({ ...p0, resyncOffset: 0n }), leg({ ...p1, resyncOffset: 0n })],
    [0, 1],
  ],
  ["none", [], []],
];

for (const [name, legs, expected] of rows) t.same(readableLegs(legs), expected, name);
