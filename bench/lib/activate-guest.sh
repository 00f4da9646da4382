# In a kernel of its own: two VGs of COUNT linear LVs, lvm2's on $DISK0 and dvm's on $DISK1. Activates and deactivates each
# ROUNDS times and prints "NAME SECONDS" for every time.
set -eu
export LVM_SYSTEM_DIR=/run/lvm DVM_CONFIG=/run/dvm.json
mkdir -p /run/lvm /run/lock/lvm /run/dvm
cat >/run/lvm/lvm.conf <<END
devices { filter = [ "a|$DISK0|", "r|.*|" ] use_devicesfile = 0 external_device_info_source = "none" obtain_device_list_from_udev = 0 }
activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
backup { backup = 0 archive = 0 }
END
echo "{\"discover\":{\"scan\":[\"$DISK1\"]},\"common\":{\"lockDir\":\"/run/dvm\"}}" >/run/dvm.json

lvm pvcreate -q --metadatasize 8m "$DISK0" >/dev/null 2>&1
lvm vgcreate -q -s 4m peer "$DISK0" >/dev/null 2>&1
lvm vgcfgbackup -f /run/peer peer >/dev/null 2>&1
# lvcreate would take minutes.
awk -v count="$COUNT" '
  { print }
  /^\tphysical_volumes/ { inside = 1 }
  inside && /^\t}/ {
    inside = 0
    print "\tlogical_volumes {"
    for (i = 0; i < count; i++) {
      printf "lv%d { id = \"abcdef-0000-0000-0000-0000-0000-%06d\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\n", i, i
      printf "flags = []\nsegment_count = 1\nsegment1 { start_extent = 0\nextent_count = 1\ntype = \"striped\"\n"
      printf "stripe_count = 1\nstripes = [ \"pv0\", %d ]\n}\n}\n", i
    }
    print "\t}"
  }' /run/peer >/run/peer-full
lvm vgcfgrestore -f /run/peer-full peer >/dev/null 2>&1

"$DVM" init bench "$DISK1" >/dev/null 2>&1
seq 0 $((COUNT - 1)) | awk '
  { printf "%s{\"verb\":\"create-lv\",\"name\":\"lv%d\",\"extents\":1}", (NR > 1) ? "," : "{\"changes\":[", $1 }
  END { print "]}" }' >/run/batch.json
"$DVM" run bench --no-activate -- batch /run/batch.json >/dev/null 2>&1

now() { cut -d' ' -f1 /proc/uptime; }
measure() {
  name=$1
  shift
  begin=$(now)
  "$@" >/run/said 2>&1 || { cat /run/said; exit 1; }
  echo "$name $begin $(now)" | awk '{ printf "%s %.2f\n", $1, $3 - $2 }'
}
expect() { [ "$(dmsetup ls | grep -vc 'No devices')" = "$1" ] || { echo "not $1 devices are there"; exit 1; }; }
round=0
while [ $round -lt "$ROUNDS" ]; do
  measure lvm-on lvm vgchange -ay peer
  expect "$COUNT"
  measure lvm-off lvm vgchange -an peer
  measure dvm-start "$DVM" --version
  measure dvm-on "$DVM" activate bench
  expect "$COUNT"
  measure dvm-off "$DVM" deactivate bench
  expect 0
  round=$((round + 1))
done
