/** What an image runs as its first process, and what a person reads then. Busybox is its shell. */
export const RESCUE_INIT = `#!/bin/busybox sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ TERM=linux
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs -o mode=755 run /run
# Drivers of what is there, which may bring forth more that needs drivers; then of file systems.
for round in 1 2 3; do
  find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u | xargs -r modprobe -qa 2>/dev/null
done
modprobe -qa sd_mod sr_mod virtio_blk nvme usb_storage ext4 xfs btrfs vfat 2>/dev/null
dvm boot scan
cat /etc/rescue
# With job control where the console is a terminal.
setsid cttyhack sh -l
sync
# What is mounted keeps its LV up; what dvm asks stays mounted until it is done.
umount -a -r -t norootfs,proc,sysfs,devtmpfs,devpts,tmpfs 2>/dev/null
dvm boot stop
umount -a -r 2>/dev/null
poweroff -f
`;

export const RESCUE_TEXT = `
dvm's rescue image. Disks that come late: dvm boot scan. What there is: dvm report, dvm doctor.

Only LVs without raid, pool, cache or snapshot are up, and no transaction was made. Up with one of the others,
which may write to its disks: dvm activate VG LV; where it lacks something, read-only: with --partial. To copy
an LV away without the kernel: dvm export VG/LV FILE. VGs of LVM2: dvm lvm2 check, and dvm activate VG.

exit takes down what is up and turns the machine off.
`;
