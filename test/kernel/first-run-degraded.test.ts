/**
 * Raid of every level, made and filled on image files, which no kernel has run when a disk is gone: it comes
 * up without it, with its content, and whole again. The disks hold noise, so that no parity is right that
 * nobody has computed.
 */
import { execFileSync } from "node:child_process";
import t from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const common = `
  set -e
  dvm() { node ${shellQuote(bundle)} "$@"; }
  content() { seq -f "$1 %.0f" 1 2000000 | head -c $2; } # WORDS BYTES
  M=1048576
  filled="one four five six ten seen1 seen6"
`;

const made = `
  export DVM_CONFIG=$DIR/host.json
  echo '{"discover":{"scan":["'$DIR'/*.img"]},"dm":{"backend":"sim","state":"'$DIR'/dm.json"},"common":{"lockDir":"'$DIR'/lock"}}' >$DVM_CONFIG
  for disk in "$@"; do dd if=/dev/urandom of=$disk bs=1M count=48 conv=notrunc 2>/dev/null; done
  dvm init vg "$@" --extent-size 512k --region-size 1M
  make() { # NAME DISKS OPTIONS...
    name=$1; count=$2; shift 2
    pvs=; for disk in $(ls $DIR/*.img | head -n $count); do pvs="$pvs --pv $disk"; done
    dvm run vg -- create-lv --name $name --inactive --size 3M "$@" $pvs
  }
  make one 2 --mirrors 1
  make four 3 --type raid4 --stripes 2
  make five 4 --type raid5 --stripes 3
  make six 5 --type raid6 --stripes 3
  make ten 4 --type raid10 --stripes 2 --mirrors 1
  make empty 3 --type raid5 --stripes 2
  make seen1 2 --mirrors 1
  make seen6 5 --type raid6 --stripes 3
  for lv in $filled; do content $lv $((2 * M)) | dvm import vg/$lv -; done
`;

const run = `
  scan() { # DISK...
    disks=; for disk in "$@"; do disks="$disks,\\"$disk\\""; done
    echo '{"discover":{"scan":['\${disks#,}']},"common":{"lockDir":"'$TMPDIR'/lock"}}' >$TMPDIR/dvm.json
  }
  export DVM_CONFIG=$TMPDIR/dvm.json
  same() { # NAME
    echo 3 >/proc/sys/vm/drop_caches
    [ "$(content $1 $((2 * M)) | sha256sum)" = "$(head -c $((2 * M)) /dev/mapper/vg-$1 | sha256sum)" ] || { echo "FAILED: content of $1"; exit 6; }
  }
  health() { # NAME LETTERS: waits until the legs are that, and nothing is being done
    for i in $(seq 600); do dmsetup status vg-$1 | grep -q " $2 \\([0-9]*\\)/\\1 idle " && return; sleep 0.1; done
    dmsetup status vg-$1; exit 8
  }

  echo "-- looked at without a disk, and whole after that"
  scan $DISK0 $DISK2 $DISK3 $DISK4
  dvm activate vg --partial seen1 seen6
  dmsetup table | grep ' raid '
  for lv in seen1 seen6; do same $lv; done
  dvm deactivate vg
  scan $DISK0 $DISK1 $DISK2 $DISK3 $DISK4
  dvm activate vg seen1 seen6
  health seen1 AA; health seen6 AAAAA
  for lv in seen1 seen6; do same $lv; dmsetup message vg-$lv 0 check; done
  health seen1 AA; health seen6 AAAAA
  dmsetup status | grep ' raid '
  [ "$(dmsetup status vg-seen6 | cut -d' ' -f9)" = 0 ]
  dvm deactivate vg

  echo "-- without a disk"
  scan $DISK0 $DISK2 $DISK3 $DISK4
  dvm recover vg --without missing
  dvm activate vg --degraded $filled empty
  dmsetup status | grep ' raid '
  for lv in $filled; do same $lv; done
  content empty $((2 * M)) | dd of=/dev/mapper/vg-empty bs=4k iflag=fullblock conv=fsync 2>/dev/null
  for lv in $filled empty; do content $lv 12288 | dd of=/dev/mapper/vg-$lv bs=4k iflag=fullblock conv=fsync,notrunc 2>/dev/null; done
  dvm deactivate vg
  for lv in $filled empty; do
    [ "$(content $lv $((2 * M)) | sha256sum)" = "$(dvm export vg/$lv - | head -c $((2 * M)) | sha256sum)" ] || { echo "FAILED: export of $lv"; exit 5; }
  done
  dvm activate vg --degraded $filled empty
  for lv in $filled empty; do same $lv; done

  echo "-- and with it again"
  scan $DISK0 $DISK1 $DISK2 $DISK3 $DISK4
  dvm recover vg --resync $DISK1
  letters() { case $1 in one|seen1) echo AA;; four|empty) echo AAA;; five|ten) echo AAAA;; *) echo AAAAA;; esac; }
  for lv in $filled empty; do health $lv $(letters $lv); dmsetup message vg-$lv 0 check; done
  for lv in $filled empty; do
    health $lv $(letters $lv)
    [ "$(dmsetup status vg-$lv | cut -d' ' -f9)" = 0 ] || { dmsetup status vg-$lv; echo "FAILED: legs of $lv differ"; exit 4; }
    same $lv
  done
  dvm tend vg
  dvm doctor
  dvm deactivate vg
  echo ALL WELL
`;

t.test("raid that no kernel has run comes up without a disk", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const disks = emptyDisks(directory, 48 << 20, "a.img", "b.img", "c.img", "d.img", "e.img");
  const env = { ...process.env, DIR: directory };
  execFileSync("sh", ["-c", common + made, "sh", ...disks], { env, stdio: ["ignore", "ignore", "inherit"] });
  const boot = await bootUml({ disks, script: common + run });
  t.equal(boot.status, 0, "it does", {
    output: boot.output.slice(-5000),
    console: boot.console.slice(-3000),
  });
  t.match(boot.output, /ALL WELL/);
});
