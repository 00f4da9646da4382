/**
 * On a real kernel: the disk that is copied from gives errors in the middle of a move, and the kernel stops
 * copying for good.
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
  until_status() { # PATTERN
    for i in $(seq 600); do dmsetup status vg-m | grep -qE "$1" && return; sleep 0.1; done
    dmsetup status vg-m; exit 8
  }
  column() { dvm report vg lv --select name=m --columns $1 --format csv | tail -n 1; }
  size=$(blockdev --getsz $DISK0)
  sound="0 $size linear $DISK0 0"
  retable() { dmsetup suspend --nolockfs --noflush disk; echo "$1" | dmsetup load disk; dmsetup resume disk; }
  partly() { # FROM SECTORS: errors for those of what the LV has there
    component=$(dvm report vg seg --select 'device=/dev/mapper/disk && component=~rimage' --columns component --format csv | tail -n 1)
    begin=$(($(dmsetup table vg-m-$component | cut -d' ' -f5) + $1))
    end=$((begin + $2))
    echo "0 $begin linear $DISK0 0"
    echo "$begin $2 error"
    echo "$end $((size - end)) linear $DISK0 $end"
  }
  dmsetup create disk --table "$sound"
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["/dev/mapper/disk","$DISK1"]},"common":{"lockDir":"$TMPDIR/lock"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
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
  until_status "raid1 2 (Aa|aA) .* idle"
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
  until_status "raid1 2 AA 49152/49152 idle"
  exec 7<&-
  dvm run vg -- move --name m --finish
  [ "$(column devices)" = $DISK1 ]
  [ "$(sha256sum </dev/mapper/vg-m)" = "$sum" ]
  dvm doctor

  echo "-- or the move is given up"
  for limit in min max; do echo 1 >/proc/sys/dev/raid/speed_limit_$limit; done
  dvm run vg -- move --name m --from $DISK1
  until_status "raid1 2 Aa .* recover"
  dvm run vg -- move --name m --abort
  [ "$(column devices)" = $DISK1 ]
  [ "$(sha256sum </dev/mapper/vg-m)" = "$sum" ]
  dvm doctor
  dvm deactivate vg
  dmsetup remove disk
  echo ALL WELL
`;

t.test("a copy that has stopped", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 96 << 20, "a", "b");
  const boot = await bootUml({ disks, script: SCRIPT });
  t.equal(boot.status, 0, "all is well", {
    output: boot.output.slice(-6000),
    console: boot.console.slice(-2000),
  });
  t.match(boot.output, /^ALL WELL$/m);
});
