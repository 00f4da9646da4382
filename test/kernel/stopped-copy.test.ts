/**
 * On a real kernel: the disk that is copied from gives errors in the middle of a move, and the kernel stops
 * copying for good.
 */
import t from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
import { behindDm, GUEST, goesWell } from "../lib/guest-script.ts";

const SCRIPT = `
${GUEST}${behindDm("$DISK0")}
  configure /dev/mapper/disk $DISK1
  dvm init vg /dev/mapper/disk $DISK1 --region-size 1M
  dvm run vg -- create-lv --name m --size 24M --pv /dev/mapper/disk
  seq 3000000 | dd of=/dev/mapper/vg-m bs=1M iflag=fullblock oflag=direct conv=sync 2>/dev/null
  sum=$(sha256sum </dev/mapper/vg-m)

  echo "-- the kernel stops"
  max=$(cat /proc/sys/dev/raid/speed_limit_max)
  for limit in min max; do echo 1 >/proc/sys/dev/raid/speed_limit_$limit; done
  dvm run vg -- move --name m --from /dev/mapper/disk
  retable "$(partly 40960 8192)"
  echo $max >/proc/sys/dev/raid/speed_limit_max
  until_status vg-m "raid1 2 (Aa|aA) .* idle"
  dmsetup status vg-m
  expect 3 dvm doctor >$TMPDIR/told
  cat $TMPDIR/told
  command=$(sed -n 's/.*nothing is being done about it: run dvm \\(recover vg\\)$/\\1/p' $TMPDIR/told)

  echo "-- the disk still gives errors, and no less"
  retable "$(partly 0 49152)"
  expect 3 dvm $command 2>$TMPDIR/why
  cat $TMPDIR/why
  grep "dvm run vg -- move --name m --abort gives the move up" $TMPDIR/why

  echo "-- it is sound again: the copy is made while the LV is in use"
  retable "$sound"
  exec 7</dev/mapper/vg-m
  dvm $command
  until_status vg-m "raid1 2 AA 49152/49152 idle"
  exec 7<&-
  dvm run vg -- move --name m --finish
  [ "$(column m devices)" = $DISK1 ]
  [ "$(sha256sum </dev/mapper/vg-m)" = "$sum" ]
  dvm doctor

  echo "-- or the move is given up"
  for limit in min max; do echo 1 >/proc/sys/dev/raid/speed_limit_$limit; done
  dvm run vg -- move --name m --from $DISK1
  until_status vg-m "raid1 2 Aa .* recover"
  dvm run vg -- move --name m --abort
  [ "$(column m devices)" = $DISK1 ]
  [ "$(sha256sum </dev/mapper/vg-m)" = "$sum" ]
  dvm doctor
  dvm deactivate vg
  dmsetup remove disk
`;

t.test("a copy that has stopped", (t) => goesWell(t, SCRIPT, emptyDisks(t.testdir({}), 96 << 20, "a", "b")));
