/** What `discover add` refuses, by name, before it writes anything; and what it wipes when it is told to. */
import { spawnSync } from "node:child_process";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { type AddRequest, addDevices } from "../../../src/core/discover/add.ts";
import { findDevices } from "../../../src/core/discover/find.ts";
import { probeSignatures } from "../../../src/core/discover/probe.ts";
import { signatures } from "../../../src/core/discover/signatures.ts";
import type { LabelSys } from "../../../src/core/discover/survey.ts";
import { hostDisks } from "../../../src/core/host/disk/disks.ts";
import { hostProcesses } from "../../../src/core/host/process/processes.ts";
import { hostScanner } from "../../../src/core/host/scan/scanner.ts";
import { recordingDisks } from "../../../src/core/sim/recording-disks.ts";
import type { SimCandidate } from "../../../src/core/sim/sim-scanner.ts";
import { adding, finding, labelWorld, MIB } from "../../lib/label-world.ts";

t.test("devices that cannot become members", async (t) => {
  const ours = `DVM-${"1".repeat(64)}`;
  const rows: readonly (readonly [string, Partial<SimCandidate>, string, RegExp])[] = [
    ["mounted", { mountedOn: "/srv/a b" }, "IN_USE", /^\/dev\/a: is mounted on \/srv\/a b$/],
    ["swap", { mountedOn: "[SWAP]" }, "IN_USE", /is used as swap$/],
    ["held by dm", { holders: [{ name: "dm-3", dmUuid: "LVM-x" }] }, "IN_USE", /is in use by dm-3$/],
    [
      "held by two",
      { holders: [{ name: "md0" }], over: () => [{ name: "loop1" }] },
      "IN_USE",
      /is in use by md0, loop1$/,
    ],
    [
      "under live LVs",
      {
        holders: [
          { name: "dm-1", dmUuid: ours, dmName: () => "v--1-b" },
          { name: "dm-2", dmUuid: `${ours}-image_0`, dmName: () => "v--1-a-image_0" },
          { name: "dm-3", dmUuid: "LVM-x", dmName: () => "other-lv" },
        ],
      },
      "IN_USE",
      /is in use by live LVs v-1\/a, v-1\/b, dm-3: run dvm deactivate v-1 first$/,
    ],
    ["a path", { fsType: "mpath_member" }, "IN_USE", /is a path of a multipath device$/],
    ["read-only", { readOnly: true }, "READ_ONLY", /is read-only$/],
    ["partitioned", { partitioned: true }, "SIGNATURE", /is partitioned: use a partition, or --force/],
    ["stopped", { unreachable: "is suspended" }, "IN_USE", /is suspended$/],
  ];
  for (const [what, os, code, message] of rows) {
    let log: readonly unknown[] = [];
    const world = labelWorld({
      through: (disks) => {
        const recording = recordingDisks(disks);
        log = recording.log;
        return recording;
      },
    });
    world.disk("/dev/good", 8 * MIB);
    world.disk("/dev/a", 8 * MIB, os);
    const paths = ["/dev/good", "/dev/a"];
    await t.rejects(addDevices(world.sys, adding("vg", paths, { isNew: true })), { code, message }, what);
    if (code !== "SIGNATURE") {
      const forced = adding("vg", paths, { isNew: true, force: true });
      await t.rejects(addDevices(world.sys, forced), { code, message }, `${what}: nor with --force`);
    }
    t.same(log, [], `${what}: nothing was written, to the other device neither`);
  }
});

t.test("partitions whose table is wiped do not stay in the eyes of the OS", async (t) => {
  for (const partitionInUse of [false, true]) {
    const world = labelWorld();
    world.disk("/dev/a", 8 * MIB, { partitioned: true, partitionInUse });
    world.disk("/dev/b", 8 * MIB);
    await addDevices(
      world.sys,
      adding("vg", ["/dev/a", "/dev/b"], { isNew: true, force: true, dryRun: true }),
    );
    t.ok((await world.sys.scanner.look(["/dev/a"]))[0]?.partitioned, "not by a dry run");
    await addDevices(world.sys, adding("vg", ["/dev/a", "/dev/b"], { isNew: true, force: true }));
    t.equal((await world.sys.scanner.look(["/dev/a"]))[0]?.partitioned, partitionInUse);
    t.same(
      world.warnings.filter((warning) => /kernel keeps the partitions.*rereadpt \/dev\/a/.test(warning))
        .length,
      partitionInUse ? 1 : 0,
    );
  }
});

t.test("the machine is looked at once, however many devices are added", async (t) => {
  const world = labelWorld();
  const paths = Array.from({ length: 60 }, (_, at) => `/dev/d${at}`);
  for (const path of paths) world.disk(path, 8 * MIB);
  const looks: (readonly string[])[] = [];
  const { scanner } = world.sys;
  const look = (places: readonly string[]) => {
    looks.push(places);
    return scanner.look(places);
  };
  await addDevices({ ...world.sys, scanner: { ...scanner, look } }, adding("vg", paths, { isNew: true }));
  t.same(looks, [paths]);
});

t.test("sizes", async (t) => {
  for (const [size, more, code] of [
    [512 * 1024, {}, "TOO_SMALL"],
    [MIB, {}, "TOO_SMALL"],
    [2 * MIB - 512, {}, "TOO_SMALL"],
    [2 * MIB, {}, "done"],
    [2 * MIB, { layout: { place: { count: 1, length: 2048 } } }, "TOO_SMALL"],
    [3 * MIB, { layout: { place: { count: 1, length: 2048 } } }, "done"],
    [8 * MIB, { layout: { regions: [{ offset: 8, length: 8 }] } }, "BAD_REGION"],
    [8 * MIB, { layout: { regions: [{ offset: 2052, length: 8 }] } }, "BAD_REGION"],
    [8 * MIB, { layout: { regions: [{ offset: 16376, length: 16 }] } }, "BAD_REGION"],
    [8 * MIB, { layout: { regions: [{ offset: 16376, length: 8 }] } }, "done"],
    [8 * MIB, { layout: { data: { offset: 2048, length: 14337 } } }, "BAD_REGION"],
    [8 * MIB, { layout: { data: { offset: 2048, length: 14336 } } }, "done"],
    [8 * MIB, { layout: { data: { offset: 2047, length: 8 } } }, "BAD_REGION"],
  ] as const satisfies readonly (readonly [number, Partial<AddRequest>, string])[]) {
    const world = labelWorld();
    world.disk("/dev/a", size);
    const code_ = await addDevices(world.sys, adding("vg", ["/dev/a"], { isNew: true, ...more })).then(
      () => "done",
      (error) => error.code,
    );
    t.equal(code_, code, `${size} bytes, ${JSON.stringify(more)}`);
    t.equal(
      code_ === "done",
      !world.disks.bytes("/dev/a").every((byte) => byte === 0),
      "written only when done",
    );
  }
});

t.test("data that does not fit blocks of 4096 bytes", async (t) => {
  const world = labelWorld();
  world.disk("/dev/a", 8 * MIB, {}, { logicalBlockSize: 4096 });
  const request = (offset: number) =>
    adding("vg", ["/dev/a"], { isNew: true, layout: { data: { offset, length: 2048 } } });
  await t.rejects(addDevices(world.sys, request(2049)), {
    code: "BAD_REGION",
    message: /blocks of 4096 bytes/,
  });
  await addDevices(world.sys, request(2056));
  t.equal((await findDevices(world.sys, finding("vg"))).devices[0]?.dataStart, 2056);
});

t.test(
  "every signature that is known is refused by name, and wiped on request, the end included",
  async (t) => {
    let places = 0;
    for (const [size, logicalBlockSize] of [
      [65 * MIB, 512],
      [8 * MIB + 7 * 512, 512],
      [8 * MIB + 3 * 4096, 4096],
    ] as const) {
      const [first] = signatures;
      for (const { name, magic, at } of signatures) {
        // Only btrfs reaches far into a device; the others need no large one.
        if (name === first?.name || (size > 16 * MIB && !name.startsWith("btrfs"))) continue;
        const offsets = at(size).filter((offset) => offset >= 0 && offset + magic.length <= size);
        // Of hundreds of places of one kind, some.
        const step = Math.max(1, Math.floor(offsets.length / 4));
        for (const [index, offset] of offsets.entries()) {
          if (index % step !== 0) continue;
          places += 1;
          const world = labelWorld();
          const bytes = world.disk("/dev/a", size, {}, { logicalBlockSize });
          magic.copy(bytes, offset);
          const request = adding("vg", ["/dev/a"], { isNew: true });
          const error = await addDevices(world.sys, request).catch((thrown) => thrown);
          if (error.code !== "SIGNATURE" || !error.message.includes(name))
            t.fail(`${name} at ${offset} of ${size}: ${error.message ?? "was added"}`);
          if (!bytes.subarray(offset, offset + magic.length).equals(magic)) t.fail(`${name}: was touched`);
          const { wiped } = await addDevices(world.sys, { ...request, force: true });
          if (!wiped?.[0]?.signatures.includes(name)) t.fail(`${name}: is not said to be wiped`);
          const device = await world.disks.open("/dev/a", { write: false });
          const left = (await probeSignatures(device)).filter((found) => !found.name.includes("dvm"));
          if (left.length > 0) t.fail(`${name}: ${left[0]?.name} is left`);
          if (magic.equals(bytes.subarray(offset, offset + magic.length)))
            t.fail(`${name} at ${offset}: stands there`);
        }
      }
    }
    t.comment(`states ${places} signatures in their places`);
    t.ok(places > 100);
  },
);

t.test("a device of another VG, of this VG, and one whose label is damaged", async (t) => {
  const world = labelWorld();
  for (const path of ["/dev/a", "/dev/b", "/dev/c"]) world.disk(path, 8 * MIB);
  const { vg } = await addDevices(world.sys, adding("theirs", ["/dev/a", "/dev/b"], { isNew: true }));
  await t.rejects(addDevices(world.sys, adding("mine", ["/dev/a"], { isNew: true })), {
    code: "SIGNATURE",
    message: `/dev/a: has another dvm label (of VG theirs, ${vg.id}); --force wipes it`,
  });
  await t.rejects(addDevices(world.sys, adding("theirs", ["/dev/a"], { force: true })), {
    code: "EXISTS",
    message: /is in VG theirs already/,
  });
  world.disks.bytes("/dev/b").fill(1, 4200, 4300);
  world.disks.bytes("/dev/b").fill(1, 524400, 524500);
  await t.rejects(addDevices(world.sys, adding("mine", ["/dev/b"], { isNew: true })), {
    code: "SIGNATURE",
    message: /^\/dev\/b: has a damaged dvm label; --force wipes it$/,
  });
  await t.rejects(addDevices(world.sys, adding("theirs", ["/dev/c"], { isNew: true })), { code: "EXISTS" });
  await t.rejects(addDevices(world.sys, adding("nobodys", ["/dev/c"])), {
    code: "NOT_FOUND",
    message: /--new begins one$/,
  });
  await t.rejects(addDevices(world.sys, adding("mapper", ["/dev/c"], { isNew: true })), { code: "BAD_NAME" });
  await t.rejects(addDevices(world.sys, adding("mine", ["/dev/c", "/dev/c"], { isNew: true })), {
    code: "USAGE",
    message: /are one device/,
  });
  await addDevices(world.sys, adding("nobodys", ["/dev/c"], { isNew: true }));
  await addDevices(world.sys, adding("mine", ["/dev/a"], { isNew: true, force: true }));
  t.equal((await findDevices(world.sys, finding("mine"))).devices.length, 1);
});

t.test("several devices: all of them or none", async (t) => {
  for (let failing = 0; failing < 3; failing += 1) {
    const paths = ["/dev/a", "/dev/b", "/dev/c"];
    const world = labelWorld();
    for (const path of paths) world.disk(path, 8 * MIB).write("XFSB");
    const before = Buffer.from(world.disks.bytes("/dev/a"));
    // Reads well, fails when it is written to.
    const bad = paths[failing] as string;
    const open = world.sys.disks.open.bind(world.sys.disks);
    const disks: LabelSys["disks"] = {
      identity: (path) => world.sys.disks.identity(path),
      open: async (path, mode) => {
        const device = await open(path, mode);
        if (path !== bad) return device;
        return { ...device, write: () => Promise.reject(Object.assign(new Error("EIO"))) };
      },
    };
    const request = adding("vg", paths, { isNew: true, force: true });
    await t.rejects(addDevices({ ...world.sys, disks }, request));
    for (const path of paths.filter((each) => each !== bad))
      t.ok(world.disks.bytes(path).equals(before), `${path} is as before, its file system included`);
  }
});

t.test("what wipefs knows and we do not is refused and wiped as well", async (t) => {
  const answer = { signatures: [{ device: "a", offset: "0x1400", length: 6, type: "oddfs" }] };
  const asked: string[][] = [];
  const world = labelWorld({
    commands: {
      wipefs: (args) => {
        asked.push([...args]);
        return Buffer.from(JSON.stringify(answer));
      },
    },
  });
  const bytes = world.disk("/dev/a", 8 * MIB);
  bytes.write("oddity", 0x1400);
  world.disk("/dev/b", 8 * MIB);
  const request = adding("vg", ["/dev/a", "/dev/b"], { isNew: true });
  await t.rejects(addDevices(world.sys, request), {
    code: "SIGNATURE",
    message: /^\/dev\/a: has oddfs; --force/,
  });
  t.same(asked[0]?.slice(-3), ["--", "/dev/a", "/dev/b"]);
  const { wiped } = await addDevices(world.sys, { ...request, force: true });
  t.same(wiped, [{ path: "/dev/a", signatures: ["oddfs"] }]);
  t.notOk(bytes.includes("oddity"));
});

t.test("what wipefs alone knows of the last device is refused before the first is written", async (t) => {
  const log: unknown[][] = [];
  const answer = { signatures: [{ device: "b", offset: "0x1400", length: 6, type: "oddfs" }] };
  const world = labelWorld({
    commands: { wipefs: () => Buffer.from(JSON.stringify(answer)) },
    through: (disks) => {
      const recording = recordingDisks(disks);
      log.push(recording.log as unknown[]);
      return recording;
    },
  });
  for (const path of ["/dev/a", "/dev/b"]) world.disk(path, 8 * MIB);
  await t.rejects(addDevices(world.sys, adding("vg", ["/dev/a", "/dev/b"], { isNew: true })), {
    code: "SIGNATURE",
    message: /^\/dev\/b: has oddfs; --force/,
  });
  t.same(log.flat(), [], "neither was written, not even to be put back");
});

t.test("a wipefs that fails is no reason to stop, but is said", async (t) => {
  for (const answer of [
    1,
    Buffer.from("no json"),
    Buffer.from('{"signatures":{}}'),
    Buffer.from('{"signatures":[{}]}'),
  ]) {
    const world = labelWorld({ commands: { wipefs: () => answer } });
    world.disk("/dev/a", 8 * MIB);
    await addDevices(world.sys, adding("vg", ["/dev/a"], { isNew: true }));
    t.match(world.warnings, [/^wipefs: .*only the signatures that dvm itself knows/]);
  }
});

const tools: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["mke2fs", ["-q", "-F", "-t", "ext4"], /ext2, ext3 or ext4 file system/],
  ["mkswap", [], /swap area/],
  ["mkfs.xfs", ["-q", "-f"], /XFS/],
  ["mkfs.btrfs", ["-q", "-f"], /btrfs/],
  ["mkfs.vfat", [], /FAT/],
  ["mkfs.minix", [], /minix/], // which only wipefs knows
];

for (const [tool, args, name] of tools) {
  const missing = spawnSync(tool, ["--help"]).error !== undefined;
  t.test(`what ${tool} makes`, { skip: missing && "not installed" }, async (t) => {
    const path = join(t.testdir({ image: "" }), "image");
    truncateSync(path, 320 * MIB);
    const made = spawnSync(tool, [...args, path], { encoding: "utf8" });
    t.equal(made.status, 0, made.stderr);
    const { sys } = labelWorld();
    const real = {
      ...sys,
      disks: hostDisks({ deadlineMs: 60_000 }),
      scanner: hostScanner,
      processes: hostProcesses,
    };
    const request = adding("vg", [path], { isNew: true, devices: [path] });
    const wipefs = () =>
      spawnSync("wipefs", ["--no-act", "--parsable", path], { encoding: "utf8" }).stdout ?? "";
    await t.rejects(addDevices(real, request), { code: "SIGNATURE", message: name });
    await addDevices(real, { ...request, force: true });
    t.same(wipefs().trim().split("\n").slice(1), [], "nothing that wipefs would see");
    t.notOk(spawnSync("blkid", ["-p", path]).stdout?.length, "nor blkid");
    t.equal((await findDevices(real, finding("vg", { devices: [path] }))).devices.length, 1);
    truncateSync(path, 0);
  });
}

t.test("an LV that LVM2 has made before the VG was dvm's is none of its devices", async (t) => {
  const world = labelWorld();
  const scope = `LVM-${"v".repeat(32)}`;
  world.disk("/dev/a", 8 * MIB);
  await addDevices(world.sys, adding("vg", ["/dev/a"], { isNew: true }));
  world.change("/dev/a", { holders: [{ name: "dm-1", dmUuid: `${scope}${"i".repeat(32)}` }] });
  const bytes = world.disk("/dev/lv", 8 * MIB, { dmUuid: `${scope}${"l".repeat(32)}` });
  for (const force of [false, true])
    await t.rejects(addDevices(world.sys, adding("vg", ["/dev/lv"], { force })), {
      code: "IN_USE",
      message: /^\/dev\/lv: is an LV of VG .* itself$/,
    });
  t.ok(bytes.equals(Buffer.alloc(8 * MIB)), "it is untouched");
  world.change("/dev/lv", { dmUuid: `LVM-${"w".repeat(64)}` });
  await addDevices(world.sys, adding("vg", ["/dev/lv"]));
});
