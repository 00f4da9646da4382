/**
 * Thin pools on a real kernel: made, written, snapshotted, grown, removed, down and up; and told the rest of a
 * transaction that was cut off behind each message.
 */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { orNightly } from "../lib/nightly.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

/** So many messages have been sent when a transaction of five is cut off. */
const CUTS = orNightly([2, 3], [0, 1, 2, 3, 4, 5]);

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
  at() { set -- $1 $(dmsetup status vg-pool); if [ $1 != $5 ]; then echo "FAILED: at $5, not $1"; exit 9; fi; }
  settled() { none_suspended; dvm recover vg >$TMPDIR/out; if [ -s $TMPDIR/out ]; then cat $TMPDIR/out; exit 9; fi; }

  dvm init vg $DISK0 $DISK1 --region-size 1M --extent-size 256k
  dvm create-pool vg/pool --size 16M --stripes 2 --meta-size 2M
  dvm create-thin vg/a --pool pool --size 64M
  at 1
  put vg-a old 0; put vg-a old 9000

  echo "-- snapshots share, and each shows its own"
  dvm snapshot vg/b --origin a
  dvm snapshot vg/c --origin b
  at 3
  put vg-a new 0; put vg-b mine 9000; put vg-c his 5000
  is vg-a 0 new; is vg-b 0 old; is vg-c 0 old; is vg-a 9000 old; is vg-b 9000 mine; is vg-c 9000 old
  is vg-c 5000 his; is vg-a 5000 ""
  settled

  # What the kernel shows, and then what is read without it.
  without_kernel() {
    for lv in a b c; do sha256sum </dev/mapper/vg-$lv >$TMPDIR/$lv; done
    dvm deactivate vg
    for lv in a b c; do dvm export vg/$lv - | sha256sum | cmp - $TMPDIR/$lv; done
  }
  echo "-- down and up"
  dvm deactivate vg c
  expect 3 dvm export vg/c - # the pool keeps in memory what it has not written yet
  grep -q "vg/c is made of .*vg-pool, which is live" $TMPDIR/err
  dvm activate vg c
  without_kernel
  dvm activate vg
  for lv in a b c; do sha256sum </dev/mapper/vg-$lv | cmp - $TMPDIR/$lv; done
  settled

  echo "-- longer, while it is written"
  dd if=/dev/urandom of=/dev/mapper/vg-a bs=64k count=160 seek=32 oflag=direct 2>/dev/null
  dvm extend-lv vg/pool --size +8M
  dvm extend-lv vg/pool --meta +1M
  dvm extend-lv vg/a --size 128M
  none_suspended
  set -- $(dmsetup status vg-pool)
  echo "ROOM $5 $6"
  dd if=/dev/urandom of=/dev/mapper/vg-a bs=64k count=100 seek=1024 oflag=direct 2>/dev/null
  is vg-b 9000 mine
  settled
  without_kernel
  dvm activate vg

  echo "-- removed, and its room comes back"
  set -- $(dmsetup status vg-pool); before=\${6%/*}
  dvm remove-lv vg/a
  none_suspended
  set -- $(dmsetup status vg-pool)
  echo "LESS $((before - \${6%/*} > 200))"
  at 5
  is vg-b 0 old; is vg-c 5000 his
  settled

  echo "-- both of one instant: a writer goes from one to the other and back"
  put vg-b 0 0; put vg-c 0 0
  ( n=1; while [ ! -e $TMPDIR/stop ]; do put vg-b $n 0; put vg-c $n 0; echo $n >$TMPDIR/turn; n=$((n + 1)); done ) &
  until [ "$(cat $TMPDIR/turn 2>/dev/null || echo 0)" -gt 3 ]; do :; done
  echo '{"changes":[{"verb":"snapshot","origin":"b","name":"b-then"},{"verb":"snapshot","origin":"c","name":"c-then"}]}' >$TMPDIR/both.json
  dvm run vg -- batch $TMPDIR/both.json
  touch $TMPDIR/stop; wait
  first=$(shows vg-b--then 0); second=$(shows vg-c--then 0)
  echo "TURN $first $second"
  [ $first = $second ] || [ $first = $((second + 1)) ] || exit 9
  dvm remove-lv vg/b-then
  dvm remove-lv vg/c-then

  echo "-- cut off behind each message: the next one up does the rest"
  # b, c and keep stay; a transaction creates two and deletes one.
  dvm create-thin vg/keep --pool pool --size 16M
  put vg-keep kept 0
  put vg-b base 0
  for cut in ${CUTS.join(" ")}; do
    dvm create-thin vg/goes --pool pool --size 16M
    put vg-goes gone 0
    ids=$(dmsetup table vg-goes); goes=\${ids##* }
    base=$(dmsetup table vg-b); base=\${base##* }
    next=$((goes + 1))
    set -- $(dmsetup status vg-pool); last=$4
    dvm deactivate vg
    cat >$TMPDIR/changes.json <<END
    {"changes":[{"verb":"create-thin","pool":"pool","name":"new","size":"16M"},{"verb":"snapshot","origin":"b","name":"snap"},
      {"verb":"remove-lv","name":"goes"}]}
END
    dvm run vg --no-activate -- batch $TMPDIR/changes.json
    expect 3 dvm run vg --no-activate -- create-thin --pool pool --name more --size 1M
    # The pool as the kernel has it, and nothing else; then as many messages as the one that was cut off had sent.
    dvm discover find vg >$TMPDIR/vg.json
    dvm tm read <$TMPDIR/vg.json >$TMPDIR/metadata.json
    node -e '
      const { execFileSync } = require("node:child_process");
      const { vg, lvs, pvs } = JSON.parse(require("fs").readFileSync(process.argv[1]));
      const found = JSON.parse(require("fs").readFileSync(process.argv[2]));
      const at = (area) => { const d = found.devices.find(({ id }) => id === area.pv); return [d.path, d.dataStart + area.start * vg.extentSize].join(" "); };
      const table = (segments) => segments.map((s) => [s.start * vg.extentSize, s.length * vg.extentSize, ...(s.areas ? ["striped", s.areas.length, s.stripeSize, ...s.areas.map(at)] : ["linear", at(s.area)])].join(" ")).join("\\n");
      const pool = lvs.find(({ name }) => name === "pool").segments[0];
      const create = (name, input) => execFileSync("dmsetup", ["create", name], { input });
      create("x-data", table(pool.data)); create("x-meta", table(pool.meta));
      create("x-pool", ["0", pool.length * vg.extentSize, "thin-pool /dev/mapper/x-meta /dev/mapper/x-data", pool.chunkSize, "0 0"].join(" "));
    ' $TMPDIR/metadata.json $TMPDIR/vg.json
    sent=0
    tell() { if [ $sent -lt $cut ]; then dmsetup message x-pool 0 "$*"; fi; sent=$((sent + 1)); }
    tell create_thin $next
    tell create_snap $((next + 1)) $base
    tell set_transaction_id $last $((last + 1))
    tell delete $goes
    tell set_transaction_id $((last + 1)) $((last + 2))
    dmsetup remove x-pool; dmsetup remove x-data; dmsetup remove x-meta
    dvm activate vg
    none_suspended
    at $((last + 2))
    is vg-keep 0 kept; is vg-snap 0 base; is vg-new 0 ""
    # Deleted: it can be made anew, which no LV ever does.
    expect 1 dmsetup message vg-pool 0 "delete $goes"
    put vg-new mine 0; is vg-snap 0 base; is vg-keep 0 kept
    echo '{"changes":[{"verb":"remove-lv","name":"new"},{"verb":"remove-lv","name":"snap"}]}' >$TMPDIR/changes.json
    dvm run vg -- batch $TMPDIR/changes.json
  done

  echo "-- left by a prepare that was cut off: made anew"
  ids=$(dmsetup table vg-keep); dvm tm read <$TMPDIR/vg.json >$TMPDIR/metadata.json
  next=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).lvs.find(({name}) => name === "pool").segments[0].nextId' $TMPDIR/metadata.json)
  dmsetup message vg-pool 0 "create_snap $next \${ids##* }"
  dvm create-thin vg/new --pool pool --size 16M
  is vg-new 0 ""
  settled

  echo "-- of another past: nothing is done"
  set -- $(dmsetup status vg-pool); last=$4
  dmsetup message vg-pool 0 "set_transaction_id $last $((last + 5))"
  expect 3 dvm create-thin vg/more --pool pool --size 16M
  expect 3 dvm doctor
  dmsetup message vg-pool 0 "set_transaction_id $((last + 5)) $last"
  settled

  dvm report vg lv --columns name,type,fill,metaFill,problems --format csv
  dvm remove-lv vg/pool --with-users
  echo "GONE $(dmsetup info -c --noheadings -o name)"
`;

t.test("thin pools from the first to the last", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 64 << 20, "a", "b");
  const { status, output } = await bootUml({ disks, modules: ["dm-mod", "dm-thin-pool"], script });
  t.equal(status, 0, "status of the script", { output: output.slice(-6000) });
  t.match(output, /^ROOM \d+\/768 \d+\/384$/m, "the kernel has taken what was added");
  t.match(output, /^LESS 1$/m, "what is removed gives its room back");
  t.match(output, /^GONE No devices found$/m);
});
