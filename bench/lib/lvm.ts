/** lvm2 as the peer: its metadata work on loop devices, without device-mapper (`--driverloaded n`). */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { run } from "./measure.ts";

export interface Lvm {
  /** Runs one lvm command. @returns stdout */
  readonly lvm: (args: readonly string[], keep?: boolean) => string;
  /** Runs commands in one lvm shell. */
  readonly shell: (lines: readonly string[]) => void;
  readonly devices: readonly string[];
}

/** A VG `peer` of these loop devices, with metadata on each. */
export function makePeer(
  directory: string,
  devices: readonly string[],
  { metadataSize = "1m", extentSize = "4m" } = {},
): Lvm {
  const system = join(directory, "lvm");
  mkdirSync(system, { recursive: true });
  const filter = [...devices.map((device) => `"a|^${device}$|"`), '"r|.*|"'].join(", ");
  writeFileSync(
    join(system, "lvm.conf"),
    `devices { filter = [ ${filter} ] use_devicesfile = 0 external_device_info_source = "none" obtain_device_list_from_udev = 0 md_component_detection = 0 multipath_component_detection = 0 scan_lvs = 0 }
activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
backup { backup = 0 archive = 0 }
global { use_lvmpolld = 0 locking_dir = "${system}/lock" event_activation = 0 }
`,
  );
  const env = { LVM_SYSTEM_DIR: system, LVM_SUPPRESS_FD_WARNINGS: "1" };
  const lvm: Lvm["lvm"] = ([command = "", ...args], keep = false) =>
    run(["lvm", command, "--driverloaded", "n", ...args], { env, keep });
  lvm(["pvcreate", "-q", "--metadatasize", metadataSize, ...devices]);
  lvm(["vgcreate", "-q", "-s", extentSize, "peer", ...devices]);
  const shell: Lvm["shell"] = (lines) => void run(["lvm"], { env, input: `${lines.join("\n")}\n` });
  return { lvm, shell, devices };
}

export const lacksLvm = (): string | undefined =>
  process.getuid?.() !== 0
    ? "loop devices need root"
    : spawnSync("lvm", ["version"]).error
      ? "no lvm (Debian package lvm2)"
      : undefined;

/**
 * Adds LVs of one extent each by writing the text into the metadata area of every PV, since that many
 * lvcreate would take hours, and so would vgcfgrestore.
 */
export function writeLvs(directory: string, { lvm, devices }: Lvm, count: number): void {
  const file = join(directory, "peer.vg");
  lvm(["vgcfgbackup", "-f", file, "peer"]);
  const backup = readFileSync(file, "utf8");
  // On the disk the VG's section comes first; the brace that closes it is the last one alone at the left.
  const begin = backup.indexOf("\npeer {") + 1;
  const end = backup.lastIndexOf("\n}\n") + 1;
  if (begin <= 0 || end <= begin) throw new Error("vgcfgbackup gives another text than it did");
  const lvs = Array.from({ length: count }, (_, index) => lvText(index)).join("");
  const text = Buffer.from(
    `${backup.slice(begin, end)}logical_volumes {\n${lvs}}\n}\ncontents = "Text Format Volume ` +
      `Group"\nversion = 1\n\0`,
  );
  for (const device of devices) writeText(device, text);
  const { length } = lvm(["lvs", "--noheadings", "-o", "lv_name", "peer"], true).trim().split("\n");
  if (length !== count) throw new Error(`lvm sees ${length} LVs instead of ${count}`);
}

/** Where the header of a metadata area is, and what is in it (lib/format_text/layout.h of lvm2). */
const AREA = 4096;
const HEADER = { bytes: 512, crcFrom: 4, magic: " LVM2 x[5A%r0N*>", magicAt: 4, sizeAt: 32, locationAt: 40 };

function writeText(device: string, text: Buffer): void {
  const fd = openSync(device, "r+");
  try {
    const header = Buffer.alloc(HEADER.bytes);
    readSync(fd, header, 0, header.length, AREA);
    const { magic, magicAt, sizeAt, locationAt } = HEADER;
    const room = Number(header.readBigUInt64LE(sizeAt)) - HEADER.bytes;
    if (header.toString("latin1", magicAt, magicAt + magic.length) !== magic || text.length > room / 2)
      throw new Error(`${device} has no metadata area with room for ${text.length} bytes`);
    header.writeBigUInt64LE(BigInt(HEADER.bytes), locationAt);
    header.writeBigUInt64LE(BigInt(text.length), locationAt + 8);
    header.writeUInt32LE(lvmCrc(text), locationAt + 16);
    header.writeUInt32LE(lvmCrc(header.subarray(HEADER.crcFrom)), 0);
    writeSync(fd, text, 0, text.length, AREA + HEADER.bytes);
    writeSync(fd, header, 0, header.length, AREA);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** CRC-32 with a beginning of its own and no inversion. */
function lvmCrc(bytes: Buffer): number {
  let crc = 0xf597a6cf;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return crc >>> 0;
}

const lvText = (index: number): string => `lv${index} {
id = "${idOf(index)}"
status = ["READ", "WRITE", "VISIBLE"]
flags = []
creation_time = 1700000000
creation_host = "bench"
segment_count = 1
segment1 {
start_extent = 0
extent_count = 1
type = "striped"
stripe_count = 1
stripes = [ "pv${index % 4}", ${Math.floor(index / 4)} ]
}
}
`;

function idOf(index: number): string {
  const word = `lv${String(index).padStart(30, "0")}`;
  return [6, 10, 14, 18, 22, 26].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, word);
}
