/** Reports of a VG that is known by heart, in every format. */
import t, { type Test } from "tap";
import { subjects } from "../../../src/core/report/column.ts";
import { columnsOf } from "../../../src/core/report/columns.ts";
import type { ReportInput } from "../../../src/core/report/input.ts";
import { makeReport } from "../../../src/core/report/report.ts";
import { checkDocument, schemaOf } from "../../../src/schema/index.ts";
import {
  desired,
  discovery,
  dm,
  EXTENT,
  lvId,
  metadata,
  pvId,
  vgId,
  withoutThird,
} from "../../lib/report-vg.ts";

type Row = Readonly<Record<string, unknown>>;
const all: ReportInput = { metadata, discovery, dm, desired };
const make = (
  input: ReportInput,
  subject: string,
  format: string,
  more: Readonly<Record<string, string>> = {},
) => makeReport(input, { subject, format, columns: undefined, select: undefined, sort: undefined, ...more });
const text = (...args: Parameters<typeof make>): string => {
  const made = make(...args);
  if (typeof made !== "string") throw new Error("no text");
  return made;
};
const rows = (input: ReportInput, subject: string, more: Readonly<Record<string, string>> = {}): Row[] => {
  const made = make(input, subject, "json", more);
  if (typeof made === "string") throw new Error("no document");
  return [...checkDocument("report", made, "that was made").rows] as unknown as Row[];
};
const names = (found: readonly Row[]) => found.map(({ name }) => name);

t.test("the schema has the columns of the table, no more and no fewer", async (t) => {
  const { definitions } = (await schemaOf("report")) as {
    definitions: Record<string, { properties: object }>;
  };
  for (const subject of subjects)
    t.same(
      Object.keys(definitions[subject]?.properties ?? {}),
      columnsOf[subject].map(({ name }) => name),
    );
});

t.test("rows have every column, in order", async (t) => {
  for (const subject of subjects) {
    const [row = {}] = rows(all, subject);
    t.same(
      Object.keys(row),
      columnsOf[subject].map(({ name }) => name),
      subject,
    );
  }
});

t.test("JSON: every column, numbers are numbers", async (t) => {
  t.same(rows(all, "vg"), [
    {
      name: "vg0",
      id: vgId,
      size: 48 * EXTENT,
      free: 26 * EXTENT,
      extentSize: EXTENT,
      extents: 48,
      freeExtents: 26,
      pvs: 3,
      lvs: 3,
      availability: "degraded",
      missing: 0,
      duplicates: 0,
      generation: 3,
      version: 1,
      replace: "never",
      tags: ["site"],
    },
  ]);
  const lvs = rows(all, "lv");
  t.same(lvs[0], {
    name: "lv9",
    id: lvId(1),
    vg: "vg0",
    type: "linear",
    size: 6 * EXTENT,
    extents: 6,
    legs: 1,
    stripes: 1,
    segments: 2,
    state: "active",
    sync: null,
    health: null,
    fill: null,
    metaFill: null,
    dirty: null,
    availability: "complete",
    mismatches: null,
    problems: [],
    blockBytes: 512,
    legStates: [],
    devices: ["/dev/sda", "/dev/sdb"],
    pvs: [pvId(1), pvId(2)],
    missing: [],
    access: "rw",
    activate: true,
    open: 1,
    dm: "vg0-lv9",
    known: true,
    work: null,
    tags: [],
  });
  t.match(lvs[1], { type: "striped", stripes: 2, state: "inactive", open: 0, dm: null, access: "ro" });
  t.match(lvs[2], {
    type: "raid1",
    legs: 2,
    state: "active",
    sync: 25,
    health: "Aa",
    availability: "degraded",
    legStates: ["current", "rebuild"],
  });
  t.match(rows(all, "pv"), [
    {
      path: "/dev/sda",
      dev: "8:16",
      state: "present",
      extents: 16,
      freeExtents: 8,
      lvs: ["lv9", "lv10"],
      regions: 1,
    },
    { path: "/dev/sdb", freeExtents: 6, lvs: ["lv10", "safe", "lv9"] },
    { path: "/dev/sdc", freeExtents: 12, lvs: ["safe"], allocatable: false },
  ]);
  const segments = rows(all, "seg");
  t.equal(segments.length, 2 + 2 + 5);
  t.match(segments[1], { lv: "lv9", component: "", start: 4, extents: 2, device: "/dev/sdb", pvStart: 14 });
  t.match(segments[3], { lv: "lv10", stripe: 1, stripeSize: 128, pvStart: 0, pvExtents: 4 });
  t.match(segments.at(-1), { lv: "safe", component: "rmeta_1", legState: "rebuild", pvExtents: 1 });
  t.match(rows(all, "dm").at(-1), {
    name: "vg0-safe",
    lv: "safe",
    state: "active",
    table: "agrees",
    targets: ["raid"],
  });
});

t.test("what is not known is null, and no more is guessed", async (t) => {
  const bare = { metadata };
  t.match(rows(bare, "vg"), [{ missing: null, duplicates: null, generation: null }]);
  for (const row of rows(bare, "lv"))
    t.match(row, { state: null, open: null, availability: null, missing: null, dm: null });
  t.match(rows(bare, "lv")[0], { devices: [pvId(1), pvId(2)] });
  t.match(rows(bare, "pv")[0], { path: null, state: null, missing: null, deviceSize: null });
  t.throws(() => make(bare, "dm", "json"), { code: "USAGE", message: /--dm/ });
  t.match(rows({ metadata, dm }, "lv"), [{ state: "live" }, { state: "inactive" }, { state: "live" }]);
});

t.test("activation", async (t) => {
  const change = (name: string, changed: object | null): ReportInput => ({
    ...all,
    dm: {
      devices: dm.devices.flatMap((each) =>
        each.name !== name ? [each] : changed ? [{ ...each, ...changed }] : [],
      ),
    },
  });
  const stateOfSafe = (input: ReportInput) => rows(input, "lv", { columns: "name,state" })[2]?.["state"];
  const moved = [{ start: 0, length: 3 * EXTENT, type: "linear", params: "8:16 0" }];
  t.equal(stateOfSafe(change("vg0-safe-rimage_1", { suspended: true })), "suspended");
  t.equal(stateOfSafe(change("vg0-safe-rimage_1", { table: moved })), "differs");
  t.equal(stateOfSafe(change("vg0-safe-rimage_1", { readOnly: true })), "differs");
  t.equal(stateOfSafe(change("vg0-safe", { name: "vg0-other" })), "differs");
  t.equal(stateOfSafe(change("vg0-safe", null)), "partly");
  t.equal(stateOfSafe(change("vg0-safe", { table: null })), "partly");
  const extra = { ...dm.devices[0], name: "vg0-lv10", uuid: `DVM-${vgId}${lvId(2)}-rmeta_7` };
  const withExtra: ReportInput = { ...all, dm: { devices: [...dm.devices, extra as never] } };
  t.match(rows(withExtra, "dm", { select: "table=extra" }), [{ name: "vg0-lv10", component: "rmeta_7" }]);
  const foreign = { ...dm.devices[0], uuid: `DVM-${"b".repeat(32)}${lvId(1)}` };
  t.match(
    rows({ ...all, dm: { devices: [foreign as never] } }, "lv")[0],
    { state: "inactive" },
    "another VG's",
  );
  const gone = rows(change("vg0-safe", null), "dm", { select: "state=inactive" });
  t.same(names(gone), ["vg0-safe"], "what is desired and not there has a row");
});

t.test("a missing PV", async (t) => {
  const input = { metadata, discovery: withoutThird, dm: { devices: [] } };
  t.match(rows(input, "vg"), [{ missing: 1 }]);
  t.match(rows(input, "pv", { select: "missing" }), [
    { id: pvId(3), path: null, state: "missing", regions: null },
  ]);
  t.same(names(rows(input, "lv", { select: "availability=degraded" })), ["safe"]);
  const withoutSecond = { ...discovery, devices: discovery.devices.filter(({ id }) => id !== pvId(2)) };
  t.match(
    rows({ metadata, discovery: withoutSecond }, "lv", { columns: "availability,missing" }),
    [
      { availability: "unavailable", missing: [pvId(2)] },
      { availability: "unavailable", missing: [pvId(2)] },
      { availability: "unavailable", missing: [pvId(2)] },
    ],
    "the other leg of safe is not current",
  );
});

t.test("a device that is no PV, and one found twice", async (t) => {
  const stranger = { ...discovery.devices[0], id: "9".repeat(32), path: "/dev/sdz" };
  const input = {
    metadata,
    discovery: {
      ...discovery,
      devices: [...discovery.devices, stranger as never],
      duplicates: [{ id: pvId(2), paths: ["/dev/sdb", "/dev/sdx"] }],
    },
  };
  t.match(rows(input, "pv", { sort: "path", columns: "path,state,extents,allocatable" }), [
    { state: "present" },
    { state: "duplicate" },
    { state: "present" },
    { path: "/dev/sdz", state: "unused", extents: 0, allocatable: false },
  ]);
});

t.test("a newer program's metadata can be read", async (t) => {
  const [first, ...others] = metadata.lvs;
  const newer = checkDocument(
    "metadata",
    {
      ...metadata,
      version: 2,
      novelty: true,
      lvs: [{ ...first, segments: [{ type: "vdo", start: 0, length: 6, novel: 1 }] }, ...others],
    },
    "newer",
  );
  t.match(rows({ metadata: newer, discovery }, "lv")[0], {
    type: "vdo",
    known: false,
    availability: "unknown",
    size: 6 * EXTENT,
  });
  t.match(text({ metadata: newer }, "lv", "tree"), "vdo: 6 extents of a type that is not known here");
});

t.test("tables, CSV and pictures", async (t) => {
  for (const subject of subjects) t.matchSnapshot(text(all, subject, "table"), `${subject} as a table`);
  t.matchSnapshot(text({ metadata }, "lv", "table"), "with the metadata alone");
  t.matchSnapshot(text(all, "lv", "csv", { columns: "all" }), "lv as CSV");
  for (const subject of ["vg", "lv", "pv", "dm"])
    t.matchSnapshot(text(all, subject, "tree"), `tree of ${subject}`);
  t.matchSnapshot(
    text({ metadata, discovery: withoutThird, dm: { devices: [] } }, "vg", "tree"),
    "tree with a PV missing",
  );
  for (const subject of ["vg", "lv", "pv"]) t.matchSnapshot(text(all, subject, "map"), `map of ${subject}`);
  t.matchSnapshot(
    text({ metadata, discovery: withoutThird, dm: { devices: [] } }, "lv", "map", { select: "name=safe" }),
    "map of one LV",
  );
});

t.test("columns, order and what is refused", async (t) => {
  t.equal(
    text(all, "lv", "csv", { columns: "name, size", sort: "-size,name" }),
    "name,size\nlv10,65536\nlv9,49152\nsafe,24576\n",
  );
  t.same(names(rows(all, "lv", { sort: "name" })), ["lv9", "lv10", "safe"], "9 before 10");
  t.same(names(rows(all, "lv", { sort: "-name" })), ["safe", "lv10", "lv9"]);
  t.same(names(rows(all, "lv", { sort: "sync,-name" })), ["safe", "lv10", "lv9"], "unknown last");
  t.same(
    names(rows(all, "lv", { sort: "-sync,name" })),
    ["safe", "lv9", "lv10"],
    "unknown last in either direction",
  );
  t.same(rows(all, "lv", { columns: "size", select: "name=safe" }), [{ size: 3 * EXTENT }]);
  t.match(text(all, "pv", "table", { columns: "help" }), /^freeExtents +count +no +number of free extents$/m);
  const refuses = (pattern: RegExp, subject: string, format: string, more = {}) =>
    t.throws(() => make(all, subject, format, more), { code: "USAGE", message: pattern });
  refuses(/no report "lvs"; there is vg, lv, pv, seg, dm/, "lvs", "table");
  refuses(/no format "xml"/, "lv", "xml");
  refuses(/no column "sizes"; there is name, /, "lv", "table", { columns: "name,sizes" });
  refuses(/no column ""/, "lv", "table", { columns: "" });
  refuses(/name is asked for twice/, "lv", "csv", { columns: "name,all" });
  refuses(/no column "x"/, "lv", "table", { sort: "name,x" });
  refuses(/no columns to choose/, "lv", "tree", { columns: "name" });
  refuses(/no tree of seg/, "seg", "tree");
  refuses(/no map of dm, only of vg, lv and pv/, "dm", "map");
});

t.test("CSV is read back as it was, and a path cannot steer a terminal", async (t) => {
  const evil = 'a,"b"\n\u001b[2J';
  const input = {
    metadata,
    discovery: { ...discovery, devices: [{ ...discovery.devices[0], path: evil } as never] },
  };
  t.match(text(input, "pv", "csv", { columns: "path,extents" }), 'path,extents\n"a,""b""\n\u001b[2J",16\n');
  for (const format of ["table", "tree", "map"]) {
    const shown = text(input, "pv", format);
    t.match(shown, 'a,"b"\\u000a\\u001b[2J');
    t.notMatch(shown, "\u001b");
  }
});

/** Samples by name and labels; fails where the text is not as Prometheus reads it. */
function samplesIn(t: Test, exposed: string): Map<string, number> {
  const samples = new Map<string, number>();
  let announced = "";
  for (const line of exposed.split("\n").slice(0, -1)) {
    const [, kind, about = "", rest = ""] = /^# (HELP|TYPE) ([a-z_]+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") announced = about;
    if (kind === "TYPE") t.same([about, rest], [announced, "gauge"]);
    if (kind) continue;
    const label = String.raw`[a-z_]+="(?:[^"\\\n]|\\["\\n])*"`;
    const [, name, labels = "", value] =
      new RegExp(String.raw`^([a-z_]+)(\{${label}(?:,${label})*\})? ([0-9.]+)$`).exec(line) ?? [];
    t.equal(name, announced, `a sample below its name: ${line}`);
    t.notOk(samples.has(`${name}${labels}`), `once: ${line}`);
    samples.set(`${name}${labels}`, Number(value));
  }
  t.ok(exposed.endsWith("\n"));
  return samples;
}

t.test("gauges", (t) => {
  const of = (subject: string, input: typeof all = all, more = {}) =>
    samplesIn(t, text(input, subject, "prometheus", more));
  for (const subject of subjects.filter((each) => each !== "seg")) t.ok(of(subject).size > 0, subject);
  const lvs = of("lv");
  t.equal(lvs.get('dvm_lv_size_bytes{vg="vg0",lv="safe"}'), 3 * EXTENT * 512, "sectors as bytes");
  t.equal(lvs.get('dvm_lv_activate{vg="vg0",lv="safe"}'), 1, "a flag");
  const [safe] = rows(all, "lv", { select: "name=safe" });
  t.equal(lvs.get('dvm_lv_sync_ratio{vg="vg0",lv="safe"}'), Number(safe?.["sync"]) / 100, "percent");
  const states = safe?.["legStates"] as string[];
  for (const state of states)
    t.equal(
      lvs.get(`dvm_lv_leg_states{vg="vg0",lv="safe",leg_states="${state}"}`),
      states.filter((each) => each === state).length,
      `how many legs are ${state}`,
    );
  t.notOk(
    [...lvs.keys()].some((key) => /null|undefined|NaN/.test(key)),
    "what is not known has no sample",
  );
  t.same(
    [...of("lv", all, { columns: "name,size", select: "name=safe" })],
    [['dvm_lv_size_bytes{vg="vg0",lv="safe"}', 3 * EXTENT * 512]],
  );
  const evil = 'a,"b"\n\\';
  const found = { ...discovery, devices: [{ ...discovery.devices[0], path: evil } as never] };
  t.equal(
    of("pv", { ...all, discovery: found }).get('dvm_pv_missing{vg="vg0",device="a,\\"b\\"\\n\\\\"}'),
    0,
    "a label as it is to be escaped",
  );
  t.throws(() => text(all, "seg", "prometheus"), { code: "USAGE", message: /only of vg, lv, pv and dm/ });
  t.end();
});

t.test("a dm state that goes round in circles is drawn once", async (t) => {
  const line = (name: string) => [{ start: 0, length: 8, type: "linear", params: `@${name} 0` }];
  const one = { name: "x", uuid: `DVM-${vgId}${lvId(1)}`, table: line("y") };
  const two = { name: "y", uuid: `DVM-${vgId}${lvId(2)}`, table: line("x") };
  const drawn = text({ metadata, dm: { devices: [one, two] } }, "dm", "tree");
  t.equal(drawn.split("(see above)").length, 3, drawn);
});

t.test("what stands on a missing PV is not compared", async (t) => {
  const input = { ...all, discovery: withoutThird };
  t.match(rows(input, "lv", { columns: "name,state" }), [
    { state: "active" },
    { state: "inactive" },
    { state: "live" },
  ]);
  const tables = rows(input, "dm", { columns: "lv,table" });
  t.ok(tables.every(({ lv, table }) => table === (lv === "safe" ? null : "agrees")));
});
