/**
 * A guest in which dvm runs from the very device that it suspends, and swaps to another one that it suspends
 * too.
 *
 * What keeps the devices suspended is a gate: I/O to the device `vg-slow` is stuck in a device below it, so
 * that suspending vg-slow takes until the script opens the gate. Nothing depends on how fast anything is.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Instruction } from "../../src/schema/index.ts";
import { swapProgram } from "./dm-programs.ts";
import { emptyDisks } from "./empty-disks.ts";

const MIB = 2 ** 20;
const ROOT_MIB = 448;
const SWAP_MIB = 128;
const sectors = (mib: number): number => (mib * MIB) / 512;

/**
 * An image with a file system of executables and all libraries that they map.
 * @param files their paths in it, and where they come from
 */
export function rootImage(directory: string, files: Readonly<Record<string, string>>): string {
  const tree = join(directory, "tree");
  for (const name of ["dev", "proc", "sys", "run"]) mkdirSync(join(tree, name), { recursive: true });
  for (const [path, from] of Object.entries(files)) {
    for (const [to, source] of [[path, from], ...librariesOf(from).map((library) => [library, library])]) {
      mkdirSync(dirname(join(tree, to ?? "")), { recursive: true });
      copyFileSync(source ?? "", join(tree, to ?? ""));
    }
  }
  const [image = ""] = emptyDisks(directory, ROOT_MIB * MIB, "root");
  const env = { PATH: "/usr/sbin:/sbin:/usr/bin:/bin" };
  execFileSync("mke2fs", ["-q", "-t", "ext4", "-d", tree, image], { env });
  rmSync(tree, { recursive: true });
  return image;
}

export const swapImage = (directory: string): string =>
  emptyDisks(directory, SWAP_MIB * MIB, "swap")[0] ?? "";

/** Shared libraries and the dynamic linker; none for what is no dynamic executable. */
function librariesOf(file: string): string[] {
  try {
    const text = execFileSync("ldd", [file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return [...text.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? "");
  } catch {
    return [];
  }
}

/**
 * The program, as text: so many times it waits for a word of the script, loads tables into the devices that
 * hold root, swap and the gate, suspends all three and resumes them.
 */
export function suspendingProgram(times: number): { instructions: Instruction[] } {
  const devices = ["vg-root", "vg-swap", "vg-slow"];
  const tables = [
    `${sectors(ROOT_MIB)} /dev/ubda`,
    `${sectors(SWAP_MIB)} /dev/ubdb`,
    `${sectors(4)} @vg-gate`,
  ].map((text) => text.split(" "));
  const instructions: Instruction[] = [];
  for (let time = 1; time <= times; time += 1) {
    const wait: Instruction = {
      op: "wait-event",
      name: `vg-go${time}`,
      eventNr: time - 1,
      deadlineMs: 120_000,
    };
    instructions.push(wait, { op: "jmp-fail", to: instructions.length + 2 });
    for (const [index, name] of devices.entries()) {
      const [length, device] = tables[index] ?? [];
      const table = [{ start: 0, length: Number(length), type: "linear", params: `${device} 0` }];
      instructions.push({ op: "load", name, table });
    }
    const base = instructions.length;
    const swap = swapProgram(devices).instructions;
    // Once it is done it goes on to the next time instead of ending.
    const done = swap.findIndex(({ op }) => op === "exit");
    for (const [index, each] of swap.entries()) {
      if (index === done) instructions.push({ op: "jmp", to: base + swap.length });
      else instructions.push("to" in each ? { ...each, to: each.to + base } : each);
    }
  }
  return { instructions };
}

/** Shell functions and devices for the scripts of the test. The program is `$PROGRAM`. */
export const prelude = `
set -e
cg=/sys/fs/cgroup
echo +memory >$cg/cgroup.subtree_control
mkdir $cg/run
dmsetup create vg-root --uuid DVM-root --table "0 ${sectors(ROOT_MIB)} linear $DISK0 0"
dmsetup create vg-swap --uuid DVM-swap --table "0 ${sectors(SWAP_MIB)} linear $DISK1 0"
dmsetup create vg-gate --uuid DVM-gate --table "0 ${sectors(4)} zero"
dmsetup create vg-slow --uuid DVM-slow --table "0 ${sectors(4)} linear /dev/mapper/vg-gate 0"
mkswap /dev/mapper/vg-swap >/dev/null
swapon /dev/mapper/vg-swap
mkdir $TMPDIR/root
mount -t ext4 /dev/mapper/vg-root $TMPDIR/root
for directory in dev proc sys run; do mount --rbind /$directory $TMPDIR/root/$directory; done
echo "$PROGRAM" >/run/program.json

is_suspended() { read -r state </sys/block/$1/dm/suspended; [ "$state" = 1 ]; } # dm-0 is root, 1 swap, 3 slow
has_io() { read -r reads writes </sys/block/dm-3/inflight; [ "$reads$writes" != 00 ]; }
lives() { [ -e /proc/$dvm/exe ] || [ "$(cut -d' ' -f3 /proc/$dvm/stat 2>/dev/null)" = D ]; }

start() { # COMMAND...: dvm in a control group of its own
  dmsetup create vg-go1 --uuid DVM-go --table "0 8 zero"
  time=0
  (echo 0 >$cg/run/cgroup.procs; exec "$@" dmexec run /run/program.json >$TMPDIR/result 2>$TMPDIR/errors) &
  dvm=$!
}

close_gate() {
  dmsetup suspend vg-gate
  dd if=/dev/mapper/vg-slow of=/dev/null bs=4k count=1 iflag=direct 2>/dev/null &
  io=$!
  until has_io; do sleep 0.05; done
  time=$((time + 1))
  dmsetup rename vg-go$time vg-go$((time + 1))
  until is_suspended dm-1 || ! lives; do sleep 0.05; done
}

squeeze() { # takes everything away that is not locked
  echo 1G >$cg/run/memory.reclaim 2>/dev/null || :
  echo 3 >/proc/sys/vm/drop_caches
  echo 1G >$cg/run/memory.reclaim 2>/dev/null || :
}

open_gate() { # tells whether dvm comes through
  if is_suspended dm-0 && is_suspended dm-1; then during=true; else during=false; fi
  dmsetup resume vg-gate
  came=true
  polls=0
  while is_suspended dm-0; do
    if is_suspended dm-3 || ! lives; then polls=$((polls + 1)); fi # all that is left to do is to resume
    if [ $polls -gt 30 ]; then came=false; break; fi
    sleep 0.1
  done
  wait $io || :
  echo "SQUEEZED {\\"during\\":$during,\\"came\\":$came}"
}

rescue() { for device in vg-slow vg-swap vg-root; do dmsetup resume $device; done; }

finish() {
  status=0
  wait $dvm || status=$?
  dmsetup remove vg-go$((time + 1))
  for device in dm-0 dm-1 dm-3; do if is_suspended $device; then echo "SUSPENDED $device"; fi; done
  echo "ENDED {\\"status\\":$status,\\"errors\\":\\"$(tr -d '\\n"' <$TMPDIR/errors)\\",\\"result\\":$(tr -d '\\n' <$TMPDIR/result | grep . || echo null)}"
}
`;

/** Runs dvm, with what it holds in memory taken away each time that its devices are suspended. */
export const squeezed = (command: string, times: number): string => `
start ${command}
for _ in $(seq ${times}); do close_gate; squeeze; open_gate; done
finish
`;

/** The same without a lock, for one time: it is stuck, and comes free when somebody else resumes. */
export const stuck = (command: string): string => `
start ${command}
close_gate; squeeze; open_gate
rescue
kill -KILL $dvm
finish
`;

/** Signals come while devices are suspended. If dvm does not outlive them, somebody else resumes. */
export const interrupted = (signals: readonly string[], command: string): string => `
start ${command}
close_gate
${signals.map((signal) => `kill -${signal} $dvm || :`).join("\n")}
open_gate
$came || rescue
finish
`;
