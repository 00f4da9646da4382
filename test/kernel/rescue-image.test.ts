/** The executable makes a rescue image of itself, which starts: what it brings up, and what a person does there. */
import { execFileSync } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import t from "tap";
import { encodeArchive } from "../../src/core/dvm/rescue/cpio.ts";
import { makeBootDisks } from "../lib/boot-root.ts";
import { packaged } from "../lib/dvm.ts";
import { KERNEL, requireKernel } from "../lib/kernel.ts";
import { bootUml } from "../lib/uml.ts";

/** Stands for the person at the shell, which reads it first. */
const TYPED = `
stty raw -echo </dev/ttyS1
exec >/dev/ttyS0 2>&1
fail() { echo "FAILED: $*"; exit; }
must() { "$@" || fail "$*"; }
must [ -e /dev/two/data ]
[ ! -e /dev/vg ] || fail "raid is up"
must dvm export vg/root /root/copy
must cmp /dev/ubda /root/disk
must dvm activate vg root
must cmp /dev/vg/root /root/copy
must mount -o ro /dev/vg/root /mnt
must [ -x /mnt/sbin/init ]
must umount /mnt
echo "status 42" >/dev/ttyS1
exit
`;

t.test("a rescue image", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const { a, b, two } = makeBootDisks(directory);
  const image = join(directory, "rescue.img");
  const kernel = readdirSync(KERNEL.modules)[0] ?? "";
  const modules = join(KERNEL.modules, kernel);
  execFileSync(packaged, ["rescue-image", "-o", image, "--kernel", kernel, "--modules", modules]);
  // The kernel unpacks one archive after the other.
  const more = { "/etc/profile": TYPED, "/root/disk": readFileSync(a) };
  const archive = encodeArchive(
    Object.entries(more).map(([path, content]) => ({
      path,
      content: { type: "file", bytes: Buffer.from(content), isRun: false },
    })),
  );
  appendFileSync(image, gzipSync(archive));
  const initramfs = { image, arguments: "root=/dev/none" };
  const end = await bootUml({ disks: [a, b, two], script: "", modules: [], memMb: 900, initramfs });
  t.equal(end.status, 42, "what is typed goes well", end);
  t.match(end.console, /rescue image/);
});
