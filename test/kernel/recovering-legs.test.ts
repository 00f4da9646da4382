/**
 * Legs that are being rebuilt when something else is changed, on a real kernel: the rebuilding goes on from
 * where it is, over a change, another copy beside it and a stop of the machine, and what comes of it is right.
 */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const prelude = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  cat >$TMPDIR/dvm.json <<END
  {"discover":{"scan":["/dev/ubd*"]},"common":{"lockDir":"$TMPDIR/lock"}}
END
  export DVM_CONFIG=$TMPDIR/dvm.json
  M=1048576
  limit() { echo $1 >/proc/sys/dev/raid/speed_limit_min; echo $1 >/proc/sys/dev/raid/speed_limit_max; } # KIB A SECOND
  done_of() { dmsetup status vg-$1 | sed 's#.* \\([0-9]*\\)/[0-9]* .*#\\1#'; } # NAME: sectors
  halfway() { # NAME SECTORS: it has come so far, and then hardly goes on
    for i in $(seq 600); do [ $(done_of $1) -ge $2 ] && break; sleep 0.05; done
    limit 1
    before=$(done_of $1)
    dmsetup status vg-$1
    dmsetup status vg-$1 | grep -q ' recover '
  }
  goes_on() { # NAME: no table has it begin anew
    dmsetup table vg-$1; dmsetup status vg-$1
    if dmsetup table vg-$1 | grep -q "rebuild $2"; then echo "FAILED: $1 begins anew"; exit 9; fi
    dvm discover find vg | dvm tm read | grep -q recovering
  }
  has_kept() { # NAME SECTORS
    for i in $(seq 100); do [ $(done_of $1) -ge $2 ] && return; sleep 0.05; done
    echo "FAILED: $1 is at $(done_of $1), and was at $2"; exit 8
  }
  health() { # NAME LETTERS
    limit 1000000
    for i in $(seq 600); do dmsetup status vg-$1 | grep -q " $2 \\([0-9]*\\)/\\1 idle " && return; sleep 0.1; done
    dmsetup status vg-$1; exit 7
  }
  content() { seq -f "$1 %.0f" 1 4000000 | head -c $2; } # WORDS BYTES
  put() { content "$1" $2 | dd of=/dev/mapper/vg-$1 bs=64k iflag=fullblock conv=fsync 2>/dev/null; }
  same() { # NAME BYTES
    echo 3 >/proc/sys/vm/drop_caches
    [ "$(content "$1" $2 | sha256sum)" = "$(head -c $2 /dev/mapper/vg-$1 | sha256sum)" ] || { echo "FAILED: content of $1"; exit 6; }
  }
`;

const began = `
  dvm init vg $DISK0 $DISK1 $DISK2 $DISK3 --extent-size 1M --region-size 1M
  echo "-- a copy of a linear LV, which grows, and gets another copy"
  dvm run vg -- create-lv --name one --size 24M --pv $DISK0
  put one $((24 * M))
  limit 4000
  dvm run vg -- mirror --name one --mirrors 1 --pv $DISK1
  halfway one 8192
  dvm run vg -- extend-lv --name one --size +4M
  goes_on one 1
  has_kept one $before
  dvm run vg -- mirror --name one --mirrors 2 --pv $DISK2
  goes_on one 1
  dmsetup table vg-one | grep -q "rebuild 2"
  same one $((24 * M))
  put one $((28 * M))
  health one AAA
  dvm tend vg
  same one $((28 * M))
  dvm run vg -- mirror --name one --mirrors 0 --pv $DISK0 --pv $DISK2
  same one $((28 * M))

  echo "-- a new leg of a raid5, while the machine stops"
  dvm run vg -- create-lv --name five --type raid5 --stripes 2 --size 32M --pv $DISK0 --pv $DISK1 --pv $DISK2
  health five AAA
  put five $((32 * M))
  dvm run vg -- leg-state --leg five/1 --state stale
  limit 4000
  dvm run vg -- repair --name five --pv $DISK3
  halfway five 4096
  if dvm run vg -- extend-lv --name five --size +4M; then exit 5; fi
  dvm run vg -- rename-lv --name one --to uno
  dvm discover find vg | dvm tm read | grep -q recovering
`;

const cut = `
  echo "-- after the machine has stopped"
  limit 1
  dvm activate vg
  goes_on five 1
  has_kept five 4096
  same five $((32 * M))
  health five AAA
  dvm tend vg
  same five $((32 * M))
  dvm scrub vg/five
  dvm run vg -- leg-state --leg five/0 --state stale
  same five $((32 * M))
  dvm deactivate vg
  echo ALL WELL
`;

t.test("legs that are being rebuilt", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 96 << 20, "a", "b", "c", "d");
  for (const [what, script] of [
    ["while something else changes", began],
    ["after the machine has stopped", cut],
  ] as const) {
    const boot = await bootUml({ disks, script: prelude + script });
    t.equal(boot.status, 0, what, { output: boot.output.slice(-5000), console: boot.console.slice(-2000) });
    if (boot.status !== 0) return;
    if (script === cut) t.match(boot.output, /^ALL WELL$/m);
  }
});
