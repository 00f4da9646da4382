/** The scanner over made-up /sys, /proc, /dev and udev directories. */
import assert from "node:assert";
import fs, {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import t from "tap";
import { deviceNumber } from "../../../../src/core/host/scan/mounts.ts";
import { scannerOf } from "../../../../src/core/host/scan/scanner.ts";

interface Fake {
  /** Files by path, with their content; "->" begins a symlink's target. */
  readonly [path: string]: string;
}

function machine(test: { teardown(end: () => void): void }, files: Fake) {
  const root = mkdtempSync(join(tmpdir(), "dvm-sysfs-"));
  test.teardown(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "sys/class/block"), { recursive: true });
  for (const [path, content] of Object.entries({ "proc/self/mountinfo": "", ...files })) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if (content.startsWith("->")) symlinkSync(content.slice(2), full);
    else writeFileSync(full, `${content}\n`);
  }
  const roots = {
    sys: join(root, "sys"),
    proc: join(root, "proc"),
    dev: join(root, "dev"),
    udev: join(root, "udev"),
  };
  /** Nodes cannot be made without root: a name in dev stands for the device of that name. */
  const deviceAt = (path: string): string | undefined => {
    const name = basename(linkAt(path) ?? path);
    const strange = files[`number/${name}`];
    return strange ?? textAt(join(root, "sys/class/block", name.replace("c0d0", "cciss!c0d0"), "dev"));
  };
  const scanner = scannerOf(roots, deviceAt);
  return { root, scanner, scan: () => scanner.scan([]) };
}

/** How many files and directories were read below one, while `work` ran. */
async function readsBelow(root: string, work: () => Promise<unknown>): Promise<number> {
  const { readFileSync, readdirSync, readlinkSync } = fs;
  let reads = 0;
  const counted =
    <A extends readonly unknown[], R>(read: (...args: A) => R) =>
    (...args: A) => {
      if (String(args[0]).startsWith(root)) reads += 1;
      return read(...args);
    };
  Object.assign(fs, {
    readFileSync: counted(readFileSync),
    readdirSync: counted(readdirSync),
    readlinkSync: counted(readlinkSync),
  });
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(fs, { readFileSync, readdirSync, readlinkSync });
    syncBuiltinESMExports();
  }
  return reads;
}

const linkAt = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

const textAt = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
};

/** What sysfs has for a disk. */
const disk = (name: string, dev: string, sectors: number, more: Fake = {}): Fake => {
  const at = `sys/devices/${name}`;
  return {
    [`sys/class/block/${name}`]: `->../../devices/${name}`,
    [`${at}/dev`]: dev,
    [`${at}/size`]: String(sectors),
    [`${at}/ro`]: "0",
    [`${at}/uevent`]: `MAJOR=8\nDEVNAME=${name.replace("!", "/")}\nDEVTYPE=disk`,
    [`${at}/alignment_offset`]: "0",
    [`${at}/queue/optimal_io_size`]: "0",
    ...Object.fromEntries(Object.entries(more).map(([path, content]) => [`${at}/${path}`, content])),
  };
};

t.test("a disk with its sizes, and the alignment that it asks for", async (t) => {
  const { root, scan } = machine(
    t,
    disk("sda", "8:0", 4096, { "queue/optimal_io_size": "65536", alignment_offset: "3584" }),
  );
  const [{ over, openedBy, ...found } = assert.fail("nothing was found")] = await scan();
  t.same(over?.(), []);
  t.same(openedBy?.(), []);
  t.same(found, {
    path: join(root, "dev/sda"),
    aliases: [],
    dev: "8:0",
    size: 4096 * 512,
    readOnly: false,
    holders: [],
    partitioned: false,
    optimalIoSize: 65536,
    alignmentOffset: 3584,
  });
});

t.test("the processes that have a device open are named when somebody asks", async (t) => {
  const { scan } = machine(t, {
    ...disk("sda", "8:0", 2048),
    ...disk("sdb", "8:16", 2048),
    "proc/4711/fd/0": "->/dev/null",
    "proc/4711/fd/3": "->/dev/sda",
    "proc/4711/comm": "dd",
    "proc/5000/fd/0": "->/dev/sda",
    "proc/self/fd/0": "->/dev/sda",
    "proc/cmdline": "x",
  });
  const found = await scan();
  t.same(
    found.map(({ openedBy }) => openedBy?.()),
    [["4711 (dd)", "5000 (?)"], []],
  );
});

t.test("the loop device over a disk is found when somebody asks for it", async (t) => {
  const { root, scan } = machine(t, {
    ...disk("loop3", "7:3", 4096, { "loop/backing_file": "" }),
    ...disk("loop4", "7:4", 0),
    ...disk("sda", "8:0", 4096),
    ...disk("sdb", "8:16", 4096),
  });
  const found = await scan();
  writeFileSync(join(root, "sys/devices/loop3/loop/backing_file"), `${join(root, "dev/sda")}\n`);
  t.same(
    found.map(({ path, holders, over }) => [basename(path), holders, over?.()]),
    [
      ["loop3", [], []],
      ["loop4", [], []],
      ["sda", [], [{ name: "loop3" }]],
      ["sdb", [], []],
    ],
  );
});

t.test("what the machine has beside them is read once for all devices that are looked at", async (t) => {
  const LOOPS = 40;
  const IMAGES = 30;
  const loops = Array.from({ length: LOOPS }, (_, at) =>
    disk(`loop${at}`, `7:${at}`, 8, { "loop/backing_file": "/elsewhere" }),
  );
  const images = Array.from({ length: IMAGES }, (_, at) => `images/${at}`);
  const { root, scanner } = machine(
    t,
    Object.assign({}, ...loops, ...images.map((path) => ({ [path]: "x" }))),
  );
  const readsFor = (paths: readonly string[]) =>
    readsBelow(root, async () => {
      const found = await scanner.look(paths.map((path) => join(root, path)));
      t.same(
        found.map(({ path, over }) => [path, over?.()]),
        paths.map((path) => [join(root, path), []]),
      );
    });
  const one = await readsFor(images.slice(0, 1));
  t.ok(one > LOOPS, "each loop device was asked what stands behind it");
  t.equal(await readsFor(images), one, "and no more often for many devices than for one");
});

t.test("a partitioned disk and its partition, which shares the disk's holders and hints", async (t) => {
  const { scan } = machine(t, {
    ...disk("sda", "8:0", 4096, {
      "sda1/partition": "1",
      "sda1/dev": "8:1",
      "sda1/size": "2048",
      "sda1/ro": "0",
      "sda1/holders/dm-1": "",
      "holders/dm-0": "",
      "queue/optimal_io_size": "4096",
    }),
    ...disk("dm-0", "253:0", 4096, { "dm/uuid": "mpath-1", "dm/name": "mpatha", "slaves/sda": "" }),
    ...disk("dm-1", "253:1", 8, { "dm/uuid": `DVM-${"1".repeat(64)}`, "dm/name": "vg-l" }),
    "sys/class/block/sda1": "->../../devices/sda/sda1",
  });
  const [dm, , whole, part] = await scan();
  t.match(dm, { dmUuid: "mpath-1", partitioned: false });
  t.same(dm?.below?.(), [{ name: "sda" }], "what it stands on");
  t.same(
    whole?.over?.().map(({ name, dmUuid, dmName }) => [name, dmUuid, dmName?.()]),
    [["dm-1", `DVM-${"1".repeat(64)}`, "vg-l"]],
    "what is built on its partition",
  );
  t.match(whole, { partitioned: true, holders: [{ name: "dm-0", dmUuid: "mpath-1" }] });
  t.match(part, {
    partitioned: false,
    size: 2048 * 512,
    optimalIoSize: 4096,
    holders: [{ name: "dm-1" }, { name: "dm-0", dmUuid: "mpath-1" }],
  });
});

t.test("a dm device goes by its name in /dev/mapper when it has one there", async (t) => {
  const { root, scan } = machine(t, {
    ...disk("dm-0", "253:0", 4096, { "dm/uuid": "CRYPT-1", "dm/name": "secret" }),
    ...disk("dm-1", "253:1", 4096, { "dm/name": "other" }),
    "dev/mapper/secret": "->../dm-0",
  });
  const [named, bare] = await scan();
  t.equal(named?.path, join(root, "dev/mapper/secret"));
  t.same(named?.aliases, [join(root, "dev/dm-0")]);
  t.equal(bare?.path, join(root, "dev/dm-1"));
  t.equal(bare?.dmUuid, "", "a dm device without a uuid is one all the same");
});

t.test("symlinks and udev's links are aliases, and udev's findings are kept", async (t) => {
  const { root, scan } = machine(t, {
    ...disk("sdb", "8:16", 4096),
    ...disk("sdc", "8:32", 4096),
    "dev/disk/by-id/wwn-1": "->../../sdb",
    "dev/disk/by-path/pci-1": "->../../sdb",
    "udev/b8:16": "S:disk/by-id/wwn-1\nS:my/disk\nE:ID_FS_TYPE=linux_raid_member",
    "udev/b8:32": "E:ID_FS_TYPE=xfs\nE:DM_MULTIPATH_DEVICE_PATH=1",
  });
  const [sdb, sdc] = await scan();
  t.same(
    [...(sdb?.aliases ?? [])].sort(),
    ["disk/by-id/wwn-1", "disk/by-path/pci-1", "my/disk"].map((name) => join(root, "dev", name)),
  );
  t.equal(sdb?.fsType, "linux_raid_member");
  t.equal(sdc?.fsType, "mpath_member");
});

t.test(
  "without sysfs or procfs there is no telling which devices there are, nor what uses them",
  async (t) => {
    for (const gone of ["sys", "sys/class/block", "proc", "proc/self/mountinfo"]) {
      const { root, scanner } = machine(t, { ...disk("sda", "8:0", 4096), image: "" });
      rmSync(join(root, gone), { recursive: true });
      const path = gone.startsWith("sys") ? "sys/class/block" : "proc/self/mountinfo";
      await t.rejects(scanner.scan([]), {
        code: "IO",
        message: `${join(root, path)}: cannot be read: ENOENT`,
      });
      t.equal((await scanner.scan([join(root, "image")])).length, 1, "an image has nothing to do with them");
    }
  },
);

t.test("mounted and swap devices", async (t) => {
  const { scan } = machine(t, {
    ...disk("sda", "8:0", 4096),
    "proc/self/mountinfo":
      "22 27 0:21 / /proc rw - proc proc rw\n30 1 8:0 / /mnt/with\\040space rw,relatime shared:1 - " +
      "ext4 /dev/none rw",
    "proc/swaps": "Filename Type Size Used Priority",
  });
  t.equal((await scan())[0]?.mountedOn, "/mnt/with space");
});

t.test("disks come in the order of their numbers, and ! in a name is a slash", async (t) => {
  const { root, scan } = machine(t, {
    ...disk("sd10", "8:10", 8),
    ...disk("sd9", "8:9", 8),
    ...disk("cciss!c0d0", "104:0", 8),
  });
  t.same(
    (await scan()).map(({ path }) => path),
    ["cciss/c0d0", "sd9", "sd10"].map((name) => join(root, "dev", name)),
  );
});

t.test("a node that is left over from another device is not used", async (t) => {
  const { root, scan } = machine(t, {
    ...disk("sda", "8:0", 4096),
    ...disk("sdb", "8:16", 4096),
    ...disk("sdc", "8:32", 4096),
    "dev/disk/by-id/wwn-2": "->../../sdb",
    "number/sda": "8:64",
    "number/sdc": "",
  });
  const [sda, sdb, sdc] = await scan();
  t.equal(sda?.unreachable, `its node ${join(root, "dev/sda")} leads to another device, 8:64`);
  t.notOk(sdb && "unreachable" in sdb);
  t.match(sdc?.unreachable, /leads to another device/);
});

t.test("a link that leads to the device is used when its node does not", async (t) => {
  const { root, scan } = machine(t, {
    ...disk("sdb", "8:16", 4096),
    "number/sdb": "8:64",
    "number/wwn-2": "8:16",
    "udev/b8:16": "S:disk/by-id/wwn-2",
  });
  const [sdb] = await scan();
  t.equal(sdb?.path, join(root, "dev/disk/by-id/wwn-2"));
  t.same(sdb?.aliases, [join(root, "dev/sdb")]);
});

t.test("devices that do not answer are known beforehand, as far as drivers tell", async (t) => {
  const rows = [
    ["dm-0", { "dm/name": "a", "dm/suspended": "1" }, "is suspended"],
    ["dm-1", { "dm/name": "b", "dm/suspended": "0" }, undefined],
    ["nvme0n1", { "device/state": "live" }, undefined],
    ["nvme1n1", { "device/state": "dead" }, 'does not answer: its state is "dead"'],
    ["sda", { "device/state": "running" }, undefined],
    ["sdb", { "device/state": "transport-offline" }, 'does not answer: its state is "transport-offline"'],
    ["sdc", { "device/state": "blocked" }, 'does not answer: its state is "blocked"'],
    ["sdd", { "device/state": "offline" }, 'does not answer: its state is "offline"'],
    ["sde", { "device/state": "deleted" }, 'does not answer: its state is "deleted"'],
  ] as const;
  const { scan } = machine(
    t,
    Object.assign({}, ...rows.map(([name, more], index) => disk(name, `9:${index}`, 8, more))),
  );
  t.same(
    (await scan()).map(({ unreachable }) => unreachable),
    rows.map(([, , expected]) => expected),
  );
});

t.test("a device that was suspended for a moment only is used", async (t) => {
  const { root, scan } = machine(t, disk("dm-0", "9:0", 8, { "dm/name": "a", "dm/suspended": "1" }));
  const scanned = scan();
  setImmediate(() => writeFileSync(join(root, "sys/devices/dm-0/dm/suspended"), "0\n"));
  const [dm] = await scanned;
  t.notOk(dm && "unreachable" in dm);
});

t.test("a machine without sysfs has no disks", async (t) => {
  t.same(await machine(t, {}).scan(), []);
});

t.test("device numbers as stat gives them", async (t) => {
  for (const [rdev, number] of [
    [0x0810, "8:16"],
    [0xfd00, "253:0"],
    [0x100310, "3:272"],
    [0x12fff0, "767:496"],
  ] as const) {
    t.equal(deviceNumber(rdev), number);
  }
});
