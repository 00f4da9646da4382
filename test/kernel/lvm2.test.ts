/**
 * Disk sets of LVM2 on a real kernel: dvm brings up the devices that LVM2 made, by name, uuid, table and
 * content; LVM2 takes them as its own, and dvm takes LVM2's as they are.
 */
import { join } from "node:path";
import t, { type Test } from "tap";
import { bundle } from "../lib/dvm.ts";
import { requireKernel } from "../lib/kernel.ts";
import { type GoldenDevice, goldenContent, goldenDevices, restoreLvm2 } from "../lib/lvm2-fixtures.ts";
import { type Lvm2Row, lvm2Rows } from "../lib/lvm2-rows.ts";
import { orNightly } from "../lib/nightly.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

const DISKS_OF_A_GUEST = 16;
/** Sets of every type that dvm brings up; the nightly run takes all. */
const CHOSEN = orNightly(
  ["linear/full", "striped/full", "missing/missing-b", "missing/partial-missing-c", "raid456/missing-b"],
  Object.keys(lvm2Rows),
);

interface Case extends Lvm2Row {
  readonly name: string;
  /** What LVM2 made of it, without what dvm leaves to it. */
  readonly golden: readonly GoldenDevice[];
  /** dm names whose content is known, and its SHA-256. */
  readonly sums: readonly (readonly [dm: string, sha256: string])[];
  /** dm names whose content the kernel could not read. */
  readonly unread: ReadonlySet<string>;
  /** Name of a disk -> its image. */
  readonly disks: ReadonlyMap<string, string>;
}

const prelude = `
  export DVM_CONFIG=$TMPDIR/dvm.json LVM_SYSTEM_DIR=$TMPDIR/lvm LVM_SUPPRESS_FD_WARNINGS=1
  mkdir -p $LVM_SYSTEM_DIR
  echo 'local { system_id = "host-A.1" }' >$LVM_SYSTEM_DIR/lvmlocal.conf
  lvmconf() { cat >$LVM_SYSTEM_DIR/lvm.conf <<END
global { system_id_source = "lvmlocal" locking_dir = "$TMPDIR/locks" }
devices { use_devicesfile = 0 obtain_device_list_from_udev = 0 external_device_info_source = "none" filter = [ $1 "r|.*|" ] }
activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
backup { backup = 0 archive = 0 }
END
  }
  dvm() { node ${shellQuote(bundle)} "$@"; }
  told() { # KEY COMMAND...: its lines after the key, and its status
    key=$1; shift
    "$@" >$TMPDIR/said 2>&1; code=$?
    sed "s/^/$key /" $TMPDIR/said
    echo "$key-STATUS $code"
  }
  devices() { # KEY
    dmsetup info -c --noheadings --separator ' ' -o major,minor,name,uuid,attr | sed "s/^/$1-INFO /"
    dmsetup table | sed "s/^/$1-TABLE /"
  }
  sums() { for name in "$@"; do sha256sum /dev/mapper/$name | sed "s/^/SUM /"; done; }
`;

function script({ name, vgs, without = [], partial, left, sums, disks }: Case, first: number): string {
  const nodes = [...disks.keys()].map((_, index) => `$DISK${first + index}`);
  const all = vgs.map(shellQuote).join(" ");
  const mode = partial ? "--activationmode partial" : without.length > 0 ? "--activationmode degraded" : "";
  return `
  echo "ROW ${name}"
  lvmconf "${nodes.map((node) => `\\"a|^${node}\\$|\\",`).join(" ")}"
  echo '{"discover":{"scan":['${nodes.map((node) => `'"'${node}'"'`).join("','")}']},"common":{"lockDir":"'$TMPDIR'/lock"},"lvm2":{"conf":"'$LVM_SYSTEM_DIR'/lvm.conf"}}' >$DVM_CONFIG
  ${[...disks.keys()].map((disk, index) => `echo "DISK ${disk} $(cat /sys/block/$(basename ${nodes[index]})/dev)"`).join("\n  ")}
  for vg in ${all}; do told ACTIVATE dvm activate "$vg" ${partial ? "--partial" : ""}; done
  devices OURS
  sums ${sums.map(([dm]) => shellQuote(dm)).join(" ")}
  for vg in ${all}; do told VGCHANGE lvm vgchange -ay ${mode} "$vg"; done
  devices BOTH
  for vg in ${all}; do told DEACTIVATE dvm deactivate "$vg"; done
  ${left ? `for vg in ${all}; do lvm vgchange -an "$vg" >/dev/null 2>&1; done` : ""}
  devices AFTER
  for vg in ${all}; do lvm vgchange -ay ${mode} "$vg" >/dev/null 2>&1; done
  for vg in ${all}; do told REPORT dvm report "$vg" lv --columns vg,name,availability,state --format csv; done
  devices LVM2
  for vg in ${all}; do told DOWN dvm deactivate "$vg"; lvm vgchange -an "$vg" >/dev/null 2>&1; done
  dmsetup remove_all
  `;
}

/** Cases in the order of their names, as many to a guest as it has disks for. */
function packs(directory: string): Case[][] {
  const all: Case[][] = [[]];
  let used = 0;
  for (const name of CHOSEN) {
    const row = lvm2Rows[name];
    if (!row) throw new Error(`no set ${name}`);
    const [fixture = "", variant = ""] = name.split("/");
    const golden = goldenDevices(fixture, variant).filter((device) => !row.left?.test(device.name));
    const content = goldenContent(fixture, variant) ?? {};
    const sums = golden.flatMap(({ name: dm }) => {
      const { sha256 } = content[dm] ?? {};
      return sha256 === undefined ? [] : [[dm, sha256] as const];
    });
    const unread = new Set(Object.keys(content).filter((dm) => content[dm]?.readable === false));
    const disks = restoreLvm2(fixture, join(directory, name.replace("/", "-")), row.without);
    if (used + disks.size > DISKS_OF_A_GUEST) {
      all.push([]);
      used = 0;
    }
    used += disks.size;
    all.at(-1)?.push({ ...row, name, golden, sums, unread, disks });
  }
  return all;
}

/** What follows a key at the start of a line. */
const told = (lines: readonly string[], key: string): string[] =>
  lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));

/** The dm devices that a guest has told of, a line each, with `@name` for devices. */
function devices(lines: readonly string[], key: string, left: RegExp | undefined): string[] {
  const names = new Map(told(lines, "DISK").map((line) => line.split(" ").reverse() as [string, string]));
  const infos = told(lines, `${key}-INFO`).filter((line) => /^\d/.test(line));
  for (const [major, minor, name = ""] of infos.map((line) => line.split(" ")))
    names.set(`${major}:${minor}`, name);
  const tables = told(lines, `${key}-TABLE`).map((line) => /^(\S+): (.*)$/.exec(line) ?? []);
  return infos
    .map((line) => line.split(" "))
    .filter(([, , name = ""]) => !left?.test(name))
    .map(([, , name, uuid, attributes]) => {
      const table = tables
        .filter(([, of]) => of === name)
        .map(([, , text = ""]) =>
          text.replace(/\b\d+:\d+\b/g, (device) => `@${names.get(device) ?? device}`).trim(),
        );
      return shown({
        name: name ?? "",
        uuid: uuid ?? "",
        readonly: attributes?.endsWith("r") ?? false,
        table,
      });
    })
    .sort();
}

const shown = ({ name, uuid, readonly, table }: GoldenDevice): string =>
  [name, uuid, readonly ? "r" : "w", ...table.map((line) => line.trim())].join(" | ");

/** What LVM2 may say of a set that lacks disks. */
const WARNINGS =
  /^ *(\d+ logical volume|PARTIAL MODE|WARNING: (Couldn't find device|VG \S+ is missing PV)|Refusing activation of partial LV)/;
const NONE = /(?!)/;

function judge(
  t: Test,
  { golden, sums, unread, vgs, left, without, complaint = NONE }: Case,
  lines: readonly string[],
): void {
  const wanted = golden.map(shown).sort();
  t.strictSame(devices(lines, "OURS", left), wanted, "dvm's devices are those that LVM2 made");
  t.strictSame(
    told(lines, "SUM").map((line) => line.split(/ +/).reverse()),
    sums.map(([dm, sha256]) => [`/dev/mapper/${dm}`, sha256]),
    "with their content",
  );
  if (!without && complaint === NONE)
    t.strictSame(
      told(lines, "VGCHANGE-STATUS"),
      vgs.map(() => "0"),
      "LVM2 takes them as its own",
    );
  const complaints = told(lines, "VGCHANGE").filter((line) => !WARNINGS.test(line));
  t.strictSame(
    complaints.filter((line) => !complaint.test(line)),
    [],
    "and has no complaint",
  );
  t.strictSame(devices(lines, "BOTH", left), wanted, "nor changes them");
  t.strictSame(devices(lines, "AFTER", undefined), [], "they go");
  t.strictSame(devices(lines, "LVM2", left), wanted, "LVM2's own are the same");
  const read = new Set(sums.map(([dm]) => dm));
  for (const row of told(lines, "REPORT")) {
    const [vg = "", name = "", availability, state] = row.split(",");
    const dm = `${vg.replaceAll("-", "--")}-${name.replaceAll("-", "--")}`;
    if (!golden.some((device) => device.name === dm)) continue;
    const well = without ? /^(complete|degraded)$/ : "complete";
    t.match(state, without ? /^(active|live)$/ : "active", `${dm} is live`);
    if (!without || read.has(dm)) t.match(availability, well, `${dm} can be read`);
    else if (unread.has(dm)) t.equal(availability, "unavailable", `${dm} cannot be read`);
  }
}

t.test("LVM2's disk sets", async (t) => {
  if (!requireKernel(t)) return;
  for (const pack of packs(t.testdir({}))) {
    let first = 0;
    const scripts = pack.map((row) => {
      first += row.disks.size;
      return script(row, first - row.disks.size);
    });
    const { status, output, console } = await bootUml({
      disks: pack.flatMap(({ disks }) => [...disks.values()]),
      script: prelude + scripts.join("\n"),
    });
    t.equal(status, 0, "status of the script", {
      output: output.slice(-4000),
      console: console.slice(-2000),
    });
    const parts = output.split(/^ROW .*\n/m).slice(1);
    for (const [index, row] of pack.entries())
      await t.test(row.name, async (t) => judge(t, row, parts[index]?.split("\n") ?? []));
  }
});
