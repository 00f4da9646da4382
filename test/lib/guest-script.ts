/** What scripts in a guest begin with, and how a test holds one to its end. */
import type { Test } from "tap";
import { bundle } from "./dvm.ts";
import { requireKernel } from "./kernel.ts";
import { bootUml, shellQuote } from "./uml.ts";

/** Any failure ends the script; `dvm` is the bundle; `expect` wants another status than 0. */
export const GUEST = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  expect() { # STATUS COMMAND...
    want=$1; shift
    got=0; "$@" || got=$?
    if [ $got != $want ]; then echo "FAILED: status $got instead of $want: $*"; exit 9; fi
  }
  column() { dvm report vg lv --select name=$1 --columns $2 --format csv | tail -n 1; }
  until_status() { # NAME PATTERN: waits until the device has it
    for i in $(seq 600); do dmsetup status $1 | grep -qE "$2" && return; sleep 0.1; done
    dmsetup status $1; exit 8
  }
  health() { until_status $1 "raid1 [0-9]+ $2( |$)"; } # NAME LETTERS: waits until the legs are that
  configure() { # PATH...: what dvm looks at
    printf '{"discover":{"scan":[%s]},"common":{"lockDir":"%s"}}\\n' \\
      "$(printf '"%s",' "$@" | sed 's/,$//')" $TMPDIR/lock >$TMPDIR/dvm.json
    export DVM_CONFIG=$TMPDIR/dvm.json
  }
`;

/** A disk behind another dm device, as LUKS or a multipath map, which may fail where it is told to. */
export const behindDm = (disk: string): string => `
  size=$(blockdev --getsz ${disk})
  sound="0 $size linear ${disk} 0"
  broken="0 $size flakey ${disk} 0 0 60 1 error_writes"
  retable() { dmsetup suspend --nolockfs --noflush disk; echo "$1" | dmsetup load disk; dmsetup resume disk; }
  partly() { # FROM LENGTH: errors for those sectors of what a leg of m has there, and for nothing else
    component=$(dvm report vg seg --select 'lv=m && device=/dev/mapper/disk && component=~rimage' --columns component --format csv | tail -n 1)
    begin=$(($(dmsetup table vg-m-$component | cut -d' ' -f5) + $1))
    end=$((begin + $2))
    echo "0 $begin linear ${disk} 0"
    echo "$begin $2 error"
    echo "$end $((size - end)) linear ${disk} $end"
  }
  dmsetup create disk --table "$sound"
`;

/** Boots it; it has to go on to its end, where it says ALL WELL. */
export async function goesWell(t: Test, script: string, disks: readonly string[]): Promise<void> {
  if (!requireKernel(t)) return;
  const boot = await bootUml({ disks, script: `${script}\n  echo ALL WELL\n` });
  t.equal(boot.status, 0, "all is well", {
    output: boot.output.slice(-6000),
    console: boot.console.slice(-2000),
  });
  t.match(boot.output, /^ALL WELL$/m);
}
