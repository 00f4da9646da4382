/**
 * On a real kernel: a raid1 is to give way to one of its legs, which fails after that was planned. The raid1
 * stays live, and what the command says to type leads to the leg alone, with all that was written meanwhile.
 */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const SCRIPT = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  expect() { # STATUS COMMAND...
    want=$1; shift
    got=0; "$@" || got=$?
    if [ $got != $want ]; then echo "FAILED: status $got instead of $want: $*"; exit 9; fi
  }
  health() { # NAME LETTERS: waits until the legs are that
    for i in $(seq 600); do dmsetup status $1 | grep -qw "raid1 [0-9]* $2" && return; sleep 0.1; done
    dmsetup status $1; exit 8
  }
  column() { dvm report vg lv --select name=$1 --columns $2 --format csv | tail -n 1; }
  size=$(blockdev --getsz $DISK1)
  sound="0 $size linear $DISK1 0"
  retable() { dmsetup suspend --nolockfs --noflush disk; echo "$1" | dmsetup load disk; dmsetup resume disk; }
  partly() { # errors for what the leg has there, and for nothing else
    component=$(dvm report vg seg --select 'lv=m && device=/dev/mapper/disk && component=~rimage' --columns component --format csv | tail -n 1)
    begin=$(dmsetup table vg-m-$component | cut -d' ' -f5)
    end=$((begin + 49152))
    echo "0 $begin linear $DISK1 0"
    echo "$begin 49152 error"
    echo "$end $((size - end)) linear $DISK1 $end"
  }
  dmsetup create disk --table "$sound"
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["$DISK0","/dev/mapper/disk"]},"common":{"lockDir":"$TMPDIR/lock"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
  dvm init vg $DISK0 /dev/mapper/disk --region-size 1M
  dvm run vg -- create-lv --name m --size 24M --mirrors 1
  health vg-m AA
  # Nothing is to be written before somebody asks for it.
  echo 0 >/proc/sys/vm/dirty_writeback_centisecs
  mke2fs -q -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 /dev/mapper/vg-m
  mkdir $TMPDIR/mnt
  mount -t ext4 -o commit=10000,noinit_itable /dev/mapper/vg-m $TMPDIR/mnt
  seq 100000 >$TMPDIR/mnt/before
  sync

  echo "-- what is written last goes to the leg that is to stay, and fails there"
  retable "$(partly)"
  seq 200000 >$TMPDIR/mnt/while
  expect 7 dvm run vg -- mirror --name m --mirrors 0 --pv $DISK0 2>$TMPDIR/why
  grep "vg-m stays on all of its legs: .*once its device gives no errors, dvm recover has the kernel rebuild it, and a later one does the rest" $TMPDIR/why
  health vg-m "[AD]*D[AD]*"
  [ "$(column m state,availability)" = differs,unknown ]
  expect 3 dvm doctor
  seq 250000 >$TMPDIR/mnt/later
  sync

  echo "-- it still fails"
  expect 7 dvm recover vg
  health vg-m "[AD]*D[AD]*"

  echo "-- its device is back: the kernel takes it back and rebuilds it"
  retable "$sound"
  expect 7 dvm recover vg
  health vg-m AA
  dvm recover vg
  dmsetup table vg-m | grep " linear "
  dvm doctor
  seq 300000 >$TMPDIR/mnt/after
  umount $TMPDIR/mnt
  e2fsck -fn /dev/mapper/vg-m
  mount -t ext4 /dev/mapper/vg-m $TMPDIR/mnt
  for count in 100000:before 200000:while 250000:later 300000:after; do
    [ "$(seq \${count%:*} | sha256sum)" = "$(sha256sum <$TMPDIR/mnt/\${count#*:})" ]
  done
  umount $TMPDIR/mnt
  dvm deactivate vg
  dmsetup remove disk
  echo ALL WELL
`;

t.test("a leg that is to be the last fails while the raid1 gives way to it", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 96 << 20, "a", "b");
  const boot = await bootUml({ disks, script: SCRIPT });
  t.equal(boot.status, 0, "all is well", {
    output: boot.output.slice(-6000),
    console: boot.console.slice(-2000),
  });
  t.match(boot.output, /^ALL WELL$/m);
});
