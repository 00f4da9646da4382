/** Leaving a disk with blocks of 4096 bytes, under a file system that is in use: to its own kind only. */
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

const script = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  export DVM_CONFIG=$TMPDIR/dvm.json
  echo '{"discover":{"scan":["'$DISK0'","'$DISK1'","'$DISK2'"]},"common":{"lockDir":"'$TMPDIR'/lock"}}' >$DVM_CONFIG
  dvm init vg $DISK0 $DISK1 $DISK2 --region-size 1M --extent-size 1M >/dev/null
  dvm run vg -- create-lv --name large --size 16M --pv $DISK0 >/dev/null
  dvm run vg -- create-lv --name small --size 16M --pv $DISK2 >/dev/null
  mke2fs -q -t ext4 /dev/mapper/vg-large
  mkdir $TMPDIR/mnt
  mount -t ext4 /dev/mapper/vg-large $TMPDIR/mnt
  seq 100000 >$TMPDIR/mnt/numbers
  dvm evacuate vg $DISK0 >/dev/null
  echo "BLOCKS $(blockdev --getss /dev/mapper/vg-large) $(blockdev --getss /dev/mapper/vg-small)"
  for move in "$DISK1 --to $DISK2" "$DISK2 --to $DISK1" $DISK2; do
    got=0
    dvm evacuate vg $move >$TMPDIR/out 2>$TMPDIR/said || got=$?
    echo "REFUSED $got $(wc -c <$TMPDIR/out) $(tail -n 1 $TMPDIR/said)"
  done
  seq 100000 | cmp - $TMPDIR/mnt/numbers
  umount $TMPDIR/mnt
  e2fsck -fn /dev/mapper/vg-large >/dev/null 2>&1
  dvm doctor >/dev/null
  dvm report vg lv --columns name,devices --format csv | sed "s;$DISK1;DISK1;; s;$DISK2;DISK2;; s/^/LIES /"
`;

t.test("evacuate between disks of other block sizes", async (t) => {
  if (!requireKernel(t)) return;
  const images = emptyDisks(t.testdir({}), 96 << 20, "a", "b", "c");
  const { status, output } = await bootUml({
    disks: images.map((image, index) => ({ image, sectorBytes: index === 2 ? 512 : 4096 })),
    script,
  });
  t.equal(status, 0, "status of the script", { output });
  t.match(output, /^BLOCKS 4096 512$/m);
  const refused = [...output.matchAll(/^REFUSED (.*)$/gm)].map(([, what = ""]) => what);
  t.equal(refused.length, 3);
  for (const what of refused)
    t.match(what, /^3 0 .*with logical blocks of (4096|512) bytes.*\[BLOCK_SIZE\]$/);
  t.match(output, /^LIES large,DISK1$/m);
  t.match(output, /^LIES small,DISK2$/m);
});
