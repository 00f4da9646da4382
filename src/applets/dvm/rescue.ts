/** An image that a machine can be started from of which nothing else works. */
import { verb } from "../applet.ts";

export const rescueImage = verb({
  name: "rescue-image",
  summary: "Make an initramfs of this executable, with a shell, to look at and copy what is on disks",
  description:
    "A boot loader starts it as any initramfs, with the kernel whose modules are in it. It brings up " +
    "the LVs of which that writes nothing, makes no transaction, and leaves the rest to the person at its " +
    "shell (docs/boot.md). It is packed with gzip. busybox has to be installed.",
  examples: [
    "dvm rescue-image --output /boot/rescue.img",
    "dvm rescue-image --output rescue.img --kernel 6.1.0-44-amd64 --with /usr/bin/rsync",
  ],
  options: {
    output: { summary: "The image", required: true, alias: "o", placeholder: "FILE" },
    kernel: { summary: "Release of the kernel that will run it (default: the running one)" },
    modules: { summary: "Where its modules are (default /lib/modules/KERNEL)", placeholder: "DIR" },
    with: { summary: "One more file of this machine, with its libraries", many: true, placeholder: "FILE" },
    force: { summary: "Over what is on the disk, or over a disk's image", type: "flag" },
  },
  output: "none",
  run: async (sys, { options: { output, force, ...options } }) => {
    const { rescueImage } = await import("../../core/dvm/rescue/image.ts");
    const { gzipped } = await import("../../core/base/gzip.ts");
    const { writeDestination } = await import("../../core/discover/destination.ts");
    const bytes = await gzipped(await rescueImage(sys, options));
    const scanned = sys.config.discover?.scan ?? [];
    await writeDestination(sys, { path: output, force, sources: [], scanned }, bytes);
  },
});
