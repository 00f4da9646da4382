/** What dvm makes of a machine that is not as it would like it: real processes in namespaces of their own. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { bundle, packaged, run } from "../lib/dvm.ts";

const FORMS = { bundle, executable: packaged };
const hasNamespaces = spawnSync("unshare", ["-rm", "true"]).status === 0;
const inNamespaces = hasNamespaces ? {} : { skip: "no namespaces here" };

/** Images of disks, with a config that leaves the place of locks open unless told. */
function machine(t: Test, common: object = {}) {
  // Not in /tmp, which is covered up here and there.
  const directory = t.testdir({});
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
saidThere() { "$@" >"$OLDPWD/out" 2>"$OLDPWD/err"; echo "$? $(cat "$OLDPWD/err")"; }
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
      `no locks are put into /run/dvm/lock: ${what}: mend that, or set common.lockDir in the config to ` +
      "another directory";
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

/** The executable may be run from there and nothing be written: an honest place for a program. */
const READ_ONLY = `for p in "$DVM" "$(readlink -f "$(command -v node)")"; do
  d=$(dirname "$p"); mount --bind "$d" "$d"; mount -o remount,bind,ro "$d"
done;`;
const NOEXEC = "for d in /dev/shm /run /tmp /var/tmp; do mount -t tmpfs -o noexec tmpfs $d; done;";
const NO_PROC = "mount -t tmpfs tmpfs /proc;";
const NO_SYS = "mount -t tmpfs tmpfs /sys;";
const GONE = 'mkdir gone; cd gone; rmdir ../gone; export DVM_CONFIG="$OLDPWD/dvm.json";';

/** What is around, what is done there, its status, and the one line that it says. */
const ROWS: readonly (readonly [name: string, text: string, status: number, says: RegExp])[] = [
  ["noexec but for its own directory", `${NOEXEC} said dvm report vg`, 0, /^$/],
  [
    "noexec, and nothing to write to",
    `${READ_ONLY} ${NOEXEC} said dvm report vg`,
    1,
    /^dvm report: native code can be loaded from none of .*\/run \(noexec\).*: set TMPDIR to a directory that can be written to and is not mounted noexec \[IO\]$/,
  ],
  ["a TMPDIR that is not there", "TMPDIR=/nowhere said dvm report vg", 0, /^$/],
  ["a TMPDIR that is a file", "TMPDIR=/etc/passwd said dvm report vg", 0, /^$/],
  ...[3, 12, 22].map(
    (files) =>
      [
        `a trace where ${files} files have room`,
        `mkdir -p tr; mount -t tmpfs -o nr_inodes=${files} tmpfs tr
        said dvm --trace tr run vg -- create-lv --name traced${files} --size 1M
        dvm report vg --format csv --columns name | grep -q traced${files} || echo LOST`,
        0,
        /^nothing more is kept in the trace: [^\n]*$/,
      ] as const,
  ),
  ["no /proc: a report", `${NO_PROC} said dvm report vg`, 0, /^$/],
  ["no /proc: a change", `${NO_PROC} said dvm run vg --dry-run -- create-lv --name n --size 1M`, 0, /^$/],
  [
    "no /proc: a mutator of somebody else's",
    `dvm discover -c dvm.json find vg >found; ${NO_PROC} said dvm tm -c dvm.json update --discovery ` +
      "found -- cat",
    1,
    /^tm update: \/proc\/self\/fd: cannot be read: ENOENT: \/proc is not mounted: mount -t proc proc \/proc \[IO\]$/,
  ],
  [
    "no /proc: block devices",
    `${NO_PROC} said dvm discover -c no.json list`,
    1,
    /^discover list: \/proc\/self\/mountinfo: cannot be read: ENOENT: \/proc is not mounted: mount -t proc proc \/proc \[IO\]$/,
  ],
  ["no /sys: a report of images", `${NO_SYS} said dvm report vg`, 0, /^$/],
  [
    "no /sys: block devices",
    `${NO_SYS} said dvm discover -c no.json list`,
    1,
    /^discover list: \/sys\/class\/block: cannot be read: ENOENT: \/sys is not mounted: mount -t sysfs sysfs \/sys \[IO\]$/,
  ],
  [
    "no /sys: doctor",
    `${NO_SYS} echo '{"dm":{"backend":"sim"}}' >sim.json; said dvm doctor -c sim.json; grep devices out >&2`,
    3,
    /^dvm doctor: .*\[INCOMPLETE\]$/,
  ],
  ["no /dev", "mount -t tmpfs tmpfs /dev; mknod /dev/null p; said dvm report vg </proc/self/mounts", 0, /^$/],
  ["the current directory is gone, all paths are absolute", `${GONE} saidThere dvm --version`, 0, /^$/],
  [
    "the current directory is gone, a path is relative",
    `${GONE} saidThere dvm report vg`,
    1,
    /^dvm report: the current directory has been removed: go to another one, or give absolute paths \[IO\]$/,
  ],
  [
    "no HOME, no PATH",
    'unset HOME; p=$PATH; said env -i PATH=$p DVM_CONFIG=dvm.json "$DVM" report vg',
    0,
    /^$/,
  ],
];

for (const [form, dvm] of Object.entries(FORMS)) {
  t.test(`${form}: a machine that lacks something`, inNamespaces, async (t) => {
    const { script, directory } = machine(t, { lockDir: "lock" });
    writeFileSync(join(directory, "no.json"), JSON.stringify({ common: { lockDir: "lock" } }));
    t.equal(
      (
        await script(dvm, "said dvm init vg a.img b.img --region-size 128k --extent-size 1M")
      ).stdout.toString(),
      "0 \n",
    );
    for (const [name, text, status, says] of ROWS) {
      const ran = await script(dvm, text);
      const [, seen, said = ""] = /^(\d+) ?(.*)$/s.exec(ran.stdout.toString().trim()) ?? [];
      // That of the shell is not ours.
      const ours = said.replace(/^sh: 0: getcwd\(\) failed.*(\n|$)/, "");
      t.equal(Number(seen), status, `${name}: status; ${said}${ran.stderr}`);
      t.match(ours, says, name);
    }
  });
}

const NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const isRoot = process.getuid?.() === 0;
const asNobody = isRoot ? {} : { skip: "only root can become somebody else" };

for (const [form, dvm] of Object.entries(FORMS)) {
  t.test(`${form}: what another user has left`, asNobody, async (t) => {
    const { directory } = machine(t);
    chmodSync(directory, 0o777);
    for (const name of ["a.img", "b.img"]) chmodSync(join(directory, name), 0o666);
    mkdirSync(join(directory, "runtime"));
    chownSync(join(directory, "runtime"), 65534, 65534);
    const runtime = join(directory, "runtime");
    const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json", XDG_RUNTIME_DIR: runtime };
    const user = { cwd: directory, env };
    const made = await run([...NOBODY, dvm, "init", "vg", "a.img", "b.img", "--region-size", "128k"], user);
    t.equal(made.status, 0, made.stderr);
    const create = [dvm, "run", "vg", "--", "create-lv", "--name", "l", "--size", "4M"];
    t.equal((await run([...NOBODY, ...create], user)).status, 0);
    chownSync(join(directory, "dm.json"), 0, 0);
    for (const line of [
      "activate vg",
      "deactivate vg",
      "run vg -- create-lv --name m --size 4M",
      "init w a.img",
    ]) {
      const { status, stdout, stderr } = await run([...NOBODY, dvm, ...line.split(" ")], user);
      t.match(stderr, /^dvm [^\n]*dm\.json[^\n]*: cannot (lock|be read): EACCES[^\n]* \[IO\]\n$/, line);
      t.equal(status, 1, line);
      t.equal(stdout.toString(), "", line);
    }
  });

  t.test(`${form}: a mask that takes all rights away`, asNobody, async (t) => {
    const { directory } = machine(t);
    chmodSync(directory, 0o777);
    for (const name of ["a.img", "b.img"]) chmodSync(join(directory, name), 0o666);
    mkdirSync(join(directory, "runtime"));
    chownSync(join(directory, "runtime"), 65534, 65534);
    const env = {
      PATH: process.env["PATH"] ?? "",
      DVM: dvm,
      DVM_CONFIG: "dvm.json",
      XDG_RUNTIME_DIR: join(directory, "runtime"),
      TMPDIR: join(directory, "runtime"),
    };
    for (const line of [
      "init vg a.img b.img --region-size 128k --extent-size 1M",
      "run vg -- create-lv --name l --size 1M",
      "export vg/l runtime/out",
      "report vg lv",
    ]) {
      const { status, stderr } = await run([...NOBODY, "sh", "-c", `umask 0777; "$DVM" ${line}`], {
        cwd: directory,
        env,
      });
      t.equal(stderr, "", line);
      t.equal(status, 0, line);
    }
  });
}

const PRLIMITS = [
  [
    ["--as=1000000000"],
    "dvm: less than 2 GiB of address space: raise its limit (ulimit -v, LimitAS=) [IO]\n",
  ],
  [["--data=33554432"], "dvm: less than 2 GiB of data: raise its limit (ulimit -d, LimitDATA=) [IO]\n"],
  [["--stack=65536"], "dvm: less than 1 MiB of stack: raise its limit (ulimit -s, LimitSTACK=) [IO]\n"],
  [
    ["--nofile=16"],
    "dvm: fewer than 32 open files are allowed: raise their limit (ulimit -n, LimitNOFILE=) [IO]\n",
  ],
  [
    ["--nofile=4"],
    "dvm: fewer than 32 open files are allowed: raise their limit (ulimit -n, LimitNOFILE=) [IO]\n",
  ],
  [["--as=2147483648", "--data=2147483648", "--stack=1048576", "--nofile=32"], ""],
] as const;

t.test("executable: limits under which Node cannot start", async (t) => {
  for (const [limits, says] of PRLIMITS) {
    const { status, stderr } = await run(["prlimit", ...limits, packaged, "schema", "label"]);
    t.equal(stderr, says);
    t.equal(status, says === "" ? 0 : 1);
  }
});

t.test("bundle: limits under which Node cannot start", async (t) => {
  for (const [limits, says] of [
    [
      "ulimit -v 900000",
      "dvm: less than 1 GB of address space: raise its limit (ulimit -v, LimitAS=) [IO]\n",
    ],
    [
      "ulimit -n 12",
      "dvm: fewer than 32 open files are allowed: raise their limit (ulimit -n, LimitNOFILE=) [IO]\n",
    ],
    ["ulimit -d 999999", "dvm: less than 1 GB of data: raise its limit (ulimit -d, LimitDATA=) [IO]\n"],
    ["ulimit -s 999", "dvm: less than 1 MB of stack: raise its limit (ulimit -s, LimitSTACK=) [IO]\n"],
    ["ulimit -Sn 12", ""],
    ["ulimit -n 32; ulimit -v 4000000; ulimit -d 1000000; ulimit -s 1000", ""],
  ] as const) {
    const { status, stderr } = await run(["sh", "-c", `${limits}; exec "$0" schema label`, bundle]);
    t.equal(stderr, says, limits);
    t.equal(status, says === "" ? 0 : 1, limits);
  }
  const few = '(ulimit -n 12; exec "$0" schema label) 2>&1 | cat';
  const { stdout } = await run(["bash", "-c", few, bundle]);
  t.match(
    stdout.toString(),
    /^dvm: fewer than 32 open files are allowed: .*\n$/,
    "with one less that is free",
  );
});

const TOO_FEW =
  /^dvm[^\n]*: fewer than (12|5) threads can be started: raise the limit of processes \(ulimit -u, LimitNPROC=, TasksMax=, pids\.max\) \[IO\]\n$/;
/** Below this a Node that is not ours cannot start, and has its own way of saying so. */
const NODE_STARTS = 8;

/** A limit of root's does not hold for root, and nobody else may have processes under this id. */
const UID = 1_000_000 + process.pid;

for (const [form, dvm] of Object.entries(FORMS)) {
  t.test(`${form}: few threads`, asNobody, async (t) => {
    const { directory } = machine(t, { lockDir: "lock" });
    chmodSync(directory, 0o777);
    for (const name of ["a.img", "b.img"]) chmodSync(join(directory, name), 0o666);
    const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json", TMPDIR: directory };
    const user = ["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups"];
    const limited = (threads: number, line: string) =>
      run([...user, "prlimit", `--nproc=${threads}`, dvm, ...line.split(" ")], { cwd: directory, env });
    t.equal((await limited(200, "init vg a.img b.img --region-size 128k --extent-size 1M")).status, 0);
    const works: number[] = [];
    for (const threads of [1, 4, 6, 8, 9, 10, 11, 12, 13, 16, 24, 40, 66, 70, 80]) {
      if (dvm === bundle && threads < NODE_STARTS) continue;
      const { status, stderr } = await limited(threads, `run vg -- create-lv --name l${threads} --size 64k`);
      if (status === 0) works.push(threads);
      else t.equal(status, 1, `${threads} threads`);
      t.match(stderr, status === 0 ? /^$/ : TOO_FEW, `${threads} threads`);
    }
    t.same(works.slice(-7), [13, 16, 24, 40, 66, 70, 80], "it works with what there is");
  });

  const pids = "/sys/fs/cgroup/pids";
  const group = join(pids, `dvm-test-${process.pid}-${form}`);
  const mayGroup = isRoot && existsSync(join(pids, "cgroup.procs"));
  t.test(
    `${form}: a group of few threads`,
    mayGroup ? {} : { skip: "no group can be made here" },
    async (t) => {
      const { directory } = machine(t, { lockDir: "lock" });
      mkdirSync(group);
      t.teardown(() => rmdirSync(group));
      const env = { PATH: process.env["PATH"] ?? "", DVM: dvm, DVM_CONFIG: "dvm.json", GROUP: group };
      const limited = (threads: number, line: string) => {
        writeFileSync(join(group, "pids.max"), `${threads}`);
        const script = `echo $$ >"$GROUP/cgroup.procs"; exec "$DVM" ${line}`;
        return run(["sh", "-c", script], { cwd: directory, env });
      };
      const made = await limited(20, "init vg a.img b.img --region-size 128k --extent-size 1M");
      t.equal(made.status, 0, made.stderr);
      for (const threads of [9, 13, 30, 64]) {
        const { status, stderr } = await limited(
          threads,
          `run vg -- create-lv --name l${threads} --size 64k`,
        );
        t.equal(status, threads < 12 ? 1 : 0, `${threads} threads: ${stderr}`);
        t.match(stderr, status === 0 ? /^$/ : TOO_FEW, `${threads} threads`);
      }
    },
  );
}

/** PR_SET_MDWE of prctl(2), as MemoryDenyWriteExecute= sets it. */
const withMdwe = (...command: readonly string[]) => [
  "perl",
  "-e",
  "syscall(157, 65, 1, 0, 0, 0) == 0 or exit 99; exec @ARGV",
  ...command,
];
const hasMdwe = spawnSync("perl", withMdwe("true").slice(1)).status === 0;

t.test("executable: no memory to execute", hasMdwe ? {} : { skip: "no PR_SET_MDWE here" }, async (t) => {
  const { status, stderr } = await run(withMdwe(packaged, "schema", "label"));
  t.match(
    stderr,
    /^dvm: memory cannot be made executable here: run it where MemoryDenyWriteExecute= .*\[IO\]\n$/,
  );
  t.equal(status, 1);
});
