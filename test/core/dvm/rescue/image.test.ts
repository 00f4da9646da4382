/** What a rescue image is made of, on a machine in memory; busybox unpacks it. */
import { execFileSync } from "node:child_process";
import { lstatSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { encodeArchive } from "../../../../src/core/dvm/rescue/cpio.ts";
import { rescueImage } from "../../../../src/core/dvm/rescue/image.ts";
import { interpreterOf } from "../../../../src/core/dvm/rescue/interpreter.ts";
import { pickModules } from "../../../../src/core/dvm/rescue/pick-modules.ts";
import { simInstalled } from "../../../../src/core/sim/installed.ts";
import { Machine } from "../../../lib/machine.ts";

t.test("an archive has files, links and the directories that they lie in", async (t) => {
  const directory = t.testdir({});
  const bytes = encodeArchive([
    { path: "/a/b/run", content: { type: "file", bytes: Buffer.from("12345"), isRun: true } },
    { path: "/a/plain", content: { type: "file", bytes: Buffer.from("1234"), isRun: false } },
    { path: "/link", content: { type: "link", to: "a/plain" } },
    { path: "/a/plain", content: { type: "file", bytes: Buffer.from("not the first"), isRun: false } },
  ]);
  const archive = join(directory, "archive");
  writeFileSync(archive, bytes);
  execFileSync("busybox", ["cpio", "-i", "-F", archive], { cwd: directory, stdio: "pipe" });
  t.equal(readFileSync(join(directory, "a/b/run"), "utf8"), "12345");
  t.equal(lstatSync(join(directory, "a/b/run")).mode & 0o777, 0o755);
  t.equal(readFileSync(join(directory, "a/plain"), "utf8"), "1234");
  t.equal(lstatSync(join(directory, "a/plain")).mode & 0o777, 0o644);
  t.equal(readlinkSync(join(directory, "link")), "a/plain");
  t.throws(() => encodeArchive([{ path: "a", content: { type: "directory" } }]), /lies in the root/);
});

t.test("modules: those of disks, those that are named, and what they need", async (t) => {
  const files = ["modules.dep", "modules.alias", "build/x.c", "kernel/net/sound.ko"];
  files.push("kernel/drivers/scsi/sd_mod.ko.xz", "kernel/drivers/md/dm-mod.ko", "kernel/other/asked-for.ko");
  files.push("kernel/net/below.ko", "kernel/net/lower.ko");
  const dependencies =
    "kernel/other/asked-for.ko: kernel/net/below.ko\nkernel/net/below.ko: kernel/net/lower.ko kernel/gone.ko\n";
  t.strictSame(pickModules(files, dependencies, ["asked_for"]), [
    "modules.dep",
    "modules.alias",
    "kernel/drivers/scsi/sd_mod.ko.xz",
    "kernel/drivers/md/dm-mod.ko",
    "kernel/other/asked-for.ko",
    "kernel/net/below.ko",
    "kernel/net/lower.ko",
  ]);
});

t.test("the loader of a program", async (t) => {
  t.match(interpreterOf(readFileSync(process.execPath)), /^\/.*\/ld[-.].*so/);
  t.equal(interpreterOf(Buffer.from("#!/bin/sh\n")), undefined);
  const cut = readFileSync(process.execPath).subarray(0, 70);
  t.equal(interpreterOf(cut), undefined, "headers beyond its end");
});

/** A program whose loader is /lib/ld.so. */
function program(): Buffer {
  const bytes = Buffer.alloc(256);
  bytes.write("\x7fELF\x02\x01", "latin1");
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(3, 64);
  bytes.writeBigUInt64LE(128n, 72);
  bytes.writeBigUInt64LE(11n, 96);
  bytes.write("/lib/ld.so\0", 128);
  return bytes;
}

t.test("an image", async (t) => {
  const machine = new Machine();
  const put = (path: string, bytes: Buffer | string) => machine.files.set(path, Buffer.from(bytes));
  for (const path of ["/bin/dvm", "/lib/ld.so", "/opt/tool"]) put(path, program());
  put("/bin/busybox", "static");
  put("/lib/libc.so", "library");
  put("/lib/modules/6.1.0/kernel/drivers/md/dm-mod.ko", "module");
  put("/lib/modules/6.1.0/modules.dep", "kernel/drivers/md/dm-mod.ko:\n");
  const asked: string[] = [];
  machine.commands["/lib/ld.so"] = ([how, path]) => {
    asked.push(`${how} ${path}`);
    return Buffer.from(
      path === "/opt/tool" && machine.files.has("/lost")
        ? "\tlibx.so => not found\n"
        : "\tlinux-vdso.so.1 (0x1)\n\tlibc.so => /lib/libc.so (0x2)\n",
    );
  };
  const sys = { ...machine.sys(), openInstalled: async () => simInstalled(machine.files) };
  const options = { kernel: undefined, modules: undefined, with: ["/opt/tool"] };
  const directory = t.testdir({});
  writeFileSync(join(directory, "archive"), await rescueImage(sys, options));
  execFileSync("busybox", ["cpio", "-i", "-F", "archive"], { cwd: directory, stdio: "pipe" });
  t.strictSame(asked, ["--list /bin/dvm", "--list /opt/tool"]);
  const has = (path: string) => readFileSync(join(directory, path));
  t.strictSame(has("sbin/dvm"), program());
  t.strictSame(has("opt/tool"), program());
  t.equal(has("lib/libc.so").toString(), "library");
  t.equal(has("lib/ld.so").length, 256);
  t.equal(has("lib/modules/6.1.0/kernel/drivers/md/dm-mod.ko").toString(), "module");
  t.equal(has("bin/busybox").toString(), "static");
  t.match(has("init").toString(), /^#!\/bin\/busybox sh\n/);
  execFileSync("busybox", ["sh", "-n", join(directory, "init")]);
  t.strictSame(JSON.parse(has("etc/dvm/config.json").toString()), { boot: { rescue: true } });

  await t.rejects(rescueImage(sys, { ...options, with: ["tool"] }), { code: "USAGE" });
  await t.rejects(rescueImage(sys, { ...options, with: ["/none"] }), { code: "BAD_INPUT" });
  await t.rejects(rescueImage(sys, { ...options, kernel: "7" }), {
    code: "NOT_FOUND",
    message: /^\/lib\/modules\/7\/modules.dep is not there: --modules DIR/,
  });
  put("/lost", "");
  await t.rejects(rescueImage(sys, options), { code: "NOT_FOUND", message: /libx.so is not there/ });
  machine.files.delete("/bin/busybox");
  await t.rejects(rescueImage(sys, options), { code: "NOT_FOUND", message: /^busybox/ });
  const asScript = { ...simInstalled(machine.files), program: () => undefined };
  const script = { ...sys, openInstalled: async () => asScript };
  await t.rejects(rescueImage(script, options), { code: "UNSUPPORTED" });
});
