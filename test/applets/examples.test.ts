/** The examples that end the help of a verb do what they are to, typed as they stand. */
import t from "tap";
import { applets } from "../../src/applets/index.ts";
import { derivedId } from "../../src/core/base/derived-id.ts";
import type { Discovery } from "../../src/schema/index.ts";
import { Machine } from "../lib/machine.ts";
import { mustType, type } from "../lib/typed.ts";

/** Only such lines, while one looks for what is wrong with one. */
const ONLY = new RegExp(process.env["DVM_EXAMPLES"] ?? "");
const MIB = 2 ** 20;
const DISK = 256 * MIB;

type Before = (machine: Machine) => unknown;

const typed =
  (...lines: readonly string[]): Before =>
  async (machine) => {
    for (const line of lines) await mustType(machine, line);
  };

/** Copies of the disks of the VG, and where they are, with the ids that a copy of it is to get. */
function copies(machine: Machine): void {
  for (const [from, to] of ["be", "cf", "dg"])
    machine.disks.bytes(`/dev/sd${from}`).copy(machine.disks.bytes(`/dev/sd${to}`));
  const where = JSON.parse(String(machine.files.get("where.json"))) as Discovery;
  const id = "5a".repeat(16);
  const devices = where.devices.map((device) => ({ ...device, id: derivedId(id, device.id) }));
  const copy = { ...where, vg: { ...where.vg, id, name: "copy" }, devices };
  machine.files.set("copy.json", Buffer.from(JSON.stringify(copy)));
}

/** Takes a disk away. @returns what plugs it in again */
function withoutDisk(machine: Machine): () => void {
  const bytes = machine.unplug("/dev/sdd");
  return () => machine.disk("/dev/sdd", bytes);
}

/** What goes on until it is told to end is told so. */
function endsAtOnce(machine: Machine): void {
  machine.ending = Promise.resolve();
}

/** What an image is made of. */
function installed(machine: Machine): void {
  const programs = ["/bin/dvm", "/bin/busybox", "/usr/bin/rsync"];
  const modules = ["6.1.0", "6.1.0-44-amd64"].map((release) => `/lib/modules/${release}/modules.dep`);
  for (const path of [...programs, ...modules]) machine.files.set(path, Buffer.alloc(0));
}

/** What has to be done before such a line is typed. */
const BEFORE: readonly (readonly [RegExp, Before])[] = [
  [/import-clone/, copies],
  [/remove-vg|export|dvm import |dvm serve/, typed("dvm deactivate vg0")],
  [
    /remove-vg vg0$/,
    typed(...["root", "swap", "home", "log", "thin"].map((lv) => `dvm remove-lv vg0/${lv} --with-users`)),
  ],
  [
    /dvm (adopt|release)/,
    typed("dvm deactivate vg0", ...["log", "thin"].map((lv) => `dvm remove-lv vg0/${lv} --with-users`)),
  ],
  [/dvm adopt/, typed("dvm release vg0")],
  [/repair vg0\/home --leg 1/, typed("dvm leg-state vg0 --leg home/1 --state stale")],
  [/--without missing/, withoutDisk],
  [
    /--resync/,
    async (machine) => {
      const plugIn = withoutDisk(machine);
      await mustType(machine, "dvm recover vg0 --without missing");
      plugIn();
    },
  ],
  [/undo vg0 --dry-run/, typed("dvm tag vg0/root --add new")],
  [/--allow remove:vg0\/data/, typed("dvm create-lv vg0/data --size 8M")],
  [/dvm (serve|events)/, endsAtOnce],
  [/ uncache/, typed("dvm cache vg0/swap --size 16M --pv fast", "dvm tm read < where.json > old.json")],
  [/ uncache .*--finish/, typed("dvm uncache vg0/swap", "dvm tm read < where.json > old.json")],
  [/rescue-image/, installed],
  [/--returned/, typed("dvm missing-pv vg0 --pv fast")],
];

/** Five disks, and a VG of four of them with LVs. */
async function scene(): Promise<Machine> {
  const machine = new Machine();
  for (const letter of "bcdefg") machine.disk(`/dev/sd${letter}`, DISK);
  for (const line of [
    "dvm init vg0 /dev/sdb /dev/sdc /dev/sdd --region-size 1M",
    "dvm tag vg0 --pv /dev/sdb --add fast",
    "dvm tag vg0 --pv /dev/sdc --add slow",
    "dvm tag vg0 --pv /dev/sdd --add spare --add old",
    "dvm create-lv vg0/root --size 32M --pv fast",
    "dvm create-lv vg0/swap --size 16M --pv slow",
    "dvm create-lv vg0/home --size 16M --mirrors 1 --pv fast --pv slow",
    "dvm create-lv vg0/log --size 8M --pv slow",
    "dvm snapshot vg0/before --origin log --size 8M --pv slow",
    "dvm create-pool vg0/thin --size 8M --pv slow",
    "dvm create-thin vg0/docs --pool thin --size 1G",
    "dvm discover find vg0 > where.json",
    "dvm tm read < where.json > old.json",
  ])
    await mustType(machine, line);
  machine.files.set(
    "changes.json",
    Buffer.from(
      '{"changes":[{"verb":"create-lv","name":"a","size":"8M"},{"verb":"tag","lv":["a"],"add":["new"]}]}',
    ),
  );
  const wanted = { vgs: [{ name: "vg0", lvs: [{ name: "data", size: "8M" }] }] };
  machine.files.set("wanted.json", Buffer.from(JSON.stringify(wanted)));
  const less = { vgs: [{ name: "vg0", lvs: [{ name: "swap", absent: true }] }] };
  machine.files.set("less.json", Buffer.from(JSON.stringify(less)));
  for (const line of ["dvm dump vg0 > desired.json", "dvm plan wanted.json --json > plan.json"])
    await mustType(machine, line);
  machine.files.set("root.image", Buffer.alloc(16 * MIB, "root"));
  return machine;
}

const CHUNK = MIB;
const ZEROS = Buffer.alloc(CHUNK);

/** What makes twins of a machine, of which little is written on. */
function twinsOf(made: Machine): () => Machine {
  const written = made.paths.flatMap((path) => {
    const bytes = made.disks.bytes(path);
    const starts = Array.from({ length: bytes.length / CHUNK }, (_, n) => n * CHUNK);
    const chunks = starts.map((start) => ({ path, start, bytes: bytes.subarray(start, start + CHUNK) }));
    return chunks.filter((chunk) => !chunk.bytes.equals(ZEROS));
  });
  return () => {
    const twin = new Machine({}, structuredClone(made.dmState));
    for (const path of made.paths) twin.disk(path, DISK);
    for (const { path, start, bytes } of written) bytes.copy(twin.disks.bytes(path), start);
    for (const [path, bytes] of made.files) twin.files.set(path, bytes);
    twin.diverge();
    return twin;
  };
}

t.test("each example", async (t) => {
  const twin = twinsOf(await scene());
  for (const applet of await applets.all())
    for (const verb of applet.verbs)
      for (const line of verb.examples ?? []) {
        if (!ONLY.test(line)) continue;
        const machine = twin();
        for (const [about, before] of BEFORE) if (about.test(line)) await before(machine);
        const { status, stderr } = await type(machine, line);
        t.equal(status, 0, `${line}: ${stderr}`);
      }
});
