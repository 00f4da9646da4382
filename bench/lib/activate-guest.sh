# In a kernel of its own: two VGs of COUNT linear LVs, lvm2's on $DISK0 and dvm's on $DISK1. Activates and deactivates each
# ROUNDS times and prints "NAME SECONDS" for every time. With $UDEVD, a systemd-udevd that is to run, and $RULES, the
# directory of dvm's rules for it, both sides wait for udev as they do on any machine.
set -eu
udev=0
[ -z "${UDEVD-}" ] || udev=1
export LVM_SYSTEM_DIR=/run/lvm DVM_CONFIG=/run/dvm.json
mkdir -p /run/lvm /run/lock/lvm /run/dvm
cat >/run/lvm/lvm.conf <<END
devices { filter = [ "a|$DISK0|", "r|.*|" ] use_devicesfile = 0 external_device_info_source = "none" obtain_device_list_from_udev = 0 }
activation { udev_sync = $udev udev_rules = $udev monitoring = 0 }
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

settle() { :; }
if [ $udev = 1 ]; then
  unset DM_DISABLE_UDEV
  mkdir -p /run/udev/rules.d
  cp "$RULES"/*.rules /run/udev/rules.d/
  "$UDEVD" --daemon 2>/dev/null
  settle() { udevadm settle; }
fi

now() { cut -d' ' -f1 /proc/uptime; }
measure() {
  name=$1
  shift
  begin=$(now)
  "$@" >/run/said 2>&1 || { cat /run/said; exit 1; }
  echo "$name $begin $(now)" | awk '{ printf "%s %.2f\n", $1, $3 - $2 }'
}
expect() { # VG COUNT: so many devices, and links to its LVs
  settle
  [ "$(dmsetup ls | grep -vc 'No devices')" = "$2" ] || { echo "not $2 devices are there"; exit 1; }
  [ "$(ls "/dev/$1" 2>/dev/null | wc -l)" = "$2" ] || { echo "not $2 links are in /dev/$1"; exit 1; }
}
round=0
while [ $round -lt "$ROUNDS" ]; do
  measure lvm-on lvm vgchange -ay peer
  expect peer "$COUNT"
  measure lvm-off lvm vgchange -an peer
  expect peer 0
  measure dvm-start "$DVM" --version
  measure dvm-on "$DVM" activate bench
  expect bench "$COUNT"
  measure dvm-off "$DVM" deactivate bench
  expect bench 0
  round=$((round + 1))
done
