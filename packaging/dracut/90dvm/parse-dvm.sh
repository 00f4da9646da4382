#!/bin/sh
# dracut: waits for the LVs that the kernel's command line names.
if ! getargbool 1 rd.dvm; then
    info "rd.dvm=0: no LVs of dvm"
    rm -f /usr/lib/udev/rules.d/64-dvm.rules /etc/udev/rules.d/64-dvm.rules
else
    for lv in $(getargs rd.dvm.lv=); do
        wait_for_dev -n "/dev/$lv"
    done
fi
