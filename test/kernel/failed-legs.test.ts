/**
 * On a real kernel: a leg gets write errors while its LV is in use, again, and is sound in the end; and PVs
 * that are dm devices themselves.
 */
import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { behindDm, GUEST, goesWell } from "../lib/guest-script.ts";

const SCRIPT = `
${GUEST}${behindDm("$DISK1")}
  configure $DISK0 /dev/mapper/disk

  echo "-- PVs that are dm devices"
  dvm init vg $DISK0 /dev/mapper/disk --region-size 1M 2>$TMPDIR/warned
  if grep . $TMPDIR/warned; then exit 7; fi
  dvm run vg -- create-lv --name l --size 8M --pv /dev/mapper/disk
  [ "$(column l state,availability)" = active,complete ]
  dvm doctor
  [ -z "$(dvm recover vg)" ]

  echo "-- a leg fails"
  dvm run vg -- create-lv --name m --size 24M --mirrors 1
  health vg-m AA
  mke2fs -q -t ext4 /dev/mapper/vg-m
  mkdir $TMPDIR/mnt
  mount -t ext4 /dev/mapper/vg-m $TMPDIR/mnt
  seq 100000 >$TMPDIR/mnt/before
  sync
  retable "$(partly 0 49152)"
  seq 200000 >$TMPDIR/mnt/while
  sync
  dmsetup status vg-m | grep -q D
  [ "$(column m state,sync,availability,problems)" = active,,degraded,leg-failed ]
  expect 3 dvm doctor >$TMPDIR/told
  grep "LV m is degraded: the kernel leaves out leg . on /dev/mapper/disk, which has failed: run dvm recover vg$" $TMPDIR/told

  echo "-- it still does"
  expect 3 dvm recover vg 2>$TMPDIR/why
  grep "leg . of LV m on /dev/mapper/disk fails again: dvm run vg -- mirror --name m --mirrors 0 --pv /dev/mapper/disk does without it" $TMPDIR/why

  echo "-- it is sound again, and comes back under the file system"
  retable "$sound"
  dvm recover vg
  seq 300000 >$TMPDIR/mnt/after
  health vg-m AA
  dvm recover vg
  dvm doctor
  [ "$(column m sync,availability,problems)" = 100,complete, ]

  echo "-- it is whole by itself"
  umount $TMPDIR/mnt
  dvm run vg -- mirror --name m --mirrors 0 --pv $DISK0
  e2fsck -fn /dev/mapper/vg-m
  mount -t ext4 /dev/mapper/vg-m $TMPDIR/mnt
  for count in 100000:before 200000:while 300000:after; do
    [ "$(seq \${count%:*} | sha256sum)" = "$(sha256sum <$TMPDIR/mnt/\${count#*:})" ]
  done
  umount $TMPDIR/mnt

  echo "-- an LV that goes down with a failed leg: dm-raid's superblocks tell"
  dvm run vg -- mirror --name m --mirrors 1 --pv $DISK0
  health vg-m AA
  dvm recover vg
  retable "$(partly 0 49152)"
  dd if=/dev/zero of=/dev/mapper/vg-m bs=1M count=1 oflag=direct 2>/dev/null
  dvm deactivate vg m
  [ "$(column m state,sync,availability,problems)" = inactive,,degraded,leg-behind ]
  expect 3 dvm doctor >$TMPDIR/told
  command=$(sed -n 's/.*LV m is degraded: .*: run dvm \\(activate vg m\\), then dvm recover vg$/\\1/p' $TMPDIR/told)
  dvm $command

  echo "-- one that keeps failing is given up, as it is advised"
  expect 3 dvm recover vg 2>$TMPDIR/why
  command=$(sed -n 's/.*fails again: dvm \\(run vg .*\\) does without it.*/\\1/p' $TMPDIR/why)
  dvm $command
  retable "$sound"
  dvm doctor

  echo "-- a disk that cannot be written at all, as it is advised"
  dvm run vg -- mirror --name m --mirrors 1 --pv /dev/mapper/disk
  health vg-m AA
  dvm recover vg
  retable "$broken"
  dd if=/dev/zero of=/dev/mapper/vg-m bs=1M count=1 oflag=direct 2>/dev/null
  expect 3 dvm recover vg 2>$TMPDIR/why
  command=$(sed -n 's/.*: dvm \\(recover vg --without .*\\) goes on without it.*/\\1/p' $TMPDIR/why)
  dvm $command
  retable "$sound"
  expect 3 dvm doctor >$TMPDIR/told
  command=$(sed -n 's/.*LV m is degraded: .*: run dvm \\(recover vg --resync .*\\)$/\\1/p' $TMPDIR/told)
  dvm $command
  health vg-m AA
  dvm recover vg
  dvm doctor
  if dmsetup info -c --noheadings -o name,suspended | grep -w Suspended; then exit 6; fi
  dvm deactivate vg
  dmsetup remove disk
`;

t.test("legs that fail, and PVs that are dm devices", (t) =>
  goesWell(t, SCRIPT, emptyDisks(t.testdir({}), 96 << 20, "a", "b")),
);
