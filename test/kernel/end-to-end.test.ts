/** The whole chain on a real kernel with real block devices: make, use, grow, refuse, reboot, find again. */
import { truncateSync } from "node:fs";
import t from "tap";
import { bundle, packaged } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { orNightly } from "../lib/nightly.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const MIB = 2 ** 20;
const SIZE = 192 * MIB;
const GROWN = 256 * MIB;

/** What both boots begin with. `dvm` is the executable under test; devices are named, since ubd is no sd. */
const prelude = (executable: string) => `
  set -e
  dvm() { ${executable} "$@"; }
  expect() { # STATUS COMMAND...
    want=$1; shift
    got=0; "$@" || got=$?
    if [ $got != $want ]; then echo "FAILED: status $got instead of $want: $*"; exit 9; fi
  }
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["$DISK0","$DISK1","$DISK2","$DISK3","$DISK4"]},"common":{"lockDir":"$TMPDIR/lock"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
  none_suspended() { if dmsetup info -c --noheadings -o name,suspended | grep -w Suspended; then exit 8; fi; }
`;

const firstBoot = `
  dvm init vg0 $DISK0 $DISK1 $DISK2 $DISK3
  dvm run vg0 -- create-lv --name root --size 32M
  dvm run vg0 -- create-lv --name fast --size 48M --type striped --stripes 3
  dvm run vg0 -- create-lv --name sa-fe --size 32M --type raid1 --mirrors 1
  none_suspended
  dvm report vg0
  dmsetup table | sort
  until dmsetup status vg0-sa--fe | grep -w "raid1 2 AA"; do :; done

  echo "-- the disks of live LVs are nobody else's"
  in_use() { # ARGUMENTS...
    got=0; said=$("$@" 2>&1) || got=$?
    if [ $got != 3 ] || ! echo "$said" | grep -q "is in use by live LVs\\? vg0/.*: run dvm deactivate vg0 first"; then
      echo "FAILED: $*: status $got: $said"; exit 9
    fi
  }
  for disk in $DISK0 $DISK1 $DISK2; do head -c 2097152 $disk; done | md5sum >$TMPDIR/labels
  in_use dvm init other $DISK0 $DISK1 --force
  in_use dvm import-clone vg0 $DISK0 $DISK1 $DISK2 $DISK3 --name copy
  for disk in $DISK0 $DISK1 $DISK2; do head -c 2097152 $disk; done | md5sum | cmp - $TMPDIR/labels

  mkdir $TMPDIR/mnt
  mke2fs -q -t ext4 /dev/mapper/vg0-root
  mount -t ext4 /dev/mapper/vg0-root $TMPDIR/mnt
  seq 100000 >$TMPDIR/mnt/numbers
  sum=$(sha256sum <$TMPDIR/mnt/numbers)

  echo "-- the plan of an extension, and what the kernel has after it"
  dvm run vg0 --dry-run -- extend-lv --name root --size +32M >$TMPDIR/plan.json
  dmsetup table vg0-root >$TMPDIR/before
  dvm run vg0 -- extend-lv --name root --size +32M
  none_suspended
  dmsetup table vg0-root >$TMPDIR/after
  echo "PLAN $(tr -d '\\n' <$TMPDIR/plan.json)"
  echo "BEFORE $(tr '\\n' ' ' <$TMPDIR/before)"
  echo "AFTER $(tr '\\n' ' ' <$TMPDIR/after)"
  resize2fs /dev/mapper/vg0-root 2>/dev/null >/dev/null
  seq 200000 >$TMPDIR/mnt/more
  [ "$sum" = "$(sha256sum <$TMPDIR/mnt/numbers)" ]

  echo "-- the mirror grows while it is live"
  printf 'before the growth' | dd of=/dev/mapper/vg0-sa--fe conv=fsync 2>/dev/null
  dvm run vg0 -- extend-lv --name sa-fe --size +16M
  none_suspended
  [ "$(blockdev --getsize64 /dev/mapper/vg0-sa--fe)" = ${48 * MIB} ]
  [ "$(head -c 17 /dev/mapper/vg0-sa--fe)" = "before the growth" ]

  echo "-- renamed while it is mounted"
  dvm run vg0 -- rename-lv --name root --to home
  [ -e /dev/mapper/vg0-home ] && [ ! -e /dev/mapper/vg0-root ]

  echo "-- what is mounted is not taken down"
  expect 3 dvm deactivate vg0 home
  expect 3 dvm run vg0 -- remove-lv --name home
  [ "$sum" = "$(sha256sum <$TMPDIR/mnt/numbers)" ]
  none_suspended
  umount $TMPDIR/mnt
  e2fsck -fn /dev/mapper/vg0-home >/dev/null 2>&1
  dvm run vg0 -- remove-lv --name fast

  echo "-- a disk with blocks of 4096 bytes beside those with 512"
  dvm expand vg0 $DISK4 2>&1 | grep "logical blocks of 512 and 4096 bytes"
  block_size() { [ "$(blockdev --getss /dev/mapper/vg0-$1)" = $2 ]; }
  dvm run vg0 -- create-lv --name large --size 16M --pv $DISK4 2>&1 | grep "LV large has logical blocks of 4096"
  block_size large 4096
  dvm run vg0 -- create-lv --name small --size 16M --pv $DISK0
  block_size small 512
  for mixed in "" --allow-mixed-blocks; do
    expect 3 dvm run vg0 -- extend-lv --name small --size +16M --pv $DISK4 $mixed
    expect 3 dvm run vg0 -- move --name small --from $DISK0 --to $DISK4 $mixed
    expect 3 dvm run vg0 -- mirror --name small --mirrors 1 --pv $DISK4
  done
  block_size small 512
  dvm deactivate vg0 small
  expect 3 dvm run vg0 -- extend-lv --name small --size +16M --pv $DISK4
  dvm run vg0 -- extend-lv --name small --size +16M --pv $DISK4 --allow-mixed-blocks
  dvm activate vg0 small
  block_size small 4096
  expect 3 dvm run vg0 -- reduce-lv --name small --size 16M
  [ "$(dvm report vg0 lv --columns name,blockBytes --format csv | grep -c 4096)" = 2 ]
  dvm run vg0 -- remove-lv --name small
  dvm run vg0 -- remove-lv --name large
  dvm reduce vg0 $DISK4
  dvm deactivate vg0
  [ -z "$(dmsetup ls | grep -v '^No devices')" ]
  dvm doctor
`;

const secondBoot = `
  dvm discover list
  dvm activate vg0
  none_suspended

  echo "-- the first disk has grown, and is taken up while its LVs are live"
  dvm resize-pv vg0 $DISK0 | grep "has ${GROWN / MIB - 17} MiB of data, and had ${SIZE / MIB - 17} MiB"
  none_suspended
  mkdir $TMPDIR/mnt
  mount -t ext4 -o ro /dev/mapper/vg0-home $TMPDIR/mnt
  seq 100000 | cmp - $TMPDIR/mnt/numbers
  seq 200000 | cmp - $TMPDIR/mnt/more
  [ "$(head -c 17 /dev/mapper/vg0-sa--fe)" = "before the growth" ]
  umount $TMPDIR/mnt
  dvm deactivate vg0
  dvm export vg0/sa-fe $TMPDIR/safe
  [ "$(head -c 17 $TMPDIR/safe)" = "before the growth" ]
  echo ALL FOUND
`;

const alone = shellQuote(packaged);
const onNode = `node ${shellQuote(bundle)}`;
const made = [["made by the packaged executable, found by the bundle on Node", alone, onNode]] as const;
const all = [...made, ["made by the bundle, found by the packaged executable", onNode, alone]] as const;

for (const [what, maker, finder] of orNightly<readonly (readonly [string, string, string])[]>(made, all)) {
  t.test(`a VG on real block devices, ${what}`, async (t) => {
    if (!requireKernel(t)) return;
    const images = emptyDisks(t.testdir({}), SIZE, "a", "b", "c", "d", "e");
    const disks = images.map((image, index) => ({ image, sectorBytes: index === 4 ? 4096 : 512 }) as const);
    const first = await bootUml({ disks, script: prelude(maker) + firstBoot });
    t.equal(first.status, 0, "first boot", { output: first.output.slice(-6000) });

    const line = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(first.output)?.[1]?.trim() ?? "";
    const planned = tablesLoadedIn(JSON.parse(line("PLAN") || "{}")).get("vg0-root") ?? [];
    t.not(line("BEFORE"), line("AFTER"));
    t.equal(planned.join(" "), line("AFTER"), "the kernel's table is the planned one");

    truncateSync(images[0] ?? "", GROWN);
    const second = await bootUml({ disks, script: prelude(finder) + secondBoot });
    t.equal(second.status, 0, "second boot", { output: second.output.slice(-6000) });
    t.match(second.output, /^ALL FOUND$/m);
  });
}

/** Name -> lines, of every load in any program of a dry run's result. */
function tablesLoadedIn(value: unknown): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== "object") return;
    if ("op" in node && node.op === "load" && "name" in node && "table" in node) {
      const table = node.table as { start: number; length: number; type: string; params: string }[];
      found.set(
        String(node.name),
        table.map(({ start, length, type, params }) => `${start} ${length} ${type} ${params}`),
      );
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(value);
  return found;
}
