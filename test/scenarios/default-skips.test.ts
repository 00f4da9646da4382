/** What is not used by itself, and the reason that `list --all` gives. Nothing is skipped silently. */
import t, { type Test } from "tap";
import { addDevices } from "../../src/core/discover/add.ts";
import { findDevices } from "../../src/core/discover/find.ts";
import { listDevices } from "../../src/core/discover/list.ts";
import { faultyDisks } from "../../src/core/sim/faulty-disks.ts";
import type { SimCandidate } from "../../src/core/sim/sim-scanner.ts";
import { adding, finding, type LabelWorld, labelWorld, MIB } from "../lib/label-world.ts";

const md = (offset: number) => (bytes: Buffer) => void bytes.write("fc4e2ba9", bytes.length - offset, "hex");
const text = (what: string, offset: number) => (bytes: Buffer) => void bytes.write(what, offset, "latin1");
const untouched = () => undefined;

interface Row {
  readonly what: string;
  /** What the OS says of the device. */
  readonly os?: Partial<SimCandidate>;
  /** What somebody has done to it after it was labelled. */
  readonly change?: (bytes: Buffer) => void;
  readonly reason: RegExp;
}

/** Each of these devices has a valid label, and may not be used all the same. */
const labelledRows: readonly Row[] = [
  { what: "no size", os: { size: 0 }, reason: /^has no size$/ },
  {
    what: "multipath",
    os: { holders: [{ name: "dm-3", dmUuid: "mpath-1" }] },
    reason: /multipath device dm-3/,
  },
  { what: "multipath, says udev", os: { fsType: "mpath_member" }, reason: /^a path of a multipath device$/ },
  { what: "md", os: { holders: [{ name: "md0" }] }, reason: /^a member of the md array md0$/ },
  {
    what: "md with a name",
    os: { holders: [{ name: "md_d12" }] },
    reason: /^a member of the md array md_d12$/,
  },
  { what: "md, says udev", os: { fsType: "linux_raid_member" }, reason: /^a member of an md array$/ },
  ...(
    [
      ["on who knows what", "CRYPT-LUKS2-x", undefined],
      ["on nothing", "CRYPT-LUKS2-x", []],
      ["on an LV", "CRYPT-LUKS2-x", [{ name: "dm-1", dmUuid: "LVM-abc" }]],
      ["on a disk and an LV", "CRYPT-LUKS2-x", [{ name: "sda2" }, { name: "dm-1", dmUuid: "DVM-abc" }]],
      ["on an image", "CRYPT-LUKS2-x", [{ name: "loop3" }]],
      ["on a network's", "CRYPT-PLAIN-x", [{ name: "nbd0" }]],
      ["while it is unlocked", "CRYPT-TEMP-x", [{ name: "sda2" }]],
    ] as const
  ).map(([what, dmUuid, below]) => ({
    what: `a crypt device ${what}`,
    os: { dmUuid, ...(below && { below: () => below }) },
    reason: /device-mapper device that is not asked for/,
  })),
  { what: "an LV of LVM2", os: { dmUuid: "LVM-abc" }, reason: /device-mapper device that is not asked for/ },
  { what: "an LV of dvm", os: { dmUuid: "DVM-abc" }, reason: /device-mapper device that is not asked for/ },
  { what: "dm without a uuid", os: { dmUuid: "" }, reason: /device-mapper device that is not asked for/ },
  { what: "suspended", os: { unreachable: "is suspended" }, reason: /^is suspended$/ },
  {
    what: "md 1.0 stopped",
    change: md(8192),
    os: { size: 9 * MIB },
    reason: /^a member of an md array: .*1\.0/,
  },
  {
    what: "md 0.90 stopped",
    change: md(65536),
    os: { size: 9 * MIB },
    reason: /member of an md array: .*0\.90/,
  },
  { what: "GPT", change: text("EFI PART", 512), reason: /signature of a newer use: GPT/ },
  { what: "ext4", change: text("\x53\xef", 1080), reason: /signature of a newer use: ext2, ext3 or ext4/ },
  { what: "LVM2", change: text("LABELONE", 512), reason: /signature of a newer use: LVM2 physical volume/ },
  { what: "LUKS", change: text("LUKS\xba\xbe\0\x02", 0), reason: /signature of a newer use: LUKS2/ },
  { what: "XFS", change: text("XFSB", 0), reason: /signature of a newer use: XFS/ },
  {
    what: "btrfs, which leaves the first copy",
    change: (bytes) => {
      bytes.fill(0, 524288, 524800);
      bytes.write("_BHRfS_M", 65536 + 64);
    },
    reason: /^has half a label, and the signature of a newer use: btrfs/,
  },
];

async function withRow(
  t: Test,
  { what, os = {}, change = untouched, reason }: Row,
  through?: LabelWorld["sys"],
) {
  const world = labelWorld();
  for (const path of ["/dev/sda", "/dev/sdb"]) world.disk(path, 8 * MIB);
  await addDevices(world.sys, adding("vg", ["/dev/sda", "/dev/sdb"], { isNew: true }));
  const bytes = Buffer.alloc(os.size === 9 * MIB ? 9 * MIB : 8 * MIB);
  world.disks.bytes("/dev/sdb").copy(bytes);
  change(bytes);
  world.unplug("/dev/sdb");
  world.disk("/dev/sdb", bytes, os);
  const sys = through ?? world.sys;
  const { devices } = await listDevices(sys, { all: true, devices: [] });
  t.match(devices.find(({ path }) => path === "/dev/sdb")?.skipped, reason, what);
  const found = await findDevices(sys, finding("vg"));
  t.same(
    found.devices.map(({ path }) => path),
    ["/dev/sda"],
    `${what}: not used`,
  );
  t.equal(found.missing.count, 1, `${what}: it counts as missing`);
  const used = (await listDevices(sys, { all: false, devices: [] })).devices;
  t.same(
    used.map(({ path }) => path),
    ["/dev/sda"],
    `${what}: not in the list without --all`,
  );
}

t.test("labelled devices that may not be used", async (t) => {
  for (const row of labelledRows) await withRow(t, row);
});

t.test("devices without a label", async (t) => {
  const world = labelWorld();
  world.disk("/dev/sda", 8 * MIB);
  world.disk("/dev/sdb", 8 * MIB, { partitioned: true });
  world.disk("/dev/sdc", 512 * 1024);
  world.disk("/dev/sdd", 8 * MIB).write("DVMLABEL", 4096);
  world.disk("/dev/note", 512, { size: 100 });
  const { devices } = await listDevices(world.sys, { all: true, devices: [] });
  t.same(
    devices.map(({ path, skipped }) => [path, skipped]),
    [
      ["/dev/sda", "has no label"],
      ["/dev/sdb", "partitioned"],
      ["/dev/sdc", "has no label"],
      ["/dev/sdd", "/dev/sdd: the label at byte 4096 is damaged: its checksum is wrong"],
      ["/dev/note", "is less than one sector"],
    ],
  );
  t.match(world.warnings, [/sdd.*damaged/], "only what is wrong is worth a warning");
  t.same((await listDevices(world.sys, { all: false, devices: [] })).devices, []);
});

t.test("devices that fail or hang are reported, and the others are found", async (t) => {
  for (const [kind, reason] of [
    ["fail", /read of \d+ bytes at 0: EIO/],
    ["hang", /no answer in time|did not answer before/],
  ] as const) {
    for (const when of ["open", "read"] as const) {
      const world = labelWorld();
      const paths = Array.from({ length: 20 }, (_, index) => `/dev/sd${index}`);
      for (const path of paths) world.disk(path, 2 * MIB);
      await addDevices(world.sys, adding("vg", paths, { isNew: true }));
      const bad = new Set(["/dev/sd0", "/dev/sd7", "/dev/sd19"]);
      const disks = faultyDisks(world.disks, (operation) =>
        operation.kind === when && bad.has(operation.path) ? { kind } : undefined,
      );
      const sys = { ...world.sys, disks };
      const found = await findDevices(sys, finding("vg"));
      t.equal(found.devices.length, 17, `${when}: ${kind}`);
      t.equal(found.missing.count, 3);
      for (const path of bad)
        t.ok(
          world.warnings.some((warning) => warning.includes(`${path}:`)),
          `${path} is reported`,
        );
      const { devices } = await listDevices(sys, { all: true, devices: [] });
      if (when === "read") t.match(devices[0]?.skipped, reason);
      t.equal(devices.filter(({ skipped }) => skipped !== undefined).length, 3);
    }
  }
});

t.test("an encrypted disk, once it is unlocked, needs no name", async (t) => {
  for (const [dmUuid, on] of [
    ["CRYPT-LUKS2-x", { name: "sda2" }],
    ["CRYPT-LUKS1-x", { name: "md0" }],
    ["CRYPT-PLAIN-x", { name: "dm-4", dmUuid: "part1-mpath-1" }],
  ] as const) {
    const world = labelWorld();
    world.disk("/dev/mapper/secret", 8 * MIB, { dmUuid, below: () => [on] });
    await addDevices(world.sys, adding("vg", ["/dev/mapper/secret"], { isNew: true }));
    t.equal((await listDevices(world.sys, { all: false, devices: [] })).devices.length, 1, dmUuid);
    t.same(world.warnings, [], "nor is who adds it told to name it");
  }
});

t.test("a dm device is used when it is asked for by name or pattern", async (t) => {
  for (const [devices, isUsed] of [
    [["/dev/mapper/luks"], true],
    [["/dev/mapper/l*"], true],
    [["/dev/dm-0"], true],
    [["/dev/mapper"], false],
    [[], false],
  ] as const) {
    const world = labelWorld({ config: { discover: { scan: [...devices] } } });
    world.disk("/dev/mapper/luks", 8 * MIB, { dmUuid: "CRYPT-1", aliases: ["/dev/dm-0"] });
    world.disks.alias("/dev/dm-0", "/dev/mapper/luks");
    await addDevices(
      world.sys,
      adding("vg", ["/dev/mapper/luks"], { isNew: true, devices: ["/dev/mapper/luks"] }),
    );
    const { devices: used } = await listDevices(world.sys, { all: false, devices: [] });
    t.equal(used.length, isUsed ? 1 : 0, `scan ${JSON.stringify(devices)}`);
    t.equal(
      world.warnings.filter((warning) => /found only where discover.scan names it/.test(warning)).length,
      isUsed ? 0 : 1,
      "whoever adds it is told, unless it is named already",
    );
  }
});
