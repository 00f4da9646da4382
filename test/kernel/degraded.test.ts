/**
 * A disk goes away between two boots, the LV on it runs without it, the disk comes back and is rebuilt, never
 * read: what stood on it in between is older than what the other half has.
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
  disks=; for disk in $DISK0 $DISK1 $DISK2; do disks="$disks,\\"$disk\\""; done
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["/dev/ubd*"]},"common":{"lockDir":"$TMPDIR/lock"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
  none_suspended() { if dmsetup info -c --noheadings -o name,suspended | grep -w Suspended; then exit 8; fi; }
  has() { [ "$(head -c \${#2} /dev/mapper/vg-$1)" = "$2" ] || { head -c 60 /dev/mapper/vg-$1; exit 7; }; }
  put() { printf "$2" | dd of=/dev/mapper/vg-$1 conv=fsync 2>/dev/null; }
  copies() { # NAME HEALTH: waits until the legs are that
    for i in $(seq 600); do dmsetup status $1 | grep -qw "raid1 [0-9]* $2" && return; sleep 0.1; done
    dmsetup status $1; exit 6
  }
`;

const whole = `
  dvm init vg $DISK0 $DISK1 $DISK2
  dvm run vg -- create-lv --name r --size 24M --mirrors 1 --pv $DISK0 --pv $DISK1
  dvm run vg -- create-lv --name alone --size 8M --pv $DISK1
  dvm run vg -- create-lv --name well --size 8M --pv $DISK2
  copies vg-r AA
  put r "before it went"
  put well "well"
  dvm deactivate vg
`;

const without = `
  echo "-- what is whole comes up, the rest is named"
  expect 3 dvm activate vg 2>$TMPDIR/why
  cat $TMPDIR/why
  grep -q "LV r needs PV .*; LV alone needs PV\\|LV alone needs PV .*; LV r needs PV" $TMPDIR/why
  has well well
  [ ! -e /dev/mapper/vg-r ]
  expect 3 dvm activate vg --degraded r
  missing=$(dvm discover find vg | dvm tm verify | grep -o '"id":"[0-9a-f]*","[^}]*"present":false' | grep -o '[0-9a-f]\\{32\\}' | head -1 || true)
  [ -n "$missing" ] || { dvm discover find vg | dvm tm verify; exit 5; }

  echo "-- partial: to look at, not to write"
  dvm activate vg --partial r
  has r "before it went"
  if printf x | dd of=/dev/mapper/vg-r conv=fsync,notrunc 2>/dev/null; then exit 4; fi
  dvm deactivate vg r

  echo "-- somebody decides to go on without it"
  dvm recover vg --without $missing
  expect 3 dvm activate vg r
  dvm activate vg --degraded r
  dmsetup table vg-r
  copies vg-r '\\(A-\\|-A\\)'
  has r "before it went"
  put r "while it was away"
  dvm run vg -- extend-lv --name well --size +8M
  none_suspended
  dvm deactivate vg
`;

const back = `
  returned=$(dvm discover list | grep -o '"path":"[^"]*"' | head -3)
  echo "$returned"
  dvm activate vg
  has r "while it was away"
  dmsetup table vg-r | grep -q -- "- -"
  id=$(dvm discover find vg --devices $DISK1 | grep -o '"id":"[0-9a-f]*","path"' | grep -o '[0-9a-f]\\{32\\}')
  dvm recover vg --resync $id
  dmsetup table vg-r
  copies vg-r AA
  has r "while it was away"
  dvm run vg -- mirror --name r --synced
  dvm activate vg alone
  echo "-- now the half that never went away is dropped"
  dvm run vg -- mirror --name r --mirrors 0 --pv $DISK0
  dmsetup table vg-r
  has r "while it was away"
  none_suspended
  dvm deactivate vg
  [ -z "$(dmsetup ls | grep -v '^No devices')" ]
  dvm doctor
  echo ALL WELL
`;

t.test("a raid1 LV without a disk, and with it again", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 160 << 20, "a", "b", "c");
  const [first = "", , third = ""] = disks;
  for (const [what, attached, script] of [
    ["whole", disks, whole],
    ["without a disk", [first, third], without],
    ["with it again", disks, back],
  ] as const) {
    const boot = await bootUml({ disks: attached, script: prelude + script });
    t.equal(boot.status, 0, what, { output: boot.output.slice(-5000), console: boot.console.slice(-2000) });
    if (boot.status !== 0) return;
    if (what === "with it again") t.match(boot.output, /^ALL WELL$/m);
  }
});
