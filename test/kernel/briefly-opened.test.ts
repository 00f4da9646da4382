/**
 * While an LV is removed somebody looks at it again and again, each time for an instant, as udev, blkid and
 * monitors do: dvm waits for a gap, and ends with 3 and the name of who has it open where there is none.
 */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { orNightly } from "../lib/nightly.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

const ROUNDS = orNightly(2, 5);

/** Each line `REMOVED STATUS BYTES-ON-STDOUT LOOKS LAST-WORDS`: looks are those that found it. */
const script = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  echo '{"discover":{"scan":["'$DISK0'"]},"common":{"lockDir":"'$TMPDIR'/lock"}}' >$TMPDIR/dvm.json
  export DVM_CONFIG=$TMPDIR/dvm.json
  dvm init vg $DISK0 --region-size 1M >/dev/null
  remove() { # as fully as scripts do it, and says what came of it
    got=0
    dvm run vg -- remove-lv --name l >$TMPDIR/out 2>$TMPDIR/err || got=$?
    touch $TMPDIR/stop
    wait
    echo "REMOVED $got $(wc -c <$TMPDIR/out) $(cat $TMPDIR/looks) $(tail -n 1 $TMPDIR/err)"
  }
  begun() { until [ -s $TMPDIR/looks ]; do :; done; }
  again() {
    rm -f $TMPDIR/stop $TMPDIR/looks
    dvm run vg -- create-lv --name l --size 8M >/dev/null
  }

  for round in $(seq ${ROUNDS}); do
    again
    ( looks=0
      until [ -e $TMPDIR/stop ]; do
        if dd if=/dev/mapper/vg-l of=/dev/null bs=64k count=1; then looks=$((looks + 1)); fi
        blkid -p /dev/mapper/vg-l || true
        echo $looks >$TMPDIR/looks.new
        mv $TMPDIR/looks.new $TMPDIR/looks
      done ) >/dev/null 2>&1 &
    begun
    remove
  done

  echo "-- by two in turn, so that there is no gap"
  again
  ( looks=0
    exec 3</dev/mapper/vg-l
    until [ -e $TMPDIR/stop ]; do
      exec 4</dev/mapper/vg-l 3<&-
      exec 3</dev/mapper/vg-l 4<&-
      looks=$((looks + 2))
      echo $looks >$TMPDIR/looks
    done ) &
  begun
  remove
  [ "$(dvm report vg lv --columns state,availability --format csv | tail -n 1)" = active,complete ]
  dvm doctor

  echo "-- only once the metadata is committed"
  meta=$TMPDIR/meta
  dvm -c $DVM_CONFIG discover find vg >$meta.where
  dvm -c $DVM_CONFIG tm read <$meta.where >$meta.old
  dvm manip remove-lv --name l <$meta.old >$meta.new
  dvm -c $DVM_CONFIG volactivate prepare --old $meta.old --new $meta.new --discovery $meta.where >$meta.activation
  exec 3</dev/mapper/vg-l
  got=0
  dvm -c $DVM_CONFIG volactivate commit <$meta.activation >$TMPDIR/out 2>$TMPDIR/err 3<&- || got=$?
  echo "COMMITTED $got $(wc -c <$TMPDIR/out) $(tail -n 1 $TMPDIR/err)"
  exec 3<&-
  dvm -c $DVM_CONFIG volactivate commit <$meta.activation >/dev/null
  echo "LEFT $(dmsetup info -c --noheadings -o name)"

  echo "-- on a disk that is a dm device itself, as LUKS and multipath have it"
  dmsetup create below --table "0 $((64 << 11)) linear $DISK0 0"
  echo '{"discover":{"scan":["/dev/mapper/below"]},"common":{"lockDir":"'$TMPDIR'/lock"}}' >$TMPDIR/dvm.json
  dvm init stacked /dev/mapper/below --force --region-size 1M >/dev/null 2>$TMPDIR/said
  dvm run stacked -- create-lv --name l --size 8M >/dev/null 2>>$TMPDIR/said
  dvm doctor
  dvm recover stacked
  dvm doctor
  echo "STACKED $(grep -c discover.scan $TMPDIR/said || true)"
`;

t.test("an LV that is looked at while it is removed", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 64 << 20, "a");
  const { status, output } = await bootUml({ disks, script, modules: ["dm-mod"] });
  t.equal(status, 0, "status of the script", { output });
  const removed = [...output.matchAll(/^REMOVED (\d+) (\d+) (\d+) (.*)$/gm)];
  t.equal(removed.length, ROUNDS + 1);
  const blocked = removed.pop();
  const isOpen = /vg-l has to be out of use, but is open.*\[IN_USE\]$/;
  for (const [, ended, bytes, looks, said = ""] of removed) {
    t.ok(Number(looks) > 0, `it was looked at ${looks} times`);
    if (ended === "0") continue;
    t.equal(ended, "3", "or there was no gap for five seconds", { said });
    t.match(said, isOpen);
    t.equal(bytes, "0", "a program's trace is nobody's result");
  }
  t.ok(
    removed.some(([, ended]) => ended === "0"),
    "it is waited for",
  );
  t.match(blocked?.[4], /is open by process \d+ \(sh\) \[IN_USE\]$/);
  t.strictSame(blocked?.slice(1, 3), ["3", "0"], "nothing is changed");
  t.match(
    output,
    /^COMMITTED 7 0 .*vg-l has to be out of use, but is open by process \d+ \(sh\).*\[NOT_ACTIVATED\]$/m,
  );
  t.match(output, /^LEFT No devices found$/m, "it is gone in the end", { output });
  t.match(output, /^STACKED 0$/m, "what was just made agrees, and no path is called wrong", { output });
});
