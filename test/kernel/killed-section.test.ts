/**
 * SIGKILL ends dvm in its locked section, while devices are suspended. What is left to do can be told from
 * what is there, so a later command does it: `dvm recover` for a VG, dmactivate and dmexec for any devices.
 */
import t from "tap";
import type { DmDevice, DmState } from "../../src/schema/index.ts";
import { bundle, packaged } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

const MIB = 2 ** 20;
const DISK_MIB = 64;
const SECTORS = (DISK_MIB * MIB) / 512;

/** The executable changes from one kill to the next. */
const onNode = `node ${shellQuote(bundle)}`;
const alone = shellQuote(packaged);

/**
 * The device `held` holds reads or writes of some sectors until it is suspended itself. A read of another
 * device that lies there, or what its file system has yet to write, keeps dvm from going on with that one: it
 * is killed there.
 */
const prelude = `
set -e
suspended() { dmsetup info -c --noheadings -o name,suspended | sed -n 's/:Suspended$//p' | sort; }
half_loaded() { dmsetup info -c --noheadings -o name,tables_loaded | sed -n 's/:Both$//p; s/:Inactive$//p'; }
hold() { # FROM LENGTH READS WRITES: for so many ms
  dmsetup load held <<END
0 $1 linear $DISK1 0
$1 $2 delay $DISK1 $1 $3 $DISK1 $1 $4 $DISK1 $1 0
$(($1 + $2)) $((${SECTORS} - $1 - $2)) linear $DISK1 $(($1 + $2))
END
  swap
}
let_go() { dmsetup load held --table "0 ${SECTORS} linear $DISK1 0"; swap; }
rescue() { for device in $(suspended); do dmsetup resume $device; done; } # for the end of a test that fails
swap() { dmsetup suspend held; dmsetup resume held; }
start_of() { dmsetup table $1 | sed -n '1s/.* //p'; }
sysfs() { echo /sys/block/$(basename $(readlink -f /dev/mapper/$1)); }
read_from() { # DEVICE
  dd if=/dev/mapper/$1 of=/dev/null bs=4k skip=1 count=1 iflag=direct 2>/dev/null &
  reader=$!
  block=$(sysfs $1)
  until read -r reads writes <$block/inflight && [ $reads -gt 0 ]; do sleep 0.05; done
}
wait_for() { # CONDITION: of a process that does not go on
  until { "$@" && sleep 0.2 && "$@"; } || ! kill -0 $dvm 2>/dev/null; do sleep 0.1; done
}
is_locked() { grep -q 'VmLck:.* [1-9][0-9]* kB' /proc/$dvm/status && [ "$(cut -d' ' -f3 /proc/$dvm/stat)" = $1 ]; }
kill_it() { # WHAT: and lets go what is held, which may be what it dies of
  echo "KILLED $1 before=[$(echo $(suspended))]"
  kill -KILL $dvm
  let_go
  status=0
  wait $dvm || status=$?
  wait
  echo "DIED $1 status=$status left=[$(echo $(suspended))]"
}
dmsetup create held --table "0 ${SECTORS} linear $DISK1 0"
`;

const LVS = ["a", "b", "c"];
const batch = (verb: (name: string) => object): string =>
  shellQuote(JSON.stringify({ changes: LVS.map(verb) }));

/** Three LVs are extended in one transaction, which is killed after its commit. */
const vg = `
config='{"discover":{"scan":["'$DISK0'","/dev/mapper/held"]},"common":{"lockDir":"'$TMPDIR'/lock"},"dm":{"backend":"kernel"}}'
echo "$config" >$TMPDIR/dvm.json
export DVM_CONFIG=$TMPDIR/dvm.json
${onNode} init vg $DISK0 /dev/mapper/held --region-size 1M --extent-size 1M >/dev/null 2>&1
${alone} run vg -- create-lv --name a --size 8M --pv /dev/mapper/held >/dev/null
${alone} run vg -- create-lv --name b --size 8M --type raid1 --mirrors 1 >/dev/null
${alone} run vg -- create-lv --name c --size 8M --pv /dev/mapper/held >/dev/null
until dmsetup status vg-b | grep -qw "raid1 2 AA"; do sleep 0.1; done
echo ${batch((name) => ({ verb: "extend-lv", name, size: "+1M" }))} >$TMPDIR/batch
change() { "$@" run vg -- batch $TMPDIR/batch >/dev/null 2>$TMPDIR/errors & dvm=$!; }
recover() { # WHAT COMMAND...
  what=$1; shift
  said=$("$@" recover vg)
  sizes=$(for lv in a b c; do blockdev --getsz /dev/vg/$lv; done)
  echo "SETTLED $what left=[$(echo $(suspended) $(half_loaded))] sizes=[$(echo $sizes)] $(echo "$said" | tr '\\n' ';')"
  rescue
}

mke2fs -q -t ext4 /dev/vg/a
mkdir $TMPDIR/mnt
mount -t ext4 /dev/vg/a $TMPDIR/mnt
sync
hold $(start_of vg-a) 16384 0 600000
echo kept >$TMPDIR/mnt/file
change ${onNode}
is_committed() { is_locked $1 && half_loaded | grep -qx vg-c; }
wait_for is_committed D
kill_it freeze
recover freeze ${alone}
echo "FILE $(cat $TMPDIR/mnt/file)"
echo more >$TMPDIR/mnt/more
umount $TMPDIR/mnt
e2fsck -fn /dev/vg/a >/dev/null 2>&1

begin() { # LV COMMAND...: and stay at that LV
  hold $(start_of vg-$1) 16384 600000 0
  read_from vg-$1
  shift
  change "$@"
  wait_for is_committed S
}
begin c ${alone}
kill_it read
recover read ${onNode}

# It goes on to b, which reads its bitmap when it is resumed.
begin a ${onNode}
hold $(($(start_of vg-b-rmeta_0) + 8)) 8 600000 0
resumes_b() { is_locked D && suspended | grep -qx vg-b; }
wait_for resumes_b
kill_it bitmap
recover bitmap ${alone}
${alone} deactivate vg >/dev/null
`;

/**
 * An origin and two snapshots on that disk: when they are to lie on another one, all six are suspended
 * together.
 */
function snapshots(disk: string): DmState {
  const device = (name: string, length: number, type: string, params: string): DmDevice => ({
    name,
    uuid: `DVM-snap-${name}`,
    table: [{ start: 0, length, type, params }],
  });
  const numbers = [0, 1];
  const devices = [
    device("real", 8192, "linear", `${disk} 0`),
    ...numbers.map((n) => device(`cow${n}`, 4096, "linear", `${disk} ${8192 + n * 4096}`)),
    device("o", 8192, "snapshot-origin", "@real"),
    ...numbers.map((n) => device(`s${n}`, 8192, "snapshot", `@real @cow${n} P 16`)),
  ];
  return { scope: ["DVM-snap-"], devices };
}

/** They go to and fro between two devices over the same sectors. */
const dm = `
dmsetup remove held
dmsetup create held --table "0 ${SECTORS} linear $DISK2 0"
dmsetup create left --table "0 32768 linear /dev/mapper/held 8192"
dmsetup create right --table "0 32768 linear /dev/mapper/held 8192"
DISK1=$DISK2
echo "$LEFT" >$TMPDIR/left
echo "$RIGHT" >$TMPDIR/right
settle() { # COMMAND...: towards $TMPDIR/$to
  "$@" dmexec state --all >$TMPDIR/now
  "$@" dmactivate apply --current $TMPDIR/now --desired $TMPDIR/$to >$TMPDIR/program
}
to=left
settle ${alone}
${alone} dmexec run $TMPDIR/program >/dev/null
echo content | dd of=/dev/mapper/s0 conv=sync,fsync 2>/dev/null
killed_at() { # DEVICE COMMAND...
  device=$1; shift
  if [ $to = left ]; then to=right; else to=left; fi
  settle "$@"
  hold 8200 32760 600000 0 # all but what is read before anything is suspended
  read_from $device
  "$@" dmexec run $TMPDIR/program >/dev/null 2>&1 &
  dvm=$!
  wait_for is_locked S
  kill_it $device
  settle "$@"
  result=$("$@" dmexec run $TMPDIR/program)
  on=$(dmsetup deps -o devname real cow0 cow1 | sed 's/.*(\\(.*\\)).*/\\1/' | sort -u)
  echo "SETTLED $device left=[$(echo $(suspended) $(half_loaded))] on=[$on] $(head -c 7 /dev/mapper/s0)"
  echo "RESULT $device $result"
  rescue
}
killed_at s1 ${alone}
killed_at real ${onNode}
`;

t.test("killed in the locked section", async (t) => {
  if (!requireKernel(t)) return;
  const { status, output } = await bootUml({
    disks: emptyDisks(t.testdir({}), DISK_MIB * MIB, "a", "b", "c"),
    modules: ["dm-mod", "raid1", "dm-raid", "dm-snapshot", "dm-delay"],
    script: prelude + vg + dm,
    env: {
      LEFT: JSON.stringify(snapshots("/dev/mapper/left")),
      RIGHT: JSON.stringify(snapshots("/dev/mapper/right")),
    },
  });
  t.equal(status, 0, "status of the script", { output: output.slice(-4000) });
  const shown = (kind: string) =>
    Object.fromEntries(
      [...output.matchAll(new RegExp(`^${kind} (\\S+) (.*)$`, "gm"))].map(([, what, rest]) => [what, rest]),
    );
  t.strictSame(
    shown("KILLED"),
    {
      freeze: "before=[]",
      read: "before=[]",
      bitmap: "before=[vg-b]",
      s1: "before=[cow0 s0]",
      real: "before=[cow0 cow1 o s0 s1]",
    },
    "it has come to there",
    { output },
  );
  t.strictSame(
    shown("DIED"),
    {
      // What the kernel has begun and cannot break off it ends.
      freeze: "status=137 left=[vg-a]",
      read: "status=137 left=[]",
      bitmap: "status=137 left=[]",
      s1: "status=137 left=[cow0 s0]",
      real: "status=137 left=[cow0 cow1 o s0 s1]",
    },
    "devices are left suspended",
  );
  const settled = shown("SETTLED");
  for (const [what, mib, changed] of [
    ["freeze", 9, "abc"],
    ["read", 10, "c"],
    ["bitmap", 11, "c"],
  ] as const) {
    const sizes = Array.from(LVS, () => mib * (MIB / 512)).join(" ");
    const said = [...changed].map((lv) => `extend vg-${lv} from ${mib - 1} MiB to ${mib} MiB;`).join("");
    t.equal(settled[what], `left=[] sizes=[${sizes}] ${said}`, `dvm recover: ${what}`);
  }
  t.match(output, /^FILE kept$/m, "the file system goes on");
  const results = shown("RESULT");
  for (const [device, on] of [
    ["s1", "right"],
    ["real", "left"],
  ] as const) {
    t.equal(settled[device], `left=[] on=[${on}] content`, `dmactivate and dmexec: ${device}`);
    t.match(JSON.parse(results[device] ?? "{}"), { exit: 0, locked: true }, "with a result");
  }
});
