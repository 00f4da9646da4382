// Makes packages of what `npm run build` has made: a .deb, an .rpm where rpmbuild is there, and a tar that runs on
// machines with another C library, too.
// node packaging/package.mjs [--output DIRECTORY] [--version VERSION] [--compress xz|none] [--only deb|rpm|tar]
import { execFile } from "node:child_process";
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { gzipSync } from "node:zlib";

const run = promisify(execFile);
const project = dirname(dirname(fileURLToPath(import.meta.url)));
const built = (...path) => join(project, "dist", ...path);
const ours = (...path) => join(project, "packaging", ...path);

const { values } = parseArgs({
  options: {
    output: { type: "string", default: built() },
    version: { type: "string" },
    only: { type: "string" },
    compress: { type: "string", default: "xz" },
  },
});
const version = values.version ?? JSON.parse(await readFile(join(project, "package.json"), "utf8")).version;

/** Where each directory of files goes. */
const FILES = [
  ["udev", "usr/lib/udev/rules.d"],
  ["systemd", "usr/lib/systemd/system"],
  ["tmpfiles.d", "usr/lib/tmpfiles.d"],
  ["dracut/90dvm", "usr/lib/dracut/modules.d/90dvm"],
];
/** Those of them that are run. */
const PROGRAMS = [
  ["initramfs-tools/hooks/dvm", "usr/share/initramfs-tools/hooks/dvm"],
  ["initramfs-tools/scripts/local-top/dvm", "usr/share/initramfs-tools/scripts/local-top/dvm"],
  ["initramfs-tools/scripts/local-block/dvm", "usr/share/initramfs-tools/scripts/local-block/dvm"],
];
const COMPLETIONS = [
  ["bash", "usr/share/bash-completion/completions/dvm"],
  ["zsh", "usr/share/zsh/vendor-completions/_dvm"],
  ["fish", "usr/share/fish/vendor_completions.d/dvm.fish"],
];

const work = await mkdtemp(join(values.output, "package-"));
try {
  const isWanted = (kind) => values.only === undefined || values.only === kind;
  if (isWanted("deb")) await makeDeb(join(work, "deb"));
  if (isWanted("rpm")) await makeRpm(join(work, "rpm"));
  if (isWanted("tar")) await makeTar(join(work, "tar"));
} finally {
  await rm(work, { recursive: true, force: true });
}

/** All that any package has. */
async function install(root) {
  await put(built("dvm-linux-x64"), join(root, "usr/sbin/dvm"), 0o755);
  const { stdout } = await run(built("dvm-linux-x64"), ["--list"]);
  for (const name of stdout.split("\n").filter((each) => each !== "" && each !== "dvm"))
    await symlink("dvm", join(root, "usr/sbin", `dvm_${name}`));
  for (const [from, to] of FILES)
    for (const file of await readdir(ours(from)))
      await put(ours(from, file), join(root, to, file), file.endsWith(".sh") ? 0o755 : 0o644);
  for (const [from, to] of PROGRAMS) await put(ours(from), join(root, to), 0o755);
  for (const [shell, to] of COMPLETIONS) {
    const text = (await run(built("dvm-linux-x64"), ["completion", shell], { maxBuffer: 1 << 24 })).stdout;
    await write(join(root, to), text, 0o644);
  }
  for (const page of await readdir(built("man")))
    await write(
      join(root, "usr/share/man/man8", `${page}.gz`),
      gzipSync(await readFile(built("man", page)), { level: 9 }),
      0o644,
    );
}

async function makeDeb(root) {
  await install(root);
  const doc = join(root, "usr/share/doc/dvm");
  await put(ours("deb/copyright"), join(doc, "copyright"), 0o644);
  await put(join(project, "docs/boot.md"), join(doc, "boot.md"), 0o644);
  const text = await readFile(ours("deb/changelog"), "utf8");
  await write(join(doc, "changelog.gz"), gzipSync(text.replace("@VERSION@", version), { level: 9 }), 0o644);
  await put(ours("deb/lintian-overrides"), join(root, "usr/share/lintian/overrides/dvm"), 0o644);
  const control = join(root, "DEBIAN");
  const files = await filesOf(root);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(root, file))).size));
  const kib = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024);
  const filled = (await readFile(ours("deb/control"), "utf8")).replace("@VERSION@", version);
  await write(join(control, "control"), filled.replace("@KIB@", `${kib}`), 0o644);
  for (const script of ["postinst", "postrm"]) await put(ours("deb", script), join(control, script), 0o755);
  await put(ours("deb/triggers"), join(control, "triggers"), 0o644);
  const { stdout } = await run("md5sum", files, { cwd: root });
  await write(join(control, "md5sums"), stdout, 0o644);
  const made = join(values.output, `dvm_${version}_amd64.deb`);
  await run("dpkg-deb", ["--root-owner-group", `-Z${values.compress}`, "-z1", "--build", root, made]);
  console.log(made);
}

/** Without what only Debian has; completions of zsh are elsewhere. */
async function makeRpm(work) {
  const rpmbuild = await run("rpmbuild", ["--version"]).catch(() => undefined);
  if (!rpmbuild) {
    if (values.only === "rpm") throw new Error("no rpmbuild (Debian package rpm)");
    return console.log("no .rpm: rpmbuild is not there");
  }
  const root = join(work, "root");
  await install(root);
  await rm(join(root, "usr/share/initramfs-tools"), { recursive: true });
  await mkdir(join(root, "usr/share/zsh/site-functions"), { recursive: true });
  await rename(
    join(root, "usr/share/zsh/vendor-completions/_dvm"),
    join(root, "usr/share/zsh/site-functions/_dvm"),
  );
  await rm(join(root, "usr/share/zsh/vendor-completions"), { recursive: true });
  await put(join(project, "docs/boot.md"), join(root, "usr/share/doc/dvm/boot.md"), 0o644);
  await put(join(project, "LICENSE"), join(root, "usr/share/licenses/dvm/LICENSE"), 0o644);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const paths = files.map((entry) => `/${relative(root, join(entry.parentPath, entry.name))}\n`);
  await write(join(work, "listed"), paths.sort().join(""), 0o644);
  // A dash separates version and release.
  const spec = (await readFile(ours("rpm/dvm.spec"), "utf8")).replace(
    "@VERSION@",
    version.replaceAll("-", "~"),
  );
  await write(join(work, "dvm.spec"), spec, 0o644);
  const defined = {
    _topdir: join(work, "top"),
    _tmppath: join(work, "tmp"),
    _rpmdir: work,
    _binary_payload: values.compress === "none" ? "w0.gzdio" : "w2.xzdio",
    laid_out: root,
    listed: join(work, "listed"),
  };
  const macros = Object.entries(defined).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  await mkdir(defined._tmppath);
  await run("rpmbuild", ["-bb", "--quiet", "--target", "x86_64", ...macros, join(work, "dvm.spec")]);
  const made = `dvm-${version.replaceAll("-", "~")}-1.x86_64.rpm`;
  await rename(join(work, "x86_64", made), join(values.output, made));
  console.log(join(values.output, made));
}

/** The executable with the loader and the libraries that it needs, where it looks for them: for musl, too. */
async function makeTar(root) {
  await install(root);
  for (const file of await readdir(ours("mkinitcpio")))
    await put(ours("mkinitcpio", file, "dvm"), join(root, "usr/lib/initcpio", file, "dvm"), 0o644);
  const { stdout } = await run("ldd", [built("dvm-linux-x64")]);
  for (const [, path] of stdout.matchAll(/(\/\S+) \(0x/g)) {
    const to = path.includes("ld-linux") ? "lib64" : "usr/lib/x86_64-linux-gnu";
    await put(path, join(root, to, basename(path)), 0o755);
  }
  const made = join(values.output, `dvm-${version}-linux-x64.tar.gz`);
  const packer = values.compress === "none" ? "gzip -1" : "gzip";
  await run("tar", ["--owner=0", "--group=0", "--sort=name", "-I", packer, "-cf", made, "-C", root, "."]);
  console.log(made);
}

async function put(from, to, mode) {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, mode);
}

async function write(to, content, mode) {
  await mkdir(dirname(to), { recursive: true });
  await writeFile(to, content);
  await chmod(to, mode);
}

/** Regular files, without what describes the package. */
async function filesOf(root) {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("DEBIAN/"))
    .sort();
}
