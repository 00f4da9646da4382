/** Copies come and go, and LVs move, under a mounted file system on a real kernel. */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const SCRIPT = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  refused() { got=0; "$@" || got=$?; [ $got = 3 ] || { echo "status $got instead of 3: $*"; exit 9; }; }
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["$DISK0","$DISK1","$DISK2","$DISK3"]},"common":{"lockDir":"$TMPDIR/lock"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
  copies() { # NAME HEALTH: waits until the legs are that
    for i in $(seq 600); do dmsetup status $1 | grep -qw "raid1 [0-9]* $2" && return; sleep 0.1; done
    dmsetup status $1; exit 8
  }
  whole() {
    if dmsetup info -c --noheadings -o name,suspended | grep -w Suspended; then exit 7; fi
    sync; echo 3 >/proc/sys/vm/drop_caches
    [ "$sum" = "$(sha256sum <$TMPDIR/mnt/numbers)" ]
  }
  dvm init vg $DISK0 $DISK1 $DISK2 $DISK3
  dvm run vg -- create-lv --name a --size 40M --pv $DISK0
  mkdir $TMPDIR/mnt
  mke2fs -q -t ext4 /dev/mapper/vg-a
  mount -t ext4 /dev/mapper/vg-a $TMPDIR/mnt
  seq 2000000 >$TMPDIR/mnt/numbers
  sum=$(sha256sum <$TMPDIR/mnt/numbers)

  echo "-- a linear LV gets a copy"
  dvm run vg -- mirror --name a --mirrors 1 --pv $DISK1
  whole
  copies vg-a AA
  dvm run vg -- mirror --name a --synced
  copies vg-a AA
  whole

  echo "-- and one more; the first goes"
  dvm run vg -- mirror --name a --mirrors 2 --pv $DISK2
  copies vg-a AAA
  dvm run vg -- mirror --name a --synced
  dvm run vg -- mirror --name a --mirrors 1 --pv $DISK0
  copies vg-a AA
  whole
  dmsetup table | sort

  echo "-- a leg moves"
  dvm run vg -- move --name a --from $DISK1 --to $DISK3
  whole
  copies vg-a AAA
  dvm run vg -- move --name a --finish
  copies vg-a AA
  whole

  echo "-- and what is left"
  dvm run vg -- mirror --name a --mirrors 0 --pv $DISK2
  whole
  dvm run vg -- move --name a --from $DISK3 --to $DISK0
  copies vg-a AA
  dvm run vg -- move --name a --abort
  whole
  dvm run vg -- move --name a --from $DISK3 --to $DISK0
  copies vg-a AA
  dvm run vg -- move --name a --finish
  whole
  dmsetup table

  echo "-- a disk is left, and may go"
  dvm evacuate vg $DISK0 --to $DISK3
  whole
  dvm reduce vg $DISK0
  dvm expand vg $DISK0
  whole

  echo "-- it becomes a raid5 and linear again, while it is written"
  write_on() { n=0; while [ ! -e $TMPDIR/enough ]; do n=$((n + 1)); seq $n 50000 >$TMPDIR/mnt/new; sync $TMPDIR/mnt/new; mv $TMPDIR/mnt/new $TMPDIR/mnt/$((n % 7)); sleep 0.2; done; }
  wrote() { for file in $TMPDIR/mnt/[0-6]; do seq $(head -n 1 $file) 50000 | cmp - $file; done; }
  write_on & writer=$!
  dvm run vg -- convert --name a --type raid5 --stripes 2
  whole
  copies vg-a AA
  dvm run vg -- convert --name a --finish
  whole
  array=$(dmsetup table | grep ' raid raid5_ls ' | cut -d: -f1)
  for i in $(seq 600); do dmsetup status $array | grep -qw "AAA" && break; sleep 0.1; done
  leg=$(dmsetup deps -o devname $array | grep -o 'rimage_[0-9]*' | head -n 1 | cut -d_ -f2)
  if dvm run vg -- repair --name a --leg $leg; then exit 9; fi
  dvm leg-state vg --leg a/$leg --state stale
  dvm run vg -- repair --name a --leg $leg
  for i in $(seq 600); do dmsetup status $array | grep -qw "AAA" && break; sleep 0.1; done
  whole
  dvm recover vg
  dvm run vg -- convert --name a --type striped --stripes 2
  copies vg-a AA
  dvm run vg -- convert --name a --abort
  dvm run vg -- convert --name a --type linear
  copies vg-a AA
  dvm run vg -- convert --name a --finish
  touch $TMPDIR/enough
  wait $writer
  whole
  wrote
  dmsetup table vg-a | grep linear
  umount $TMPDIR/mnt
  e2fsck -fn /dev/mapper/vg-a >/dev/null 2>&1

  echo "-- stripes, and nothing that would lose data"
  dvm run vg -- create-lv --name s --size 40M --type striped --stripes 2 --pv $DISK0 --pv $DISK1
  seq 2000000 | head -c 8M | dd of=/dev/mapper/vg-s conv=fsync 2>/dev/null
  sum=$(head -c 8M /dev/mapper/vg-s | sha256sum)
  dvm run vg -- move --name s --from $DISK0 --to $DISK2 --to $DISK3
  copies vg-s AA
  dvm deactivate vg s
  refused dvm run vg -- move --name s --finish
  dvm activate vg s
  copies vg-s AA
  dvm run vg -- move --name s --finish
  [ "$sum" = "$(head -c 8M /dev/mapper/vg-s | sha256sum)" ]
  dmsetup table vg-s
  dvm deactivate vg
  [ -z "$(dmsetup ls | grep -v '^No devices')" ]

  echo "-- content from elsewhere, by a process that is killed"
  leg() { dd if=$1 iflag=direct,skip_bytes,count_bytes bs=64k skip=$(($2 * 512)) count=8M 2>/dev/null | sha256sum; }
  equal() { [ "$(leg $1 $2)" = "$(leg $3 $4)" ]; }
  spoil() { seq 1000 | dd of=$1 bs=512 seek=$(($2 + 8192)) conv=fsync 2>/dev/null; }
  up_and_down() { dvm activate vg $1; copies vg-$1 AA; dvm deactivate vg $1; }
  cut_short() { # NAME: an import killed once it has written some
    node ${shellQuote(bundle)} import vg/$1 - <$TMPDIR/pipe &
    import=$!
    exec 3>$TMPDIR/pipe
    seq 1000000 | head -c 3M >&3
    kill -9 $import
    wait $import || [ $? = 137 ]
    exec 3>&-
  }
  mkfifo $TMPDIR/pipe
  dvm run vg -- create-lv --name r --size 8M --type raid1 --pv $DISK0 --pv $DISK1
  copies vg-r AA
  legs="$DISK0 $(dmsetup table vg-r-rimage_0 | cut -d' ' -f5) $DISK1 $(dmsetup table vg-r-rimage_1 | cut -d' ' -f5)"
  second=$(echo $legs | cut -d' ' -f3,4)
  dvm deactivate vg r
  seq 2000000 | head -c 8M >$TMPDIR/content
  dvm import vg/r $TMPDIR/content
  equal $legs
  spoil $second
  up_and_down r
  if equal $legs; then exit 6; fi # the metadata calls them in sync, so nobody looks
  cut_short r
  up_and_down r
  equal $legs

  echo "-- before any kernel has run the copies"
  dvm run vg -- create-lv --name q --size 8M --type raid1 --pv $DISK0 --pv $DISK1 --inactive
  set -- $(dvm activate vg q --dry-run | grep -o '"params": "[0-9:]* [0-9]*' | cut -d' ' -f4)
  legs="$DISK0 $1 $DISK1 $3"
  cut_short q
  spoil $DISK1 $3
  up_and_down q
  equal $legs
  echo ALL KEPT
`;

t.test("copies and moves under a mounted file system", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 192 * 2 ** 20, "a", "b", "c", "d");
  const { status, output } = await bootUml({ disks, script: SCRIPT });
  t.equal(status, 0, "the boot", { output: output.slice(-6000) });
  t.match(output, /^ALL KEPT$/m);
});
