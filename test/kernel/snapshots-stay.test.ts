/**
 * A snapshot goes after its origin, and stays when that does: on a real kernel, with an origin that somebody
 * holds open. What it is written meanwhile must not be seen through the snapshot, which nobody could mend
 * afterwards.
 */
import t from "tap";
import type { DmDevice, DmState } from "../../src/schema/index.ts";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

const SECTORS = 8192;
const device = (name: string, type: string, params: string): DmDevice => ({
  name,
  uuid: `DVM-snap-${name}`,
  table: [{ start: 0, length: SECTORS, type, params }],
});
const real = device("real", "linear", "DISK 0");
const stack = [
  real,
  device("cow", "linear", `DISK ${SECTORS}`),
  device("s", "snapshot", "@real @cow P 16"),
  device("o", "snapshot-origin", "@real"),
];
const state = (devices: readonly DmDevice[]): string => {
  const wanted: DmState = { scope: ["DVM-snap-"], devices: [...devices] };
  return JSON.stringify(wanted);
};

/** `WHAT STATUS` of the commit, devices that are there then, and what the snapshot shows. */
const script = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  want() { echo "$1" | sed "s;DISK;$DISK0;g" >$TMPDIR/wanted; }
  plan() { dvm dmexec state >$TMPDIR/now; dvm dmactivate plan --current $TMPDIR/now --desired $TMPDIR/wanted >$TMPDIR/plan; }
  part() { node -e 'process.stdout.write(JSON.stringify(JSON.parse(require("fs").readFileSync(process.argv[1])).'$1'))' $TMPDIR/plan >$TMPDIR/$1; }
  to() { # WHAT: with the origin held open from after prepare to after commit
    plan
    part prepare
    part commit
    dvm dmexec run $TMPDIR/prepare >/dev/null
    exec 3<>/dev/mapper/o
    got=0
    dvm dmexec run $TMPDIR/commit >$TMPDIR/result 2>$TMPDIR/err 3<&- || got=$?
    echo "$1 $got left=[$(echo $(dmsetup info -c --noheadings -o name | sort))]"
    echo after | dd of=/dev/mapper/o bs=512 conv=sync,notrunc oflag=direct 2>/dev/null
    echo "$1-SHOWS $(head -c 6 /dev/mapper/o) $(head -c 6 /dev/mapper/s)"
    exec 3<&-
    if dmsetup info -c --noheadings -o suspended | grep -q Suspended; then exit 6; fi
  }
  make() {
    echo before | dd of=$DISK0 bs=512 conv=sync,notrunc oflag=direct 2>/dev/null
    dd if=/dev/zero of=$DISK0 bs=512 seek=${SECTORS} count=${SECTORS} oflag=direct 2>/dev/null
    want "$STACK"
    plan
    for each in prepare commit; do part $each; dvm dmexec run $TMPDIR/$each >/dev/null; done
  }
  make
  want "$NOTHING"
  to ALL
  plan
  for each in prepare commit; do part $each; dvm dmexec run $TMPDIR/$each >/dev/null; done
  echo "GONE $(dmsetup info -c --noheadings -o name)"
`;

t.test("snapshots of an origin that is held open", async (t) => {
  if (!requireKernel(t)) return;
  const { status, output } = await bootUml({
    disks: emptyDisks(t.testdir({}), 16 << 20, "a"),
    modules: ["dm-mod", "dm-snapshot"],
    script,
    env: { STACK: state(stack), NOTHING: state([]) },
  });
  t.equal(status, 0, "status of the script", { output });
  t.match(output, /^ALL 1 left=\[cow o real s\]$/m, "everything that the snapshot needs stays");
  t.match(output, /^ALL-SHOWS after before$/m, "and what was there before a later write is kept in it");
  t.match(output, /^GONE No devices found$/m, "once it is closed all of it goes");
});
