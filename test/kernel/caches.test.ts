/**
 * Caches on a real kernel: put in front of an LV that is in use, written, flushed and let go; cut off with
 * chunks that only the cache has; without the disk that they are on.
 */
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
  says() { if ! grep -q "$1" $TMPDIR/err; then echo "FAILED: not said: $1"; cat $TMPDIR/err; exit 9; fi; }
  for n in "" -slow; do
    [ "$n" ] && scan="\\"$DISK0\\"" || scan="\\"$DISK0\\",\\"$DISK1\\""
    echo "{\\"discover\\":{\\"scan\\":[$scan]},\\"common\\":{\\"lockDir\\":\\"$TMPDIR/lock\\"}}" >$TMPDIR/dvm$n.json
  done
  export DVM_CONFIG=$TMPDIR/dvm.json
  none_suspended() { if dmsetup info -c --noheadings -o name,suspended | grep -w Suspended; then exit 8; fi; }
  settled() { none_suspended; dvm recover vg >$TMPDIR/out; if [ -s $TMPDIR/out ]; then cat $TMPDIR/out; exit 9; fi; }
  dirty() { set -- $(dmsetup status vg-data); echo \${14}; }
  left() { set -- $(dmsetup status vg-data); echo $(($5 - $6)); }
  until_clean() { until [ "$($1)" = 0 ]; do sleep 0.1; done; }
  # Whole chunks, which go to the cache at once.
  fill() { dd if=$TMPDIR/random of=/dev/mapper/vg-data bs=64k count=64 seek=$1 skip=$2 conv=notrunc oflag=direct 2>/dev/null; }
  sum() { sha256sum </dev/mapper/vg-data; }
  dd if=/dev/urandom of=$TMPDIR/random bs=64k count=256 2>/dev/null

  dvm init vg $DISK0 $DISK1 --region-size 1M --extent-size 256k
  dvm discover find vg >$TMPDIR/vg.json
  fast=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).devices.find((d) => d.path === process.argv[2]).id' $TMPDIR/vg.json $DISK1)
  slow=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).devices.find((d) => d.path === process.argv[2]).id' $TMPDIR/vg.json $DISK0)
  dvm create-lv vg --name data --size 16M --pv $slow
  fill 0 0; fill 64 64; fill 128 128; fill 192 192
  sum >$TMPDIR/all

  echo "-- writethrough: in use, then let go"
  exec 3</dev/mapper/vg-data
  dvm cache vg/data --size 8M --pv $fast
  none_suspended
  sum | cmp - $TMPDIR/all
  expect 3 dvm cache vg/data --size 1M --pv $fast
  fill 0 100; fill 64 100
  sum >$TMPDIR/all
  dmsetup status vg-data
  dmsetup table vg-data
  settled
  dvm uncache vg/data
  none_suspended
  until_clean dirty
  dvm uncache vg/data --finish
  exec 3<&-
  settled
  echo "PLAIN $(dmsetup table vg-data | cut -d' ' -f3) $(dmsetup info -c --noheadings -o name | wc -l)"
  sum | cmp - $TMPDIR/all

  echo "-- writeback: what it holds is not let go before the origin has it"
  dvm cache vg/data --size 8M --pv $fast --mode writeback --set migration_threshold=0
  fill 0 7; fill 64 9
  sum >$TMPDIR/all
  dmsetup status vg-data
  echo "DIRTY $(dirty)"
  expect 3 dvm uncache vg/data --drop
  says "may hold what the LV has nowhere else"

  echo "-- power is cut"
  for n in 0 1; do eval "dd if=\\$DISK$n of=$TMPDIR/cut$n bs=1M iflag=direct" 2>/dev/null; done
  fill 0 11
  dvm deactivate vg
  for n in 0 1; do eval "dd if=$TMPDIR/cut$n of=\\$DISK$n bs=1M oflag=direct" 2>/dev/null; done
  rm $TMPDIR/cut?
  echo "-- the cache's disk is away"
  export DVM_CONFIG=$TMPDIR/dvm-slow.json
  expect 3 dvm activate vg; cat $TMPDIR/err
  export DVM_CONFIG=$TMPDIR/dvm.json
  dvm activate vg
  sum | cmp - $TMPDIR/all
  echo "CUT $(dirty)"
  settled

  echo "-- flushed, and let go"
  fill 0 13
  sum >$TMPDIR/all
  echo "BEFORE $(dirty)"
  dvm uncache vg/data
  none_suspended
  sum | cmp - $TMPDIR/all
  until_clean dirty
  dvm uncache vg/data --finish
  settled
  sum | cmp - $TMPDIR/all

  echo "-- writecache"
  dvm cache vg/data --size 8M --pv $fast --kind writecache
  none_suspended
  sum | cmp - $TMPDIR/all
  fill 0 21; fill 128 23
  sum >$TMPDIR/all
  dmsetup status vg-data; dmsetup table vg-data
  echo "HOLDS $(left)"
  dvm deactivate vg; dvm activate vg
  sum | cmp - $TMPDIR/all
  expect 3 dvm uncache vg/data --finish
  dvm uncache vg/data
  dmsetup status vg-data
  fill 64 30
  sum >$TMPDIR/all
  until_clean left
  dvm uncache vg/data --finish
  settled
  sum | cmp - $TMPDIR/all
  dvm remove-lv vg/data
  echo "GONE $(dmsetup info -c --noheadings -o name)"
`;

t.test("caches from the first to the last", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 48 << 20, "slow", "fast");
  const { status, output } = await bootUml({
    disks,
    modules: ["dm-mod", "dm-cache-smq", "dm-writecache"],
    script,
  });
  t.equal(status, 0, "status of the script", { output: output.slice(-6000) });
  t.match(output, /^PLAIN linear 1$/m, "nothing is left of a cache that is let go");
  t.match(output, /^DIRTY [1-9]\d*$/m, "the cache holds what the origin lacks");
  t.match(output, /^HOLDS [1-9]\d*$/m, "so does a writecache");
  t.match(output, /^GONE No devices found$/m);
});
