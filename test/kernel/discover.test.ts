/**
 * What discover makes of a real kernel's sysfs: partitions, holders, mounts, strange nodes, devices that
 * hang.
 */
import { ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import type { DiscoverList } from "../../src/schema/index.ts";
import { bundle } from "../lib/dvm.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const MIB = 2 ** 20;

/** Image files of 16 MiB; the second one has a partition from 1 MiB on, 8 MiB long. */
function images(t: Test, count: number): string[] {
  const directory = t.testdir({});
  return Array.from({ length: count }, (_, index) => {
    const path = join(directory, `disk${index}.img`);
    const fd = openSync(path, "w");
    ftruncateSync(fd, 16 * MIB);
    if (index === 1) {
      const entry = Buffer.from("00000000830000000008000000400000", "hex");
      writeSync(fd, entry, 0, 16, 446);
      writeSync(fd, Buffer.from("55aa", "hex"), 0, 2, 510);
    }
    return path;
  });
}

const script = `
  set -e
  cat >$TMPDIR/dvm.json <<END
  {"common":{"lockDir":"$TMPDIR/lock","deadlineMs":3000}}
END
  discover() { node ${shellQuote(bundle)} discover -c $TMPDIR/dvm.json "$@"; }
  refused() { # STATUS PATTERN ARGUMENTS...
    want=$1; pattern=$2; shift 2
    got=0; said=$(discover "$@" 2>&1) || got=$?
    if [ $got != $want ] || ! echo "$said" | grep -q "$pattern"; then
      echo "FAILED: status $got instead of $want, or not /$pattern/: $* says: $said"; exit 9
    fi
  }
  part=$DISK1"1"
  [ -b $part ]

  echo "-- a label on a whole disk, on a partition, on a disk with blocks of 4096 bytes"
  discover add vg $DISK0 --with $part --with $DISK6 --new --regions 2 --region-size 1M >/dev/null

  echo "-- a path of a multipath device among the holders of many others"
  for n in $(seq 20); do
    uuid=other-$n; [ $n != 11 ] || uuid=mpath-2
    dmsetup create many$n --uuid $uuid --table "0 8 linear $DISK2 $n"
  done
  refused 0 "a path of the multipath device dm-10" list --all -d $DISK2
  for n in $(seq 20); do dmsetup remove many$n; done

  echo "-- what is in use"
  dmsetup create plain --table "0 8192 linear $DISK2 0"
  refused 3 "is in use by dm-0" add vg $DISK2
  dmsetup create v--1-l --uuid DVM-$(printf '1%.0s' $(seq 64)) --table "0 8 linear $part 0"
  refused 3 "is in use by live LV v-1/l: run dvm deactivate v-1 first" add vg $DISK1 --force
  refused 3 "is in use by live LV v-1/l: run dvm deactivate v-1 first" rm vg $part
  dmsetup remove v--1-l
  dmsetup create mpatha --uuid mpath-1 --table "0 32768 linear $DISK3 0"
  refused 3 "is in use by dm-1" add vg $DISK3 --force
  discover add vg /dev/mapper/mpatha >/dev/null
  mke2fs -q -t ext4 $DISK4 2>/dev/null
  refused 3 "has ext2, ext3 or ext4 file system" add vg $DISK4
  mkdir $TMPDIR/mnt
  mount -t ext4 -o ro $DISK4 $TMPDIR/mnt # else ext4 itself writes there while it is looked at
  refused 3 "is mounted on $TMPDIR/mnt" add vg $DISK4 --force
  refused 3 "is partitioned" add vg $DISK1
  replicate() { node ${shellQuote(bundle)} replicate -c $TMPDIR/dvm.json "$@"; }
  echo '{"regions":[{"path":"'$TMPDIR'/region","offset":0,"length":128}]}' >$TMPDIR/regions.json
  truncate -s 64k $TMPDIR/region
  replicate format $TMPDIR/regions.json >/dev/null
  spared() { # PATTERN DEVICE ARGUMENTS...
    was=$(head -c 2097152 $2 | md5sum)
    got=0; said=$(replicate read $TMPDIR/regions.json "$2" $3 2>&1) || got=$?
    if [ $got != 3 ] || ! echo "$said" | grep -q "$1"; then
      echo "FAILED: read to $2 $3: status $got, not /$1/: $said"; exit 9
    fi
    [ "$was" = "$(head -c 2097152 $2 | md5sum)" ]
  }
  spared "is mounted on" $DISK4 --force
  spared "is in use by dm-0" $DISK2 --force
  spared "is partitioned" $DISK1
  spared "has another dvm label" $part
  spared "has another dvm label" $DISK0
  dmsetup create live --uuid DVM-1 --table "0 8192 linear $DISK9 0"
  spared "is a live LV" /dev/mapper/live
  replicate read $TMPDIR/regions.json /dev/mapper/live --force
  dmsetup remove live
  exec 5<$DISK9
  replicate read $TMPDIR/regions.json $DISK9
  exec 5<&-
  echo '{"regions":[{"path":"'$DISK4'","offset":4096,"length":128}]}' >$TMPDIR/mounted.json
  got=0; said=$(replicate format $TMPDIR/mounted.json --force 2>&1) || got=$?
  if [ $got != 3 ] || ! echo "$said" | grep -q "is mounted on"; then echo "FAILED: $got $said"; exit 9; fi
  blockdev --setro $DISK5
  refused 3 "is read-only" add vg $DISK5
  blockdev --setrw $DISK5
  refused 3 "is in VG vg already" add vg $DISK0

  echo "-- members of an md array, and the array"
  echo md7 >/sys/module/md_mod/parameters/new_array
  md=/sys/block/md7/md
  echo none >$md/metadata_version
  echo raid1 >$md/level
  echo 2 >$md/raid_disks
  for disk in $DISK8 $DISK9; do cat /sys/class/block/$(basename $disk)/dev >$md/new_dev; done
  echo 0 >$md/dev-$(basename $DISK8)/slot
  echo 1 >$md/dev-$(basename $DISK9)/slot
  echo 16000 >$md/component_size
  echo active >$md/array_state
  refused 3 "is in use by md7" add array $DISK8 --new --force
  discover add array /dev/md7 --new >/dev/null
  echo "ARRAY $(discover find array)"

  echo "-- a device that somebody holds exclusively, with nothing in sysfs to say so"
  mkswap $DISK5 >/dev/null
  swapon $DISK5
  refused 3 "is used as swap" add vg $DISK5 --force
  swapoff $DISK5
  refused 3 "has swap area" add vg $DISK5
  discover add vg $DISK5 --force >/dev/null
  [ -z "$(blkid -p $DISK5)" ]
  discover relabel vg --generation 4 --members 5 >/dev/null

  echo "-- second nodes and links"
  mkdir -p /dev/disk/by-id
  ln -s ../../$(basename $DISK0) /dev/disk/by-id/the-first
  mknod $TMPDIR/second b 98 0
  echo "TWICE $(discover list -d $DISK0 -d $TMPDIR/second -d /dev/disk/by-id/the-first)"
  echo '{"discover":{"filter":["a|by-id/the-first|","r|.*|"]}}' >$TMPDIR/filter.json
  echo "FILTERED $(node ${shellQuote(bundle)} discover -c $TMPDIR/filter.json list)"

  dmsetup create bad --table "0 32768 error"
  dmsetup create sleeping --table "0 32768 linear $DISK7 0"
  dmsetup suspend sleeping
  mv /dev/$(basename $DISK5) $TMPDIR/moved
  mknod $DISK5 b 98 0
  echo "ALL $(discover list --all 2>$TMPDIR/said)"
  echo "SAID $(tr '\\n' ' ' <$TMPDIR/said)"
  echo "NAMED $(discover list --all -d /dev/mapper/bad -d /dev/mapper/sleeping -d /dev/mapper/plain 2>/dev/null)"
  refused 3 "is suspended" add vg /dev/mapper/sleeping --force
  dmsetup resume sleeping
  echo "FOUND $(discover find vg 2>/dev/null)"
  umount $TMPDIR/mnt
  dmsetup remove_all

  echo "-- an array that is stopped, of which nothing tells on its members any more"
  echo clear >$md/array_state
  refused 3 "several devices have one id" find array

  echo "-- the partitions of a table that is wiped"
  table() {
    { head -c 446 /dev/zero; printf '\\0\\0\\0\\0\\203\\0\\0\\0\\0\\10\\0\\0\\0\\100\\0\\0'; head -c 48 /dev/zero; printf '\\125\\252'; } |
      dd of=$DISK7 conv=fsync 2>/dev/null
    blockdev --rereadpt $DISK7
    [ -b $DISK7"1" ]
  }
  table
  refused 3 "is partitioned" add other $DISK7 --new
  exec 5<$DISK7"1"
  refused 0 "the kernel keeps the partitions, of which one may be in use" add other $DISK7 --new --force
  [ -b $DISK7"1" ]
  exec 5<&-
  discover rm other $DISK7 >/dev/null
  table
  discover add other $DISK7 --new --force >/dev/null
  [ ! -e $DISK7"1" ]
`;

t.test("sysfs of a real kernel", async (t) => {
  if (!requireKernel(t)) return;
  const disks = images(t, 10).map(
    (image, index) => ({ image, sectorBytes: index === 6 ? 4096 : 512 }) as const,
  );
  const { status, output } = await bootUml({ disks, script });
  t.equal(status, 0, "status of the script", { output: output.slice(-4000) });
  const line = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(output)?.[1] ?? "{}";
  const listed = (name: string) => (JSON.parse(line(name)) as Partial<DiscoverList>).devices ?? [];

  t.same(
    listed("TWICE").map(({ path, dev }) => [path, dev]),
    [["/dev/ubda", "98:0"]],
    "one device, however many nodes and links it has",
  );
  t.same(
    listed("FILTERED").map(({ path }) => path),
    ["/dev/ubda"],
    "a link's name counts in filters",
  );

  const all = new Map(listed("ALL").map((device) => [device.path, device]));
  const expected: readonly (readonly [string, RegExp | undefined])[] = [
    ["/dev/ubda", undefined],
    ["/dev/ubdb", /^partitioned$/],
    ["/dev/ubdb1", undefined],
    ["/dev/ubdc", /^has no label$/],
    ["/dev/ubdd", /^a path of the multipath device dm-1$/],
    ["/dev/ubde", /^has no label$/],
    ["/dev/ubdf", /^its node \/dev\/ubdf leads to another device, 98:0$/],
    ["/dev/loop6", undefined],
    ["/dev/ubdi", /^a member of the md array md7$/],
    ["/dev/ubdj", /^a member of the md array md7$/],
    ["/dev/md7", undefined],
    ["/dev/mapper/mpatha", undefined],
    ["/dev/mapper/plain", /not asked for/],
    ["/dev/mapper/bad", /not asked for/],
    ["/dev/mapper/sleeping", /^is suspended$|not asked for/],
    ["/dev/loop0", /^has no size$/],
  ];
  for (const [path, reason] of expected) {
    const skipped = all.get(path)?.skipped;
    t.ok(all.has(path), `${path} is there`);
    if (reason) t.match(skipped, reason, path);
    else t.equal(skipped, undefined, path);
  }
  t.match(line("SAID"), /ubdf: not used: its node/, "what is wrong is told as well");
  t.same(
    listed("NAMED").map(({ path, skipped }) => [
      path,
      /Input|EIO|suspended|no label/.exec(skipped ?? "")?.[0],
    ]),
    [
      ["/dev/mapper/bad", "EIO"],
      ["/dev/mapper/sleeping", "suspended"],
      ["/dev/mapper/plain", "no label"],
    ],
  );
  t.match(
    JSON.parse(line("ARRAY")).devices,
    [{ path: "/dev/md7", dev: "9:7" }],
    "the array, not its members",
  );
  const found = JSON.parse(line("FOUND"));
  t.same(
    found.devices?.map(({ path, dev }: { path: string; dev: string }) => [path, dev]),
    [
      ["/dev/mapper/mpatha", all.get("/dev/mapper/mpatha")?.dev],
      ["/dev/loop6", "7:6"],
      ["/dev/ubda", "98:0"],
      ["/dev/ubdb1", "98:17"],
    ],
  );
  t.equal(found.missing?.count, 1, "the one whose node leads elsewhere");
  t.same(found.regions?.length, 6, "the regions of three devices; the others have none");
});
