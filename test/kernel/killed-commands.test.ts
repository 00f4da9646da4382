/**
 * SIGKILL ends commands at any moment, and disks fail under them: the same command, or the one that is
 * advised, goes on, and no byte of an LV is another than before. When the kill falls is by chance; what has
 * to hold does not depend on it.
 */
import t, { type Test } from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { orNightly } from "../lib/nightly.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

const COMMAND = `node ${shellQuote(bundle)}`;
const prelude = `
  set -e
  dvm() { ${COMMAND} "$@"; }
  export DVM_CONFIG=$TMPDIR/dvm.json
  config() { echo '{"discover":{"scan":["'$1'","'$2'"]},"common":{"lockDir":"'$TMPDIR'/lock"},"tm":{"lockTimeoutMs":600000}}' >$DVM_CONFIG; }
  killed() { # AFTER COMMAND...: seconds
    after=$1; shift
    timeout -s KILL $after ${COMMAND} "$@" >/dev/null 2>&1 || true
  }
  must() { "$@" >$TMPDIR/said 2>&1 || { echo "FAILED $? $*"; cat $TMPDIR/said; exit 9; }; }
  is_sound() { dmsetup status vg-$1 | grep -qw AA; }
  fill() { for lv in "$@"; do dd if=/dev/urandom of=/dev/mapper/vg-$lv bs=1M oflag=direct 2>/dev/null || true; hash $lv >$TMPDIR/$lv.sum; done; }
  hash() { head -c 8388608 /dev/mapper/vg-$1 | sha256sum; }
  well() { # WHAT LV...: all is as it was, and settled
    what=$1; shift
    for lv in "$@"; do hash $lv | cmp - $TMPDIR/$lv.sum || { echo "CHANGED $lv: $what"; exit 8; }; done
    must dvm doctor
    if dmsetup info -c --noheadings -o name,suspended,tables_loaded | grep -v -e ":Active:Live$" -e "^No devices"; then exit 7; fi
    echo "WELL $what"
  }
`;

const boot = async (t: Test, script: string) => {
  const { status, output } = await bootUml({
    disks: emptyDisks(t.testdir({}), 96 << 20, "a", "b"),
    modules: ["dm-mod", "raid1", "dm-raid", "dm-delay"],
    script: prelude + script,
  });
  t.equal(status, 0, "status of the script", { output: output.slice(-4000) });
  return [...output.matchAll(/^WELL (.*)$/gm)].map(([, what]) => what);
};

/** After how many seconds commands are killed. */
const changes = orNightly([1.6], [1.2, 1.6, 2, 2.4, 3]);
const recovers = orNightly([1.2], [0.9, 1.2, 1.5, 1.8]);
const inits = orNightly([2], [1.2, 2, 3, 4.5]);
const evacuations = orNightly([2], [1.2, 1.6, 2, 2.4, 2.8, 3.4]);

t.test("a change is killed, and recover, and then two recover at once", async (t) => {
  if (!requireKernel(t)) return;
  const well = await boot(
    t,
    `
  config $DISK0 $DISK1
  must dvm init vg $DISK0 $DISK1 --region-size 1M --extent-size 1M
  must dvm run vg -- create-lv --name a --size 8M
  must dvm run vg -- create-lv --name m --size 8M --mirrors 1
  until is_sound m; do sleep 0.1; done
  must dvm recover vg
  fill a m
  echo '{"changes":[{"verb":"extend-lv","name":"a","size":"+1M"},{"verb":"extend-lv","name":"m","size":"+1M"}]}' >$TMPDIR/batch
  for after in ${changes.join(" ")}; do
    killed $after run vg -- batch $TMPDIR/batch
    for again in ${recovers.join(" ")}; do killed $again recover vg; done
    dvm recover vg >$TMPDIR/other 2>&1 & other=$!
    must dvm recover vg
    wait $other || { cat $TMPDIR/other; exit 6; }
    until is_sound m; do sleep 0.1; done
    [ $(blockdev --getsz /dev/mapper/vg-a) = $(blockdev --getsz /dev/mapper/vg-m) ]
    well "after $after s" a m
  done
`,
  );
  t.equal(well.length, changes.length);
});

t.test(
  "evacuate is killed, and init --force",
  { skip: orNightly<string | false>("taken every night", false) },
  async (t) => {
    if (!requireKernel(t)) return;
    const well = await boot(
      t,
      `
  config $DISK0 $DISK1
  for after in ${inits.join(" ")}; do
    for disk in $DISK0 $DISK1; do
      dd if=/dev/zero of=$disk bs=1M count=4 2>/dev/null
      mke2fs -q -F -t ext4 $disk
    done
    killed $after init vg $DISK0 $DISK1 --force --region-size 1M --extent-size 1M
    must dvm init vg $DISK0 $DISK1 --force --region-size 1M --extent-size 1M
    well "init $after s"
  done
  must dvm run vg -- create-lv --name a --size 8M --pv $DISK0
  fill a
  from=$DISK0; to=$DISK1
  for after in ${evacuations.join(" ")}; do
    killed $after evacuate vg $from
    must dvm evacuate vg $from
    [ "$(dvm report vg lv --columns devices --format csv | tail -n 1)" = $to ]
    well "evacuate $after s" a
    t=$from; from=$to; to=$t
  done
`,
    );
    t.equal(well.length, inits.length + evacuations.length);
  },
);

t.test("a disk fails in the middle of evacuate", async (t) => {
  if (!requireKernel(t)) return;
  const well = await boot(
    t,
    `
  size=$(blockdev --getsz $DISK1)
  sound="0 $size linear $DISK1 0"
  slow="0 $size delay $DISK1 0 5 $DISK1 0 5"
  retable() { dmsetup suspend --nolockfs --noflush disk; echo "$1" | dmsetup load disk; dmsetup resume disk; }
  ends() { # STATUS COMMAND...
    want=$1; shift
    got=0
    "$@" >$TMPDIR/said 2>&1 || got=$?
    [ $got = $want ] || { echo "FAILED $got instead of $want: $*"; cat $TMPDIR/said; exit 5; }
  }
  fails() { # FROM: while it is copied
    retable "$slow"
    dvm evacuate vg $1 >$TMPDIR/said 2>&1 & dvm=$!
    until dmsetup status vg-a | grep -q "raid1.* recover "; do kill -0 $dvm; done
    retable "0 $size error"
    got=0
    wait $dvm || got=$?
    echo "FAILED-COPY $got $(tail -n 1 $TMPDIR/said)"
    retable "$sound"
  }
  dmsetup create disk --table "$sound"
  config $DISK0 /dev/mapper/disk
  must dvm init vg $DISK0 /dev/mapper/disk --region-size 1M --extent-size 1M
  must dvm run vg -- create-lv --name a --size 32M --pv $DISK0
  fill a

  fails $DISK0
  must dvm recover vg
  must dvm evacuate vg $DISK0
  [ "$(dvm report vg lv --columns devices --format csv | tail -n 1)" = /dev/mapper/disk ]
  well "the copy's disk" a

  fails /dev/mapper/disk
  ends 3 dvm evacuate vg /dev/mapper/disk
  command=$(sed -n 's/.*; dvm \\(run vg .*\\) gives its move up.*/\\1/p' $TMPDIR/said)
  must dvm $command
  well "the disk that is left" a
  must dvm evacuate vg /dev/mapper/disk
  [ "$(dvm report vg lv --columns devices --format csv | tail -n 1)" = $DISK0 ]
  well "and once more" a
`,
  );
  t.strictSame(well, ["the copy's disk", "the disk that is left", "and once more"]);
});
