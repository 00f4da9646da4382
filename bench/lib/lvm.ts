/** lvm2 as the peer: its metadata work on loop devices, without device-mapper (`--driverloaded n`). */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
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

/** Adds LVs of one extent each by restoring a text, since that many lvcreate would take hours. */
export function restoreLvs(directory: string, { lvm }: Lvm, count: number): void {
  const file = join(directory, "peer.vg");
  lvm(["vgcfgbackup", "-f", file, "peer"]);
  const before = run(["cat", file], { keep: true });
  const end = endOfVg(before);
  if (end <= 0) throw new Error("no end in vgcfgbackup's text");
  const lvs = Array.from({ length: count }, (_, index) => lvText(index)).join("");
  writeFileSync(file, `${before.slice(0, end)}logical_volumes {\n${lvs}}\n${before.slice(end)}`);
  lvm(["vgcfgrestore", "-q", "-f", file, "peer"]);
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

/** The brace that closes the VG's section: the last one that stands alone at the left. */
const endOfVg = (text: string): number => text.lastIndexOf("\n}\n") + 1;
