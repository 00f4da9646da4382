/** What live status, tables and devices contradict is called well by no line of any report. */
import t from "tap";
import type { ReportInput } from "../../../src/core/report/input.ts";
import { makeReport } from "../../../src/core/report/report.ts";
import type { Discovery, DmDevice, DmState, Lv, Metadata, Pv, Report } from "../../../src/schema/index.ts";
import { understandLayers, withLayer } from "../../lib/layer-type.ts";
import { desired, discovery, dm, EXTENT, lvId, metadata, pvId, withoutThird } from "../../lib/report-vg.ts";

type Row = Readonly<Record<string, unknown>>;

const ask = (input: ReportInput, subject: string, format: string) =>
  makeReport(input, { subject, format, columns: undefined, select: undefined, sort: undefined });
const rows = (input: ReportInput, subject: string): readonly Row[] =>
  (ask(input, subject, "json") as Report).rows as readonly object[] as readonly Row[];

/** Both legs of `safe` are current. */
const current: Metadata = {
  ...metadata,
  lvs: metadata.lvs.map((lv) => ({
    ...lv,
    segments: lv.segments.map((segment) =>
      segment.type === "raid"
        ? { ...segment, legs: segment.legs.map((leg) => ({ ...leg, state: "current" as const })) }
        : segment,
    ),
  })),
};

const legsAre = (
  first: "current" | "rebuild" | "stale",
  second: "current" | "rebuild" | "stale",
): Metadata => ({
  ...current,
  lvs: current.lvs.map((lv) => ({
    ...lv,
    segments: lv.segments.map((segment) =>
      segment.type === "raid"
        ? { ...segment, legs: segment.legs.map((leg, at) => ({ ...leg, state: at === 0 ? first : second })) }
        : segment,
    ),
  })),
});

const change = (name: string, changed: Partial<DmDevice>, state: DmState = dm): DmState => ({
  devices: state.devices.map((each) => (each.name === name ? { ...each, ...changed } : each)),
});
const status = (text: string): DmState => change("vg0-safe", { status: [text] });

const without = (...gone: readonly number[]): Discovery => ({
  ...discovery,
  devices: discovery.devices.filter(({ id }) => !gone.some((n) => id === pvId(n))),
  missing: { count: gone.length },
});

/** What is live and found, and what the LV `safe` is called then. */
const cases: readonly (readonly [
  what: string,
  input: Partial<ReportInput>,
  expected: { availability: string; sync: number | null; legs: string; problems: string },
])[] = [
  [
    "all is well",
    { dm: status("raid1 2 AA 24576/24576 idle 0 0 -") },
    { availability: "complete", sync: 100, legs: "current current", problems: "" },
  ],
  [
    "the kernel leaves a leg out",
    { dm: status("raid1 2 AD 24576/24576 idle 0 0 -") },
    { availability: "degraded", sync: null, legs: "current failed", problems: "leg-failed" },
  ],
  [
    "the first leg",
    { dm: status("raid1 2 DA 24576/24576 idle 0 0 -") },
    { availability: "degraded", sync: null, legs: "failed current", problems: "leg-failed" },
  ],
  [
    "a leg that the kernel's table does not have",
    { dm: status("raid1 2 A- 24576/24576 idle 0 0 -") },
    { availability: "degraded", sync: null, legs: "current absent", problems: "leg-absent" },
  ],
  [
    "copies that are being made equal",
    { dm: status("raid1 2 aa 12288/24576 resync 0 0 -") },
    { availability: "degraded", sync: 50, legs: "syncing syncing", problems: "leg-syncing" },
  ],
  [
    "one that is almost done",
    { dm: status("raid1 2 Aa 24576/24576 recover 0 0 -") },
    { availability: "degraded", sync: 99.9, legs: "current syncing", problems: "leg-syncing" },
  ],
  [
    "not in sync, and nobody does anything about it",
    { dm: status("raid1 2 Aa 6144/24576 idle 0 0 -") },
    { availability: "degraded", sync: 25, legs: "current syncing", problems: "lv-sync-stopped leg-syncing" },
  ],
  [
    "all letters are good, the ratio is not",
    { dm: status("raid1 2 AA 6144/24576 idle 0 0 -") },
    { availability: "degraded", sync: 25, legs: "current current", problems: "lv-sync-stopped" },
  ],
  [
    "a check runs, and tells how far it has come",
    { dm: status("raid1 2 AA 6144/24576 check 0 0 -") },
    { availability: "complete", sync: 100, legs: "current current", problems: "" },
  ],
  [
    "copies differed when they were compared",
    { dm: status("raid1 2 AA 24576/24576 idle 128 0 -") },
    { availability: "degraded", sync: 100, legs: "current current", problems: "lv-copies-differ" },
  ],
  ...(
    [
      "",
      "raid1",
      "raid1 2 AA x idle 0 0 -",
      "raid1 3 AA 1/1 idle 0 0 -",
      "raid1 2 AZ 1/1 idle 0 0 -",
    ] as const
  ).map(
    (text) =>
      [
        `a status that cannot be read: "${text}"`,
        { dm: status(text) },
        { availability: "unknown", sync: null, legs: "unknown unknown", problems: "lv-status-unreadable" },
      ] as const,
  ),
  [
    "a leg has been rebuilt, and the metadata does not say so",
    { metadata, dm: status("raid1 2 AA 24576/24576 idle 0 0 -") },
    { availability: "complete", sync: 100, legs: "current rebuild", problems: "leg-unmarked" },
  ],
  [
    "a leg that is to be rebuilt, of an LV that is not live",
    { metadata, dm: { devices: [] } },
    { availability: "degraded", sync: null, legs: "current rebuild", problems: "leg-to-rebuild" },
  ],
  [
    "its superblock says that a leg of an LV that is not live has missed writes",
    {
      dm: { devices: [] },
      legs: { lvs: [{ id: lvId(3), synced: true, readable: true, legs: ["sound", "behind"] }] },
    },
    { availability: "degraded", sync: null, legs: "current behind", problems: "leg-behind" },
  ],
  [
    "a superblock that cannot be read",
    {
      dm: { devices: [] },
      legs: { lvs: [{ id: lvId(3), synced: true, readable: true, legs: ["unread", "sound"] }] },
    },
    { availability: "degraded", sync: null, legs: "unknown current", problems: "leg-unread" },
  ],
  [
    "copies that had not been made equal when it was last live",
    {
      dm: { devices: [] },
      legs: { lvs: [{ id: lvId(3), synced: false, readable: true, legs: ["sound", "sound"] }] },
    },
    { availability: "degraded", sync: null, legs: "current current", problems: "lv-unsynced" },
  ],
  [
    "superblocks of one that is live say less than its status",
    {
      dm: status("raid1 2 AA 24576/24576 idle 0 0 -"),
      legs: { lvs: [{ id: lvId(3), synced: false, readable: true, legs: ["behind", "behind"] }] },
    },
    { availability: "complete", sync: 100, legs: "current current", problems: "" },
  ],
  [
    "superblocks are sound, and device-mapper could not be asked",
    {
      dm: undefined,
      legs: { lvs: [{ id: lvId(3), synced: true, readable: true, legs: ["sound", "sound"] }] },
    },
    { availability: "unknown", sync: null, legs: "unknown unknown", problems: "lv-state-unknown" },
  ],
  [
    "what they say of a leg is known all the same",
    {
      dm: undefined,
      legs: { lvs: [{ id: lvId(3), synced: true, readable: true, legs: ["sound", "behind"] }] },
    },
    {
      availability: "unknown",
      sync: null,
      legs: "unknown behind",
      problems: "lv-state-unknown leg-behind",
    },
  ],
  [
    "device-mapper could not be asked, and a device was not found",
    { discovery: withoutThird, dm: undefined },
    {
      availability: "unknown",
      sync: null,
      legs: "unknown missing",
      problems: "lv-incomplete lv-state-unknown",
    },
  ],
  [
    "a stale leg whose device is there",
    { metadata: legsAre("current", "stale"), dm: { devices: [] } },
    { availability: "degraded", sync: null, legs: "current stale", problems: "leg-stale" },
  ],
  [
    "no leg that is current",
    { metadata: legsAre("stale", "rebuild"), dm: { devices: [] } },
    { availability: "unavailable", sync: null, legs: "stale rebuild", problems: "leg-stale leg-to-rebuild" },
  ],
  [
    "a leg's device was not found, and the kernel has not noticed",
    { discovery: withoutThird, dm: status("raid1 2 AA 24576/24576 idle 0 0 -") },
    { availability: "degraded", sync: null, legs: "current missing", problems: "lv-incomplete" },
  ],
  [
    "those of both legs",
    { discovery: without(2, 3), dm: status("raid1 2 AA 24576/24576 idle 0 0 -") },
    { availability: "unavailable", sync: null, legs: "missing missing", problems: "lv-incomplete" },
  ],
  [
    "the device of the only leg that has not failed",
    { discovery: without(3), dm: status("raid1 2 DA 24576/24576 idle 0 0 -") },
    {
      availability: "unavailable",
      sync: null,
      legs: "failed missing",
      problems: "lv-incomplete leg-failed",
    },
  ],
  [
    "that of the only leg that the others are rebuilt from",
    {
      metadata: legsAre("rebuild", "current"),
      discovery: without(3),
      dm: status("raid1 2 aA 6144/24576 recover 0 0 -"),
    },
    {
      availability: "unavailable",
      sync: null,
      legs: "rebuild missing",
      problems: "lv-incomplete leg-syncing",
    },
  ],
  [
    "errors stand for a leg",
    {
      dm: change(
        "vg0-safe-rimage_1",
        { table: [{ start: 0, length: 3 * EXTENT, type: "error", params: "" }], status: [""] },
        status("raid1 2 AA 24576/24576 idle 0 0 -"),
      ),
    },
    { availability: "unknown", sync: 100, legs: "current failed", problems: "lv-tables-differ leg-failed" },
  ],
  [
    "a suspended part",
    { dm: change("vg0-safe-rimage_1", { suspended: true }, status("raid1 2 AA 24576/24576 idle 0 0 -")) },
    { availability: "unavailable", sync: 100, legs: "current current", problems: "lv-suspended" },
  ],
  [
    "a part that cannot be written",
    { dm: change("vg0-safe-rimage_1", { readOnly: true }, status("raid1 2 AA 24576/24576 idle 0 0 -")) },
    { availability: "unknown", sync: 100, legs: "current current", problems: "lv-tables-differ" },
  ],
  [
    "an LV that cannot be written",
    { dm: change("vg0-safe", { readOnly: true }, status("raid1 2 AA 24576/24576 idle 0 0 -")) },
    { availability: "unknown", sync: 100, legs: "current current", problems: "lv-tables-differ" },
  ],
];

t.test("a raid1, as its status, its tables and its devices have it", async (t) => {
  for (const [what, input, expected] of cases) {
    const whole: ReportInput = { metadata: current, discovery, dm, desired, ...input };
    const safe = rows(whole, "lv").find(({ name }) => name === "safe") ?? {};
    const { availability, sync, legStates, problems } = safe as Record<string, unknown[] & string>;
    t.same({ availability, sync, legs: legStates?.join(" "), problems: problems?.join(" ") }, expected, what);
    const [vg] = rows(whole, "vg");
    t.equal(vg?.["availability"], availability, `${what}: the VG does as its worst LV does`);
    const legs = [0, 1].map((leg) => {
      const parts = rows(whole, "seg").filter(({ component }) => String(component).endsWith(`_${leg}`));
      return parts[0]?.["legState"];
    });
    t.equal(legs.join(" "), expected.legs, `${what}: segments`);
    const failed = expected.legs.split(" ").indexOf("failed");
    const sick = rows(whole, "pv").filter(({ state }) => state === "failed");
    t.same(
      sick.map(({ path }) => path),
      failed < 0 ? [] : [["/dev/sdb", "/dev/sdc"][failed]],
      `${what}: PVs`,
    );
    for (const subject of ["vg", "lv"] as const) {
      const tree = String(ask(whole, subject, "tree"));
      t.equal(
        availability === "complete",
        !/degraded|unavailable|unknown/.test(tree),
        `${what}: tree of ${subject}`,
      );
    }
    for (const [format, subject] of [
      ["map", "pv"],
      ["tree", "pv"],
      ["tree", "lv"],
    ] as const) {
      const text = String(ask(whole, subject, format));
      for (const [leg, state] of expected.legs.split(" ").entries())
        t.match(
          text,
          new RegExp(`rimage_${leg}(?: \\[[0-9-]+\\])?${state === "current" ? "$" : `, ${state}$`}`, "m"),
          `${what}: ${format} of ${subject}, leg ${leg}`,
        );
    }
  }
});

/** Live, its legs on a PV each, and the kernel has noticed nothing. */
function arrayOf(type: string, legs: number, fields: object, width: number): ReportInput {
  const at = (leg: number, length: number, start: number) => [
    { type: "linear", start: 0, length, area: { pv: pvId(leg + 1), start } },
  ];
  const all = Array.from({ length: legs }, (_, leg) => leg);
  const images = all.map((leg) => ({
    state: "current",
    image: at(leg, 2, 1),
    meta: type === "raid0" ? [] : at(leg, 1, 0),
  }));
  const segment = { type: "raid", level: type, start: 0, length: 2 * width, ...fields, legs: images };
  const array = { ...metadata.lvs[0], segments: [segment] } as unknown as Lv;
  const [pv] = metadata.pvs;
  const [device] = discovery.devices;
  const uuid = `DVM-${metadata.vg.id}${array.id}`;
  const shared = {
    suspended: false,
    readOnly: false,
    openCount: 1,
    eventNr: 0,
    inactive: null,
    dev: "254:9",
  };
  const lines = (type: string, params: string) => [{ start: 0, length: 2 * width * EXTENT, type, params }];
  const members = all.map((leg) => `${type === "raid0" ? "-" : `@m${leg}`} @i${leg}`).join(" ");
  const named = { raid5: "raid5_ls", raid6: "raid6_zr" }[type] ?? type;
  const state = `${named} ${legs} ${"A".repeat(legs)} 8/8 idle 0 0 -`;
  const params = `${named} ${type === "raid10" ? "3 128 raid10_copies 2" : "1 128"} ${legs} ${members}`;
  return {
    metadata: { ...metadata, pvs: all.map((leg) => ({ ...pv, id: pvId(leg + 1) }) as Pv), lvs: [array] },
    discovery: {
      ...discovery,
      devices: all.map((leg) => ({ ...device, id: pvId(leg + 1) }) as (typeof discovery.devices)[0]),
    },
    dm: {
      devices: [
        { ...shared, name: "top", uuid, table: lines("raid", params), status: [state] },
        ...all.map((leg) => ({
          ...shared,
          name: `i${leg}`,
          uuid: `${uuid}-rimage_${leg}`,
          table: lines("linear", "8:16 0"),
          status: [""],
        })),
      ],
    },
    desired: undefined,
    legs: undefined,
  };
}

t.test("a live array is called no better than its devices allow, at every level", async (t) => {
  const stripes = { stripeSize: 128 };
  const all = { ...stripes, regionSize: 4096 };
  const levels: readonly (readonly [
    type: string,
    legs: number,
    fields: object,
    width: number,
    enough: string,
  ])[] = [
    // Of each number of legs' devices that are gone: what it is called then; raid10 goes by which.
    ["raid0", 2, stripes, 2, "cu"],
    ["raid1", 3, { regionSize: 4096 }, 1, "cddu"],
    ["raid4", 3, all, 2, "cdu"],
    ["raid5", 4, all, 3, "cdu"],
    ["raid6", 5, all, 3, "cddu"],
    ["raid10", 4, { ...all, copies: 2 }, 2, "cdu"],
  ];
  const words: Readonly<Record<string, string>> = { c: "complete", d: "degraded", u: "unavailable" };
  for (const [type, legs, fields, width, enough] of levels) {
    const input = arrayOf(type, legs, fields, width);
    const look = (devices: Discovery["devices"]) =>
      rows({ ...input, discovery: { ...discovery, devices } }, "lv")[0] ?? {};
    const { devices } = input.discovery as Discovery;
    for (const [gone, letter] of [...enough].entries()) {
      const what = `${type}: ${gone} of ${legs} legs' devices`;
      t.match(look(devices.slice(gone)), { availability: words[letter], sync: gone > 0 ? null : 100 }, what);
      const short = devices.map((each, leg) => (leg < gone ? { ...each, size: 2048 + 2 * EXTENT } : each));
      t.match(look(short), { availability: words[letter] }, `${what} are shorter than recorded`);
      const other = devices.map((each, leg) => (leg < gone ? { ...each, blockBytes: 4096 } : each));
      t.match(look(other), { availability: words[letter] }, `${what} have other blocks`);
    }
    if (type === "raid10")
      t.match(look([devices[0], devices[2]].flatMap((each) => each ?? [])), { availability: "degraded" });
    const kept = devices.map((each) => ({ ...each, readOnly: true as const }));
    t.match(look(kept), { availability: "degraded", problems: /lv-writes-refused/ }, `${type}: read-only`);
  }
});

t.test(
  "a parity LV that is down has what its superblocks prove, and its legs are called by their own",
  async (t) => {
    const input = arrayOf("raid5", 3, { stripeSize: 128, regionSize: 4096 }, 2);
    const [id, { devices }] = [lvId(1), input.discovery as Discovery];
    const look = (gone: number, onDisk: { synced: boolean; readable: boolean }) => {
      const legs = devices.map((_, leg) => (leg < gone ? ("absent" as const) : ("sound" as const)));
      const found = { ...discovery, devices: devices.slice(gone) };
      const down = {
        ...input,
        discovery: found,
        dm: { devices: [] },
        legs: { lvs: [{ id, ...onDisk, legs }] },
      };
      const { availability, legStates, problems } = rows(down, "lv")[0] as Record<string, string & string[]>;
      return [availability, legStates?.join(" "), problems?.join(" ")].join(", ");
    };
    const current = "current current";
    t.equal(look(0, { synced: true, readable: true }), `complete, current ${current}, `);
    t.equal(look(0, { synced: false, readable: true }), `degraded, current ${current}, lv-unsynced`);
    t.equal(look(1, { synced: true, readable: true }), `degraded, missing ${current}, lv-incomplete`);
    t.equal(look(1, { synced: false, readable: false }), `unavailable, missing ${current}, lv-incomplete`);
  },
);

t.test("stripes and single copies", async (t) => {
  const lvOf = (input: Partial<ReportInput>, name: string) =>
    rows({ metadata: current, discovery, dm, desired, ...input }, "lv").find((row) => row["name"] === name);
  const errors = { table: [{ start: 0, length: 6 * EXTENT, type: "error", params: "" }], status: [""] };
  t.match(lvOf({ dm: undefined }, "lv9"), {
    state: null,
    availability: "unknown",
    problems: ["lv-state-unknown"],
  });
  t.match(lvOf({ dm: change("vg0-lv9", errors) }, "lv9"), {
    availability: "unavailable",
    problems: ["lv-tables-differ", "lv-errors-mapped"],
  });
  t.match(lvOf({ dm: change("vg0-lv9", { table: null, status: [] }) }, "lv9"), {
    availability: "unavailable",
    problems: ["lv-tables-differ", "lv-without-table"],
  });
  const stripes = (text: string): DmState => {
    const table = [{ start: 0, length: 8 * EXTENT, type: "striped", params: "2 128 8:16 67584 8:32 2048" }];
    const [first] = dm.devices;
    const uuid = `${first?.uuid.slice(0, 36)}${metadata.lvs[1]?.id}`;
    return {
      devices: [{ ...(first as DmDevice), name: "vg0-lv10", uuid, table, status: [text], readOnly: true }],
    };
  };
  const striped = (text: string) => {
    const state = stripes(text);
    return lvOf({ dm: state, desired: { scope: desired.scope ?? [], devices: state.devices } }, "lv10");
  };
  t.match(striped("2 8:16 8:32 1 AA"), { availability: "complete", health: "AA", problems: [] });
  t.match(striped("2 8:16 8:32 1 AD"), { availability: "unknown", problems: ["lv-stripe-failed"] });
  t.match(striped("2 8:16"), { availability: "unknown", problems: ["lv-status-unreadable"] });
});

t.test("devices that are shorter than recorded, there twice, or read-only", async (t) => {
  const short = (size: number): Discovery => ({
    ...discovery,
    devices: discovery.devices.map((each) => (each.id === pvId(2) ? { ...each, size } : each)),
  });
  const told = (found: Discovery) => {
    const input = { metadata: current, discovery: found, dm: { devices: [] }, desired: undefined };
    return {
      pv: rows(input, "pv")[1]?.["state"],
      lvs: rows(input, "lv").map(({ name, availability }) => `${name} ${availability}`),
    };
  };
  t.same(told(short(2048 + 16 * EXTENT)), {
    pv: "present",
    lvs: ["lv9 complete", "lv10 complete", "safe complete"],
  });
  t.same(
    told(short(2048 + 15 * EXTENT)),
    {
      pv: "short",
      lvs: ["lv9 unavailable", "lv10 complete", "safe complete"],
    },
    "what lies wholly on what is left is whole",
  );
  t.same(told(short(2048 + 6 * EXTENT)), {
    pv: "short",
    lvs: ["lv9 unavailable", "lv10 complete", "safe degraded"],
  });
  t.same(told({ ...discovery, duplicates: [{ id: pvId(2), paths: ["/dev/sdb", "/dev/sdx"] }] }), {
    pv: "duplicate",
    lvs: ["lv9 unavailable", "lv10 unavailable", "safe degraded"],
  });
  const protectedOne: Discovery = {
    ...discovery,
    devices: discovery.devices.map((each) =>
      each.id === pvId(2) ? { ...each, readOnly: true as const } : each,
    ),
  };
  t.same(
    told(protectedOne),
    { pv: "read-only", lvs: ["lv9 degraded", "lv10 complete", "safe degraded"] },
    "an LV that is read-only itself lacks nothing",
  );
});

t.test("an LV that is built on others is called no better than they are", async (t) => {
  understandLayers();
  const on = withLayer(withLayer(metadata, "upper", ["safe"]), "top", ["upper"]);
  const of = (input: Partial<ReportInput>) =>
    Object.fromEntries(
      rows(
        { metadata: on, discovery, dm: undefined, desired: undefined, legs: undefined, ...input },
        "lv",
      ).map(({ name, availability, problems }) => [name, { availability, problems }]),
    );
  const well = of({});
  t.equal(well["top"]?.availability, well["safe"]?.availability);
  const away = { ...discovery, devices: [], missing: { count: discovery.devices.length } };
  t.match(of({ discovery: away }), {
    safe: { availability: "unavailable" },
    upper: { availability: "unavailable" },
    top: { availability: "unavailable", problems: /lv-incomplete/ },
  });
});

t.test("no live LV is held against its tables while a PV is away that it comes and goes with", async (t) => {
  const store = { type: "linear" as const, start: 0, length: 1, area: { pv: pvId(3), start: 8 } };
  const snapshotOf = (name: string, number: number, origin: string, on: typeof store): Lv => ({
    id: lvId(number),
    name,
    access: "rw",
    activate: true,
    tags: [],
    segments: [{ type: "snapshot", start: 0, length: 6, origin, chunkSize: 8, store: [on] }],
  });
  const other = { ...store, area: { pv: pvId(1), start: 15 } };
  const withSnapshots: Metadata = {
    ...current,
    lvs: [...current.lvs, snapshotOf("before", 4, lvId(1), store), snapshotOf("also", 5, lvId(1), other)],
  };
  // Nothing of all that is as it should be: the origin cannot be written to, the snapshots are not there.
  const live = change("vg0-lv9", { readOnly: true });
  const withStores = {
    ...desired,
    devices: [
      ...desired.devices,
      ...[4, 5].map((number) => ({
        name: `vg0-${number}`,
        uuid: `DVM-${metadata.vg.id}${lvId(number)}`,
        table: [{ start: 0, length: EXTENT, type: "error", params: "" }],
      })),
    ],
  };
  const liveToo: DmState = {
    devices: [
      ...live.devices,
      ...[4, 5].map((number) => ({
        ...(dm.devices[0] as DmDevice),
        name: `vg0-${number}`,
        dev: `254:${90 + number}`,
        uuid: `DVM-${metadata.vg.id}${lvId(number)}`,
        readOnly: true,
        table: [{ start: 0, length: EXTENT, type: "error", params: "" }],
      })),
    ],
  };
  const differing = (found: Discovery) =>
    rows({ metadata: withSnapshots, discovery: found, dm: liveToo, desired: withStores }, "lv")
      .filter(({ problems }) => (problems as string[]).includes("lv-tables-differ"))
      .map(({ name }) => name);
  t.same(differing(discovery).sort(), ["also", "before", "lv9"], "all PVs are there");
  t.same(differing(withoutThird), [], "the store of one is away, and nothing is told of any of them");
});
