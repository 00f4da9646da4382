#!/bin/bash
# dracut: dvm in an initramfs.

# shellcheck disable=SC2154 # dracut sets what is not set here

check() {
    require_binaries dvm || return 1
    [[ $hostonly ]] || [[ $mount_needs ]] && {
        local dev
        for dev in "${!host_fs_types[@]}"; do
            [[ $(dmsetup info -c --noheadings -o uuid "$dev" 2> /dev/null) == DVM-* ]] && return 0
        done
        return 255
    }
    return 0
}

depends() {
    echo dm
    return 0
}

installkernel() {
    local module
    for module in $(dvm boot modules); do
        hostonly='' instmods "$module"
    done
}

install() {
    inst_multiple dvm
    inst_multiple -o modprobe flock systemctl /etc/dvm/config.json
    inst_rules 09-dvm.rules 56-dvm.rules
    inst_rules "$moddir/64-dvm.rules"
    inst_script "$moddir/dvm-scan.sh" /sbin/dvm-scan
    inst_script "$moddir/dvm-due.sh" /sbin/dvm-due
    inst_hook cmdline 30 "$moddir/parse-dvm.sh"
    inst_hook initqueue/timeout 50 "$moddir/dvm-timeout.sh"
    inst_hook pre-pivot 90 "$moddir/dvm-pre-pivot.sh"
    # Before dracut's own dm-shutdown, which removes what is left.
    inst_hook shutdown 20 "$moddir/dvm-shutdown.sh"
    dracut_need_initqueue
}
