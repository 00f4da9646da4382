/**
 * Sparse images on real file systems that are full: exit codes, what is said, and that space is all it takes
 * to go on.
 */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

/**
 * With O_DIRECT (ext4, in blocks of 1024 bytes, so that a page may be written in part) and through the page
 * cache (tmpfs). `fill` takes all space in files of 24 KiB, each of which gives some back when it is removed.
 */
const script = `
  set -e
  mkdir $TMPDIR/ext4 $TMPDIR/tmpfs
  mke2fs -q -t ext4 -b 1024 -m 0 -O ^has_journal $DISK0
  mount -t ext4 $DISK0 $TMPDIR/ext4
  mount -t tmpfs -o size=2m tmpfs $TMPDIR/tmpfs

  dvm() { node ${shellQuote(bundle)} "$@"; }
  wrong() { echo "WRONG $fs: $*"; }
  # wants STATUS PATTERN COMMAND...
  wants() {
    want=$1 pattern=$2; shift 2
    got=0
    dvm "$@" >$TMPDIR/out 2>$TMPDIR/err || got=$?
    case " $want " in *" $got "*) ;; *) wrong "$got instead of $want: $*: $(cat $TMPDIR/err)" ;; esac
    grep -q "$pattern" $TMPDIR/out $TMPDIR/err || wrong "no $pattern: $*: $(cat $TMPDIR/out $TMPDIR/err)"
  }
  holds() {
    dvm replicate read regions.json - >$TMPDIR/read
    cmp -s $TMPDIR/read "$1" || wrong "not $1, $2"
  }
  fill() {
    i=0
    while dd if=/dev/zero of=fill$1.$i bs=24k count=1 conv=fsync 2>/dev/null; do i=$((i + 1)); done
    # What is left of less than that.
    dd if=/dev/zero of=fill$1.last bs=1k conv=fsync 2>/dev/null || :
  }
  for n in 1 2 3; do
    yes "content $n" | head -c 60000 >$TMPDIR/content$n
  done

  for fs in ext4 tmpfs; do
    cd $TMPDIR/$fs
    truncate -s 4M a b c d
    echo '{"regions":[{"path":"a","offset":2048,"length":2048},{"path":"b","offset":2048,"length":2048}]}' >regions.json
    echo '{"regions":[{"path":"c","offset":2048,"length":2048},{"path":"d","offset":2048,"length":2048}]}' >fresh.json
    wants 0 txid replicate format regions.json
    wants 0 txid replicate prepare regions.json $TMPDIR/content1
    wants 0 txid replicate commit regions.json
    fill
    wants "1 8" "no space left" replicate format fresh.json
    if [ $fs = ext4 ]; then wants "1 8" "no space left" discover add vg --new c -d c; fi
    failures=0
    while ! dvm replicate prepare regions.json $TMPDIR/content2 >$TMPDIR/out 2>$TMPDIR/err; do
      grep -q "no space left.*ENOSPC.*nothing was changed .IO.$" $TMPDIR/err || wrong "$(cat $TMPDIR/err)"
      holds $TMPDIR/content1 "after failure $failures"
      failures=$((failures + 1))
      rm fill.$failures || break
    done
    echo "FAILURES $fs $failures"
    # From here on both file systems are alike to us.
    if [ $fs = tmpfs ]; then break; fi
    fill more
    wants 0 txid replicate abort regions.json
    wants 0 txid replicate prepare regions.json $TMPDIR/content2
    wants 0 txid replicate commit regions.json
    holds $TMPDIR/content2 "committed on a full file system"
    wants 1 "no space left" replicate prepare regions.json $TMPDIR/content3
    rm fill*
    wants 0 txid replicate prepare regions.json $TMPDIR/content3
    wants 0 txid replicate commit regions.json
    holds $TMPDIR/content3 "with space again"
    wants 0 clean replicate verify regions.json
    dvm replicate read --txid 2 regions.json - | cmp -s - $TMPDIR/content1 || wrong "the oldest content is lost"
    cd /
  done
`;

t.test("file systems that are full", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 2 * 2 ** 20, "disk");
  const { status, output } = await bootUml({ disks, script, modules: [] });
  t.equal(status, 0, "status of the script", { output });
  t.same(output.match(/^WRONG .*$/gm) ?? [], []);
  for (const fs of ["ext4", "tmpfs"]) {
    const failures = Number(new RegExp(`^FAILURES ${fs} (\\d+)$`, "m").exec(output)?.[1]);
    t.ok(failures >= 2, `${failures} updates failed on ${fs} before one fitted`, { output });
  }
});
