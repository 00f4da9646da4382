import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "tap";
import { hostDisks } from "../../src/core/host/disk/disks.ts";
import { openUring } from "../../src/core/host/disk/uring.ts";
import { makeMayWriteThrough } from "../../src/core/host/disk/write-through.ts";
import type { Disks } from "../../src/core/port/block.ts";
import { faultyDisks } from "../../src/core/sim/faulty-disks.ts";
import { memoryDisks } from "../../src/core/sim/memory-disks.ts";
import { recordingDisks } from "../../src/core/sim/recording-disks.ts";
import { type BlockWorld, blockContract } from "./block.ts";

const SIZE = 4 * 2 ** 20;
const host = () => hostDisks({ deadlineMs: 60_000 });
const isRoot = process.getuid?.() === 0;

function inMemory(
  logicalBlockSize: number,
  wrap: (disks: Disks) => Disks = (disks) => disks,
  through = false,
): BlockWorld {
  const disks = memoryDisks();
  disks.create("a", SIZE, { logicalBlockSize, through });
  disks.create("b", SIZE, { logicalBlockSize });
  disks.create("nothing", 0);
  disks.create("sealed", SIZE, { logicalBlockSize, readOnly: true });
  disks.alias("also a", "a");
  const names = { path: "a", other: "b", alias: "also a", absent: "c", empty: "nothing", readOnly: "sealed" };
  return { disks: wrap(disks), size: SIZE, logicalBlockSize, through, ...names };
}

function files(t: Test, parent: string): BlockWorld | string {
  let directory: string;
  try {
    directory = mkdtempSync(join(parent, "dvm-block-"));
  } catch {
    return `no directory in ${parent}`;
  }
  t.teardown(() => rmSync(directory, { recursive: true }));
  const at = (name: string) => join(directory, name);
  for (const [name, size] of Object.entries({ a: SIZE, b: SIZE, nothing: 0, sealed: SIZE })) {
    writeFileSync(at(name), "");
    truncateSync(at(name), size);
  }
  chmodSync(at("sealed"), 0o444);
  symlinkSync(at("a"), at("also-a"));
  return {
    disks: host(),
    size: SIZE,
    logicalBlockSize: 512,
    path: at("a"),
    other: at("b"),
    alias: at("also-a"),
    absent: at("c"),
    empty: at("nothing"),
    // ext4 and its like, and tmpfs; on others it is as it is.
    ...([0xef53, 0x01021994].includes(statfsSync(directory).type) && { through: makeMayWriteThrough()() }),
    // Root may write what it likes.
    ...(isRoot ? {} : { readOnly: at("sealed") }),
  };
}

function loops(t: Test, sectorBytes: number): BlockWorld | string {
  if (!isRoot || spawnSync("losetup", ["--version"]).error) return "needs root and losetup";
  const directory = t.testdir({});
  const attach = (name: string, ...options: string[]) => {
    const image = join(directory, name);
    writeFileSync(image, "");
    truncateSync(image, SIZE);
    const command = ["--find", "--show", "--sector-size", String(sectorBytes), ...options, image];
    const device = execFileSync("losetup", command, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    t.teardown(() => execFileSync("losetup", ["--detach", device]));
    return device;
  };
  try {
    const [path, other, readOnly] = [attach("a"), attach("b"), attach("c", "--read-only")];
    const alias = join(directory, "link");
    symlinkSync(path, alias);
    return {
      disks: host(),
      size: SIZE,
      logicalBlockSize: sectorBytes,
      path,
      other,
      readOnly,
      alias,
      excludes: true,
      through: openUring(1) !== undefined && makeMayWriteThrough()(),
    };
  } catch {
    return "no loop devices here";
  }
}

blockContract("in memory", () => inMemory(512));
blockContract("in memory, blocks of 4096", () => inMemory(4096));
for (const through of [false, true]) {
  const how = through ? ", written through" : "";
  blockContract(`recording${how}`, () => inMemory(512, recordingDisks, through));
  blockContract(`faulty, without a fault${how}`, () =>
    inMemory(4096, (disks) => faultyDisks(disks, () => undefined), through),
  );
}
blockContract("image files", (t) => files(t, tmpdir()));
blockContract("image files on a tmpfs", (t) => files(t, "/dev/shm"));
blockContract("loop devices", (t) => loops(t, 512));
blockContract("loop devices, blocks of 4096", (t) => loops(t, 4096));
