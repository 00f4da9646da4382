/**
 * LVs of every level of raid on a real kernel: made, written, longer and shorter, read by the kernel and
 * without it; a leg fails in use and comes back; then without a disk, and with it again; at last differences
 * between legs are planted.
 */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const prelude = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  expect() { # STATUS COMMAND...
    want=$1; shift
    got=0; "$@" || got=$?
    if [ $got != $want ]; then echo "FAILED: status $got instead of $want: $*"; exit 9; fi
  }
  column() { dvm report vg lv --select name=$1 --columns $2 --format csv | tail -n 1; }
  has() { [ "$(column $1 $2)" = "$3" ] || { column $1 $2; echo "FAILED: $1 has not $3"; exit 7; }; }
  health() { # NAME LETTERS: waits until the legs are that, and nothing is being done
    for i in $(seq 600); do dmsetup status vg-$1 | grep -q " $2 \\([0-9]*\\)/\\1 idle " && return; sleep 0.1; done
    dmsetup status vg-$1; exit 8
  }
  content() { seq -f "$1 %.0f" 1 2000000 | head -c $2; } # WORDS BYTES
  put() { content "$1 $2" $3 | dd of=/dev/mapper/vg-$1 bs=64k iflag=fullblock conv=fsync 2>/dev/null; }
  same() { # NAME WORDS BYTES
    echo 3 >/proc/sys/vm/drop_caches
    [ "$(content "$1 $2" $3 | sha256sum)" = "$(head -c $3 /dev/mapper/vg-$1 | sha256sum)" ] || { echo "FAILED: content of $1"; exit 6; }
  }
  exports() { # NAME WORDS BYTES [OPTIONS]...
    name=$1; words=$2; bytes=$3; shift 3
    [ "$(content "$name $words" $bytes | sha256sum)" = "$(dvm export vg/$name - "$@" | head -c $bytes | sha256sum)" ] ||
      { echo "FAILED: export of $name"; exit 5; }
  }
  each() { # VERB SIZE NAME...: in one transaction
    changes=; verb=$1; by=$2; shift 2
    for name in "$@"; do changes="$changes,{\\"verb\\":\\"$verb\\",\\"name\\":\\"$name\\",\\"size\\":\\"$by\\"}"; done
    echo "{\\"changes\\":[\${changes#,}]}" >$TMPDIR/batch
    dvm run vg -- batch $TMPDIR/batch
  }
  M=1048576
  size=$(blockdev --getsz $DISK1)
  sound="0 $size linear $DISK1 0"
  retable() { dmsetup suspend --nolockfs --noflush disk; echo "$1" | dmsetup load disk; dmsetup resume disk; }
  D=/dev/mapper/disk
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["/dev/ubd*","$D"]},"common":{"lockDir":"$TMPDIR/lock"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
  redundant="four five six ten"
`;

const whole = `
  dmsetup create disk --table "$sound"
  sed -i 's#"/dev/ubd\\*"#"'$DISK0'","'$DISK2'","'$DISK3'","'$DISK4'","'$DISK5'"#' $TMPDIR/dvm.json
  dvm init vg $DISK0 $D $DISK2 $DISK3 $DISK4 $DISK5 --extent-size 1M --region-size 1M
  pvs() { for pv in "$@"; do echo "--pv $pv"; done; }
  echo "-- made"
  dvm run vg -- create-lv --name none --type raid0 --stripes 3 --size 6M $(pvs $DISK3 $DISK4 $DISK5)
  dvm run vg -- create-lv --name four --type raid4 --stripes 2 --size 4M $(pvs $DISK0 $D $DISK2)
  dvm run vg -- create-lv --name five --type raid5 --stripes 3 --size 6M --region-size 128k $(pvs $DISK0 $D $DISK2 $DISK3)
  dvm run vg -- create-lv --name six --type raid6 --stripes 3 --stripe-size 16k --size 6M $(pvs $DISK0 $D $DISK2 $DISK3 $DISK4)
  dvm run vg -- create-lv --name ten --type raid10 --stripes 2 --mirrors 1 --size 4M $(pvs $DISK0 $D $DISK2 $DISK3)
  health four AAA; health five AAAA; health six AAAAA; health ten AAAA
  dmsetup table | grep ' raid '
  for lv in none four five six ten; do put $lv short $((4 * M)); done

  echo "-- longer"
  each extend-lv +3M none five six
  each extend-lv +2M four ten
  health four AAA; health five AAAA; health six AAAAA; health ten AAAA
  for lv in none four five six ten; do same $lv short $((4 * M)); done
  for lv in none five six; do put $lv long $((9 * M)); done
  for lv in four ten; do put $lv long $((6 * M)); done
  dvm doctor

  echo "-- down, read without the kernel, and up again"
  dvm deactivate vg
  for lv in none five six; do exports $lv long $((9 * M)); done
  for lv in four ten; do exports $lv long $((6 * M)); done
  dvm activate vg
  for lv in none five six; do same $lv long $((9 * M)); done
  for lv in four ten; do same $lv long $((6 * M)); done

  echo "-- a leg of each fails in use"
  retable "0 $size flakey $DISK1 0 0 60 1 error_writes"
  for lv in $redundant; do put $lv failing $((6 * M)); done
  for lv in $redundant; do
    dmsetup status vg-$lv | cut -d' ' -f6 | grep D
    has $lv state,availability,problems active,degraded,leg-failed
    same $lv failing $((6 * M))
  done
  expect 3 dvm doctor
  retable "$sound"
  dvm recover vg
  health four AAA; health five AAAA; health six AAAAA; health ten AAAA
  dvm recover vg
  dvm doctor
  for lv in $redundant; do same $lv failing $((6 * M)); done

  echo "-- shorter"
  each reduce-lv 6M five six
  health five AAAA; health six AAAAA
  for lv in $redundant; do same $lv failing $((6 * M)); done
  dvm doctor

  echo "-- one becomes another type, and the machine stops in the middle"
  dvm deactivate vg $redundant
  dvm run vg -- convert --name none --type raid5 --stripes 2 $(pvs $DISK0 $DISK3 $DISK4)
  dvm run vg -- extend-lv --name none --size +3M --policy anywhere
  put none cut $((12 * M))
  expect 3 dvm run vg -- reduce-lv --name none --size 3M
`;

const without = `
  echo "-- without a disk"
  sed -i 's#"/dev/ubd\\*"#"'$DISK0'","'$DISK2'","'$DISK3'","'$DISK4'","'$DISK5'"#' $TMPDIR/dvm.json
  expect 3 dvm activate vg 2>$TMPDIR/why
  cat $TMPDIR/why
  same none cut $((12 * M))
  dvm recover vg --without missing
  health none AA
  dvm run vg -- convert --name none --finish
  same none cut $((12 * M))
  has none type,legs,problems raid5,3,
  [ "$(dvm export vg/none - 2>/dev/null | wc -c)" = 0 ]
  dvm activate vg --degraded
  for lv in $redundant; do
    has $lv state,availability active,degraded
    same $lv failing $((6 * M))
    put $lv without $((6 * M))
  done
  dvm deactivate vg
  for lv in $redundant; do exports $lv without $((6 * M)); done

  echo "-- and without another"
  few="--devices $DISK0 --devices $DISK3 --devices $DISK4 --devices $DISK5"
  exports six without $((6 * M)) $few
  for lv in four five; do expect 3 dvm export vg/$lv - $few >/dev/null; done
  sed -i 's#"'$DISK2'",##' $TMPDIR/dvm.json
  dvm recover vg --without missing
  for lv in four five; do expect 3 dvm activate vg --degraded $lv; [ ! -e /dev/mapper/vg-$lv ]; has $lv availability unavailable; done
  dvm activate vg --degraded six
  same six without $((6 * M))
  dvm deactivate vg
`;

const back = `
  echo "-- with it again"
  dmsetup create disk --table "$sound"
  sed -i 's#"/dev/ubd\\*"#"'$DISK0'","'$DISK2'","'$DISK3'","'$DISK4'","'$DISK5'"#' $TMPDIR/dvm.json
  dvm activate vg
  for lv in $redundant; do same $lv without $((6 * M)); done
  dvm recover vg --resync $D --resync $DISK2
  health four AAA; health five AAAA; health six AAAAA; health ten AAAA
  dvm tend vg
  dvm doctor
  for lv in $redundant; do same $lv without $((6 * M)); done

  echo "-- written without the kernel, whose own check finds nothing"
  dvm deactivate vg
  for lv in $redundant; do content "$lv mapped" $((5 * M)) | dvm import vg/$lv -; done
  dvm activate vg
  for lv in $redundant; do dmsetup message vg-$lv 0 check; done
  health four AAA; health five AAAA; health six AAAAA; health ten AAAA
  for lv in $redundant; do has $lv mismatches 0; dvm scrub vg/$lv; done

  echo "-- what is planted is found, and mended as somebody says"
  for lv in five six ten; do
    dd if=/dev/urandom of=/dev/mapper/vg-$lv-rimage_1 bs=4k seek=20 count=1 oflag=direct conv=notrunc 2>/dev/null
    expect 3 dvm scrub vg/$lv
  done
  expect 3 dvm scrub vg/five --repair
  dvm scrub vg/five --repair --leg 1
  dvm scrub vg/six --repair
  dvm scrub vg/ten --repair --from 0
  health five AAAA; health six AAAAA; health ten AAAA
  dvm tend vg
  for lv in $redundant; do dvm scrub vg/$lv; same $lv mapped $((5 * M)); done
  dvm doctor
  dvm run vg -- rename-lv --name five --to cinq
  dvm run vg -- remove-lv --name four
  dvm deactivate vg
  [ -z "$(dmsetup ls | grep -v '^No devices' | grep -v ^disk)" ]
  dmsetup remove disk
  echo ALL WELL
`;

t.test("raid of every level", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 64 << 20, "a", "b", "c", "d", "e", "f");
  for (const [what, script] of [
    ["whole", whole],
    ["without a disk", without],
    ["with it again", back],
  ] as const) {
    const boot = await bootUml({ disks, script: prelude + script });
    t.equal(boot.status, 0, what, { output: boot.output.slice(-5000), console: boot.console.slice(-2000) });
    if (boot.status !== 0) return;
    if (what === "with it again") t.match(boot.output, /^ALL WELL$/m);
  }
});
