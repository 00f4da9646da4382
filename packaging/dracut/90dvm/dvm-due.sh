#!/bin/sh
# dracut: called over and over by the initqueue; starts dvm when a grace time is over.
read -r now rest < /proc/uptime
is_waiting=
for due in /run/dvm/boot/due-*; do
    [ -e "$due" ] || continue
    is_waiting=yes
    read -r at < "$due" || continue
    if [ "${now%.*}" -ge "$at" ]; then
        dvm boot scan
        break
    fi
done
# shellcheck disable=SC2154 # dracut's
[ -n "$is_waiting" ] || rm -f "$hookdir/initqueue/settled/dvm-due.sh" /lib/dracut/hooks/initqueue/settled/dvm-due.sh
exit 0
