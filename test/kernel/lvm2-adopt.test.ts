/**
 * A VG that LVM2 itself has made changes hands on a real kernel, under a mounted file system that is written to
 * all the while: adopted, changed, released, and brought up by either side.
 */
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { GUEST, goesWell } from "../lib/guest-script.ts";
import { orNightly } from "../lib/nightly.ts";

t.setTimeout(0);

/** The same by turns while nothing is live. */
const offline = `
  echo OFFLINE
  dvm adopt vg
  dvm activate vg
  dmsetup info -c --noheadings -o uuid vg-data vg-m | grep -c ^DVM- | grep -qx 2
  e2fsck -fn /dev/mapper/vg-data
  test "$(sha256sum </dev/mapper/vg-m)" = "$sum"
  dvm snapshot vg/snap --origin data --size 4M
  dvm remove-lv vg/snap
  expect 3 dvm release vg 2>&1 | grep "dvm deactivate vg"
  dvm deactivate vg
  dvm release vg
  lvm vgck vg
  lvm vgchange -q -ay vg
  mount -o ro /dev/mapper/vg-data $TMPDIR/at
  seq -f 'line %g' $(cat $TMPDIR/written) | cmp - $TMPDIR/at/log
  umount $TMPDIR/at
  test "$(sha256sum </dev/mapper/vg-m)" = "$sum"
  dvm deactivate vg
  test -z "$(made)"
`;

const script = `
  ${GUEST}
  export LVM_SYSTEM_DIR=$TMPDIR/lvm LVM_SUPPRESS_FD_WARNINGS=1
  mkdir -p $LVM_SYSTEM_DIR $TMPDIR/at
  cat >$LVM_SYSTEM_DIR/lvm.conf <<END
global { locking_dir = "$TMPDIR/locks" }
devices { use_devicesfile = 0 obtain_device_list_from_udev = 0 external_device_info_source = "none" filter = [ "a|^$DISK0\\$|", "a|^$DISK1\\$|", "r|.*|" ] }
activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
backup { backup = 0 archive = 0 }
END
  configure $DISK0 $DISK1
  sed -i 's|}$|,"lvm2":{"conf":"'$LVM_SYSTEM_DIR'/lvm.conf"}}|' $DVM_CONFIG
  made() { dmsetup info -c --noheadings --separator ' ' -o name,uuid | grep ^vg- | sort; dmsetup table | grep ^vg- | sort; }
  same() { made >$TMPDIR/now; diff $TMPDIR/made $TMPDIR/now; }

  lvm pvcreate -q $DISK0 $DISK1
  lvm vgcreate -q vg $DISK0 $DISK1
  lvm lvcreate -q -Zn -Wn -y -L 24M -n data vg
  lvm lvcreate -q -Zn -Wn -y --type raid1 -m 1 -L 8M -n m vg
  mkfs.ext4 -q /dev/mapper/vg-data
  mount /dev/mapper/vg-data $TMPDIR/at
  dd if=/dev/urandom of=/dev/mapper/vg-m bs=1M count=8 oflag=direct 2>/dev/null
  until_status vg-m "raid1 2 AA [0-9/]+ idle"
  sum=$(sha256sum </dev/mapper/vg-m)
  made >$TMPDIR/made
  touch $TMPDIR/at/log
  (n=0; while [ ! -e $TMPDIR/enough ]; do n=$((n + 1)); echo line $n >>$TMPDIR/at/log; sync $TMPDIR/at/log; sleep 0.05; done; echo $n >$TMPDIR/written) &
  writer=$!
  lines() { wc -l <$TMPDIR/at/log; }
  goes_on() { was=$(lines); until [ $(lines) -gt $was ]; do sleep 0.1; done; }

  goes_on
  lvm vgs --noheadings
  dvm adopt vg
  same
  goes_on
  test -z "$(lvm vgs --noheadings 2>/dev/null)"
  test "$(dvm report vg lv --columns name,state --format csv | sort | tr '\\n' ' ')" = "data,active m,active name,state "
  dvm extend-lv vg/data --size +8M
  test $(blockdev --getsz /dev/mapper/vg-data) = 65536
  resize2fs /dev/mapper/vg-data 2>/dev/null
  expect 3 dvm snapshot vg/snap --origin data --size 4M 2>&1 | grep "dvm deactivate vg data"
  dmsetup info -c --noheadings -o uuid vg-data | grep -q ^LVM-
  goes_on
  made >$TMPDIR/made

  dvm release vg
  same
  goes_on
  test "$(lvm vgs --noheadings -o vg_name | tr -d ' ')" = vg
  lvm vgck vg
  test "$(lvm lvs --noheadings --separator ' ' -o lv_name,lv_size,lv_active --units m vg | sed 's/ *//' | tr '\\n' ' ')" = "data 32.00m active m 8.00m active "
  lvm lvextend -q -l +1 vg/data
  test $(blockdev --getsz /dev/mapper/vg-data) = 73728
  goes_on
  touch $TMPDIR/enough
  wait $writer
  seq -f 'line %g' $(cat $TMPDIR/written) | cmp - $TMPDIR/at/log
  umount $TMPDIR/at
  e2fsck -fn /dev/mapper/vg-data
  test "$(sha256sum </dev/mapper/vg-m)" = "$sum"
  lvm vgchange -q -an vg
  test -z "$(made)"

  ${orNightly("", offline)}
`;

t.test("adopted and released under a writer", async (t) => {
  const directory = t.testdir({});
  const disks = ["a.img", "b.img"].map((name) => join(directory, name));
  for (const disk of disks) {
    writeFileSync(disk, "");
    truncateSync(disk, 64 << 20);
  }
  await goesWell(t, script, disks);
});
