/**
 * On a real kernel: what doctor says to type for copies that are not equal is typed, and makes them equal.
 */
import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { GUEST, goesWell } from "../lib/guest-script.ts";

const SCRIPT = `
${GUEST}
  finds() { # TEXT: doctor ends with 3 and says that
    got=0; dvm doctor >$TMPDIR/told || got=$?
    cat $TMPDIR/told
    [ $got = 3 ] && grep -q "$1" $TMPDIR/told || { echo "FAILED: $got, not $1"; exit 9; }
  }
  configure $DISK0 $DISK1
  dvm init vg $DISK0 $DISK1 --region-size 1M

  echo "-- copies that were not made equal when the LV went down"
  max=$(cat /proc/sys/dev/raid/speed_limit_max)
  for limit in min max; do echo 1 >/proc/sys/dev/raid/speed_limit_$limit; done
  dvm run vg -- create-lv --name m --size 24M --mirrors 1
  dvm deactivate vg m
  finds "LV m is degraded: its copies had not been made equal"
  echo $max >/proc/sys/dev/raid/speed_limit_max
  dvm $(sed -n 's/.*made equal when it was last live: run dvm \\(.*\\), which does that$/\\1/p' $TMPDIR/told)
  until_status vg-m "raid1 2 AA 49152/49152 idle"
  dvm doctor

  echo "-- copies that differ when they are compared"
  device=$(dvm report vg seg --select component=rimage_1 --columns device --format csv | tail -n 1)
  dd if=/dev/urandom of=/dev/mapper/vg-m-rimage_1 bs=1M count=1 seek=4 oflag=direct 2>/dev/null
  dmsetup message vg-m 0 check
  until_status vg-m "raid1 2 AA 49152/49152 idle [1-9]"
  finds "LV m is degraded: [0-9]* sectors differed between its copies"
  scrubs=$(sed -n 's/.*compared: dvm \\(.*\\) tells where; .*/\\1/p' $TMPDIR/told)
  got=0; dvm $scrubs || got=$?
  [ $got = 3 ] || { echo "FAILED: it does not agree, and scrub ends with $got"; exit 9; }
  first=$(sed -n 's/.*make another: run dvm \\(.*\\) --pv DEVICE, then dvm .*/\\1/p' $TMPDIR/told)
  second=$(sed -n 's/.* --pv DEVICE, then dvm \\(.*\\)$/\\1/p' $TMPDIR/told)
  dvm $first --pv $device
  dvm $second
  until_status vg-m "raid1 2 AA 49152/49152 idle 0"
  finds "has been rebuilt"
  dvm $(sed -n 's/.*has been rebuilt.*: run dvm \\(.*\\)$/\\1/p' $TMPDIR/told)
  dvm doctor

  echo "-- a superblock that cannot be read, with which the kernel takes no array"
  sum=$(md5sum </dev/mapper/vg-m)
  set -- $(dmsetup table vg-m-rmeta_0)
  node=$(readlink -f /sys/dev/block/$4)
  start=$5
  dvm deactivate vg
  head -c 4096 /dev/zero | tr '\\0' '\\377' | dd of=/dev/\${node##*/} bs=512 seek=$start conv=notrunc,fsync 2>/dev/null
  finds "the superblock of leg 0 on /dev/\${node##*/} cannot be read"
  if dvm activate vg m; then exit 7; fi
  for way in 1 2 3; do
    dvm $(sed -n "s/.*from the others: run dvm \\(.*\\), then dvm \\(.*\\), then dvm \\(.*\\)$/\\\\$way/p" $TMPDIR/told)
  done
  until_status vg-m "raid1 2 AA 49152/49152 idle 0"
  finds "has been rebuilt"
  dvm recover vg
  dvm doctor
  [ "$(md5sum </dev/mapper/vg-m)" = "$sum" ] || { echo "FAILED: it holds something else"; exit 9; }
  dvm deactivate vg
`;

t.test("copies that are not equal", (t) =>
  goesWell(t, SCRIPT, emptyDisks(t.testdir({}), 96 << 20, "a", "b")),
);
