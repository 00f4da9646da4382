/** What dvm makes of a machine that is not as it would like it: real processes in namespaces of their own. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { bundle, packaged, run } from "../lib/dvm.ts";

const FORMS = { bundle, executable: packaged };
const hasNamespaces = spawnSync("unshare", ["-rm", "true"]).status === 0;
const inNamespaces = hasNamespaces ? {} : { skip: "no namespaces here" };

/** Images of disks, with a config that leaves the place of locks open unless told. */
function machine(t: Test, common: object = {}) {
  const directory = mkdtempSync(join(tmpdir(), "dvm-around-"));
  chmodSync(directory, 0o755);
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of ["a.img", "b.img"]) writeFileSync(join(directory, name), Buffer.alloc(16 << 20));
  const config = { common, discover: { scan: ["*.img"] }, dm: { backend: "sim", state: "dm.json" } };
  writeFileSync(join(directory, "dvm.json"), JSON.stringify(config));
  return {
    directory,
    /** A script in which `dvm` is what is tested, in a mount namespace. */
    script: (dvm: string, text: string) =>
      run(["unshare", "-rm", "sh", "-c", `${PRELUDE}\n${text}`], {
        cwd: directory,
        env: { PATH: process.env["PATH"] ?? "", DVM: dvm, DVM_CONFIG: "dvm.json" },
      }),
  };
}

/** `said COMMAND` prints its status and what it says on stderr. */
const PRELUDE = `
dvm() { "$DVM" "$@"; }
said() { "$@" >out 2>err; echo "$? $(cat err)"; }
`;

for (const [form, dvm] of Object.entries(FORMS)) {
  t.test(`${form}: where root's locks are`, inNamespaces, async (t) => {
    const { script } = machine(t);
    const made = await script(
      dvm,
      `mount -t tmpfs -o mode=755 tmpfs /run; mkdir -m 1777 /run/lock; ln -s /nowhere /run/lock/dvm
      said dvm init vg a.img --region-size 128k --extent-size 1M; stat -c '%a %U %G %n' /run/dvm /run/dvm/lock`,
    );
    t.equal(made.stdout.toString(), "0 \n755 root root /run/dvm\n700 root root /run/dvm/lock\n", made.stderr);
    const conf = readFileSync(
      fileURLToPath(new URL("../../packaging/tmpfiles.d/dvm.conf", import.meta.url)),
      "utf8",
    );
    for (const line of ["/run/dvm      0755 root root", "/run/dvm/lock 0700 root root"])
      t.ok(conf.includes(`\nd ${line} -\n`), `tmpfiles.d makes it alike: ${line}`);

    const why = (what: string) =>
      `no locks are put into /run/dvm/lock: ${what}: mend that, or set common.lockDir in the config to another directory`;
    for (const [name, around, what] of [
      [
        "/run cannot be written to",
        "mount -t tmpfs -o ro tmpfs /run",
        "/run/dvm cannot be made in /run: EROFS",
      ],
      [
        "others may write to it",
        "mount -t tmpfs -o mode=755 tmpfs /run; mkdir -m 755 /run/dvm; mkdir -m 777 /run/dvm/lock",
        "/run/dvm/lock can be written to by other users",
      ],
      [
        "it leads elsewhere",
        `mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/other; ln -s other /run/dvm`,
        "/run/dvm is a symbolic link",
      ],
    ] as const) {
      const { stdout } = await script(
        dvm,
        `${around}
        said dvm run vg -- create-lv --name l --size 1M
        said dvm report vg lv
        said dvm doctor; grep -A1 locks out`,
      );
      const lines = stdout.toString().split("\n");
      t.equal(lines[0], `1 dvm run: ${why(what)} [IO]`, `${name}: changes`);
      t.equal(lines[1], `0 read without a lock, while others may change it: ${why(what)}`, `${name}: reads`);
      t.match(lines.slice(2).join("\n"), what, `${name}: doctor`);
    }
  });
}
