/**
 * On a real kernel: a raid1 is to give way to one of its legs, which fails after that was planned. The raid1
 * stays live, and what the command says to type leads to the leg alone, with all that was written meanwhile.
 */
import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { behindDm, GUEST, goesWell } from "../lib/guest-script.ts";

const SCRIPT = `
${GUEST}${behindDm("$DISK1")}
  configure $DISK0 /dev/mapper/disk
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
  retable "$(partly 0 49152)"
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
`;

t.test("a leg that is to be the last fails while the raid1 gives way to it", (t) =>
  goesWell(t, SCRIPT, emptyDisks(t.testdir({}), 96 << 20, "a", "b")),
);
