#!/bin/sh
# dracut: a job of the initqueue. While something waits for its grace time another job looks when that is over.
dvm boot scan
for due in /run/dvm/boot/due-*; do
    [ -e "$due" ] || continue
    /sbin/initqueue --settled --unique --name dvm-due /sbin/dvm-due
    break
done
exit 0
