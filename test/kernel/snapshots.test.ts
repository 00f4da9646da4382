/** Snapshots on a real kernel: taken, written, grown, merged, removed, too full; two at one instant. */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

const script = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  expect() { # STATUS COMMAND...
    want=$1; shift
    got=0; "$@" 2>$TMPDIR/err || got=$?
    if [ $got != $want ]; then echo "FAILED: status $got instead of $want: $*"; cat $TMPDIR/err; exit 9; fi
  }
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["$DISK0","$DISK1"]},"common":{"lockDir":"$TMPDIR/lock"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
  put() { printf '%s' "$2" | dd of=/dev/mapper/$1 bs=4096 seek=$3 conv=sync,notrunc oflag=direct 2>/dev/null; }
  shows() { dd if=/dev/mapper/$1 bs=4096 skip=$2 count=1 iflag=direct 2>/dev/null | tr -d '\\0'; }
  is() { if [ "$(shows $1 $2)" != "$3" ]; then echo "FAILED: $1 at $2 shows $(shows $1 $2), not $3"; exit 9; fi; }
  none_suspended() { if dmsetup info -c --noheadings -o name,suspended | grep -w Suspended; then exit 8; fi; }

  dvm init vg $DISK0 $DISK1 --region-size 1M --extent-size 256k
  dvm create-lv vg --name data --size 8M
  put vg-data old 0; put vg-data old 1000

  echo "-- taken, and each shows its own"
  dvm snapshot vg/snap --origin data --size 1M
  none_suspended
  put vg-data new 0
  put vg-snap mine 1000
  is vg-data 0 new; is vg-snap 0 old; is vg-data 1000 old; is vg-snap 1000 mine
  dvm report vg lv --columns name,type,state,fill,problems --format csv

  echo "-- read without the kernel, and up again"
  sha256sum </dev/mapper/vg-snap >$TMPDIR/live
  dvm deactivate vg
  dvm export vg/snap - | sha256sum | cmp - $TMPDIR/live
  dvm activate vg
  sha256sum </dev/mapper/vg-snap | cmp - $TMPDIR/live

  echo "-- the store grows while it is written"
  dvm extend-lv vg/snap --size 4M
  none_suspended
  dd if=/dev/urandom of=/dev/mapper/vg-data bs=64k count=32 seek=32 oflag=direct 2>/dev/null
  sha256sum </dev/mapper/vg-snap | cmp - $TMPDIR/live
  dmsetup status vg-snap

  echo "-- what has users stays, and is merged only when nobody looks"
  expect 3 dvm remove-lv vg/data
  exec 3</dev/mapper/vg-snap
  expect 3 dvm merge vg/snap
  exec 3<&-
  exec 3</dev/mapper/vg-data
  expect 3 dvm merge vg/snap
  exec 3<&-
  is vg-data 0 new
  dvm merge vg/snap
  none_suspended
  is vg-data 0 old; is vg-data 1000 mine
  sha256sum </dev/mapper/vg-data | cmp - $TMPDIR/live
  until dvm merge vg/snap --finish 2>$TMPDIR/err; do grep -q WOULD_LOSE_DATA $TMPDIR/err || { cat $TMPDIR/err; exit 9; }; done
  none_suspended
  sha256sum </dev/mapper/vg-data | cmp - $TMPDIR/live
  echo "LEFT $(echo $(dmsetup info -c --noheadings -o name))"

  echo "-- too small a store is lost, its origin goes on"
  dvm snapshot vg/small --origin data --size 256k
  dd if=/dev/urandom of=/dev/mapper/vg-data bs=64k count=32 oflag=direct 2>/dev/null
  sync
  until dmsetup status vg-small | grep -q Invalid; do :; done
  expect 1 dd if=/dev/mapper/vg-small of=/dev/null bs=4096 count=1 iflag=direct
  expect 3 dvm merge vg/small
  expect 3 dvm doctor

  dvm report vg lv --columns name,availability,problems --format csv
  dvm remove-lv vg/small
  none_suspended

  echo "-- at one instant: a writer goes from one to the other and back"
  dvm create-lv vg --name log --size 1M
  put vg-data 0 0; put vg-log 0 0
  ( n=1; while [ ! -e $TMPDIR/stop ]; do put vg-data $n 0; put vg-log $n 0; echo $n >$TMPDIR/turn; n=$((n + 1)); done ) &
  until [ "$(cat $TMPDIR/turn 2>/dev/null || echo 0)" -gt 3 ]; do :; done
  cat >$TMPDIR/both.json <<END
  {"changes":[{"verb":"snapshot","origin":"data","name":"data-then","size":"1M"},
    {"verb":"snapshot","origin":"log","name":"log-then","size":"1M"}]}
END
  for n in 1 2; do
    dvm run vg -- batch $TMPDIR/both.json
    first=$(shows vg-data--then 0); second=$(shows vg-log--then 0)
    echo "TURN $first $second"
    [ $first = $second ] || [ $first = $((second + 1)) ] || exit 9
    dvm remove-lv vg/data-then; dvm remove-lv vg/log-then
  done
  touch $TMPDIR/stop; wait
  none_suspended

  echo "-- all that is built on it goes with it"
  dvm snapshot vg/snap --origin data --size 1M
  dvm remove-lv vg/data --with-users
  dvm remove-lv vg/log
  echo "GONE $(dmsetup info -c --noheadings -o name)"
`;

t.test("snapshots from the first to the last", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 32 << 20, "a", "b");
  const { status, output } = await bootUml({ disks, modules: ["dm-mod", "dm-snapshot"], script });
  t.equal(status, 0, "status of the script", { output: output.slice(-6000) });
  t.match(output, /^LEFT vg-data$/m, "a merge leaves the origin alone");
  t.match(output, /^small,unavailable,.*lv-snapshot-lost/m, "and what is lost is told");
  t.match(output, /^GONE No devices found$/m);
});
