/**
 * Every finding of doctor, in a state that shows it: the commands that it names are typed as they stand, and
 * then it is gone. Where it names none, the row does what docs/findings.md says.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { type FindingCode, findingCodes, isSound } from "../../src/core/dvm/findings.ts";
import { superblockBytes } from "../core/dm/raid-superblock-bytes.ts";
import { canProtect, INIT, type Sim, type Site, site } from "../lib/site.ts";

const MIB = 1 << 20;

interface Row {
  readonly make: (site: Site) => unknown;
  /** What is done first, such as mending the device. */
  readonly first?: (site: Site) => unknown;
  /**
   * Which of several ways out this row takes: the text of the finding has to name it. Else all that it names,
   * in order. Of several parts each is a command.
   */
  readonly way?: RegExp | readonly RegExp[];
  /** The disks; else two. */
  readonly images?: readonly string[];
  /** What stands for LEG in the text. */
  readonly leg?: string;
  /** What SIZE stands for. */
  readonly size?: string;
  /** Instead of a command, which the finding does not name. */
  readonly by?: (site: Site) => unknown;
  /** What stands for DEVICE in the text. */
  readonly device?: string;
  /** Between the commands: what the simulator does not do by itself. */
  readonly between?: (site: Site) => unknown;
  /** Doctor says it in the words of this other finding; the column `problems` of report shows it. */
  readonly within?: FindingCode;
  /** Where it is false, this row cannot be run. */
  readonly can?: boolean;
  /** It is shown by this command alone, to whom an old document was given. */
  readonly shownBy?: string;
}

/** What several rows begin with: commands -> a directory with what they have made. */
const begun = new Map<string, string>();
t.teardown(() => {
  for (const directory of begun.values()) rmSync(directory, { recursive: true, force: true });
});
/** Types the commands at a fresh site, or copies what they made at another. */
async function begin({ at, must }: Site, commands: readonly string[]): Promise<void> {
  const key = commands.join("\n");
  const there = begun.get(key);
  if (there !== undefined) return cpSync(there, at(""), { recursive: true });
  for (const command of commands) await must(command);
  const directory = mkdtempSync(join(tmpdir(), "dvm-findings-"));
  begun.set(key, directory);
  // The config has the site's own path in it.
  for (const name of readdirSync(at("")))
    if (/\.img$|^dm\.json$/.test(name)) copyFileSync(at(name), join(directory, name));
}
const vgOf = (s: Site, ...lvs: string[]): Promise<void> =>
  begin(s, [`init vg a.img b.img ${INIT}`, ...lvs.map((lv) => `run vg -- create-lv ${lv}`)]);
/** Of all disks that there are. */
const vgOfAll = (s: Site, lv: string): Promise<void> => {
  const images = FIVE.filter((image) => existsSync(s.at(image)));
  return begin(s, [`init vg ${images.join(" ")} ${INIT}`, `run vg -- create-lv ${lv}`]);
};
const LINEAR = "--name x --size 2M --pv a.img";
const MIRROR = "--name m --size 2M --mirrors 1 --pv a.img --pv b.img";
const STRIPES = "--name s --size 2M --stripes 2";

const PARITY = "--name p --size 4M --type raid5 --stripes 2";
const FIVE = ["a.img", "b.img", "c.img", "d.img", "e.img"];
const RESYNC = /recover vg --resync [0-9a-f]{32}/;
/** Levels whose legs are not alike, with the letters of their health. */
const LEVELS = [
  ["--name p --size 4M --type raid4 --stripes 2", "raid4 3 AAA"],
  [PARITY, "raid5_ls 3 AAA"],
  ["--name p --size 6M --type raid6 --stripes 3", "raid6_zr 5 AAAAA"],
  ["--name p --size 4M --type raid10 --stripes 2", "raid10 4 AAAA"],
] as const;

/** A VG that has gone on without a disk which an LV is on. */
const lost = (lv: string) => async (s: Site) => {
  await vgOfAll(s, lv);
  away(s);
  await s.must("recover vg --without missing");
};
const live = (sim: Sim, name: string) => {
  const device = sim.devices.find((each) => each.name === name);
  if (!device) throw new Error(`no ${name}`);
  return device;
};
/** Makes a VG with an LV, and changes what is live of it. */
const changed =
  (lv: string, name: string, how: (device: Sim["devices"][number]) => void) => async (s: Site) => {
    await vgOf(s, lv);
    s.change((sim) => how(live(sim, name)));
  };
const statusIs = (name: string, status: string | undefined) => (s: Site) =>
  s.change((sim) => {
    const device = live(sim, name);
    if (status === undefined) delete device.status;
    else device.status = { 0: status };
  });
const withSnapshot = (name: string, status: string | undefined) => async (s: Site) => {
  await vgOf(s, LINEAR);
  await s.must("snapshot vg/before --origin x --size 512k");
  statusIs(name, status)(s);
};
const withPool = (status: string | undefined) => async (s: Site) => {
  await vgOf(s, LINEAR);
  await s.must("create-pool vg/pool --size 1M");
  await s.must("create-thin vg/thin --pool pool --size 4M");
  statusIs("vg-pool", status)(s);
};
const withCache =
  (status?: string, ...then: readonly string[]) =>
  async (s: Site) => {
    await vgOf(s, LINEAR);
    await s.must(`cache vg/x --size 1M --pv b.img --mode writeback`);
    for (const line of then) await s.must(line);
    statusIs("vg-x", status)(s);
  };
const cacheStatus = (end: string): string =>
  `8 10/512 128 0/16 0 0 0 0 0 0 0 2 metadata2 writeback 2 migration_threshold 2048 smq 0 ${end} `;
/** What a pool says with which nothing is wrong, but for that. */
const poolStatus = (from: string, to: string): string =>
  "1 10/512 0/16 - rw discard_passdown queue_if_no_space - 1024 ".replace(from, to);
const withStatus = (lv: string, name: string, status: string) => async (s: Site) => {
  await vgOf(s, lv);
  statusIs(name, status)(s);
};

/** A device of a VG with an LV comes back shorter than it was. */
const cutShort = (lv: string, bytes: number) => async (s: Site) => {
  await vgOfAll(s, lv);
  truncateSync(s.at("a.img"), bytes);
};

/** What is copied from is lost, and the kernel has stopped copying: nothing but that disk helps. */
const lostSource = async (s: Site) => {
  await vgOf(s, LINEAR);
  await s.must("run vg -- move --name x --from a.img --to b.img");
  statusIs("vg-x", "raid1 2 Aa 128/4096 idle 0 0 -")(s);
  away(s, "a.img");
  await s.must("recover vg --without missing");
  t.same(
    (await s.problems()).map(({ code }) => code),
    ["lv-incomplete"],
    "no recover is advised",
  );
};

const config = (s: Site, how: (config: Record<string, Record<string, unknown>>) => void): void => {
  copyFileSync(s.at("dvm.json"), s.at("kept.json"));
  const all = JSON.parse(readFileSync(s.at("dvm.json"), "utf8"));
  how(all);
  writeFileSync(s.at("dvm.json"), JSON.stringify(all));
};
const configBack = (s: Site) => renameSync(s.at("kept.json"), s.at("dvm.json"));

const IMAGES = ["a.img", "b.img"];
const keep = (s: Site) => {
  for (const image of IMAGES) copyFileSync(s.at(image), s.at(`${image}.kept`));
};
const putBack = (s: Site) => {
  for (const image of IMAGES) renameSync(s.at(`${image}.kept`), s.at(image));
};
const away = (s: Site, image = "b.img") => renameSync(s.at(image), s.at(`${image}.away`));
const back = (s: Site, image = "b.img") => renameSync(s.at(`${image}.away`), s.at(image));

/** An image that is no member yet. */
const another = (s: Site) => {
  writeFileSync(s.at("c.img"), "");
  truncateSync(s.at("c.img"), 16 * MIB);
};
const discovery = async (s: Site) => {
  writeFileSync(s.at("found.json"), await s.must("-c dvm.json discover find vg"));
  const { regions } = JSON.parse(readFileSync(s.at("found.json"), "utf8"));
  writeFileSync(s.at("regions.json"), JSON.stringify({ regions }));
};
const prepare = async (s: Site) => {
  await discovery(s);
  writeFileSync(s.at("content"), "whatever");
  await s.must("replicate prepare regions.json content");
};
const relabel = (s: Site, how: string) => s.must(`-c dvm.json discover relabel vg ${how}`);
const addLabel = (s: Site, how: string) =>
  s.must(`-c dvm.json discover add vg c.img --regions 1 --region-size 1M ${how}`.trim());

/** A superblock as the kernel writes it on a leg of PARITY. */
const parityBytes = (position: number, fields: { events: number; resyncOffset?: bigint }): Uint8Array =>
  superblockBytes({ position, devices: 3, level: 5, stripeSize: 128, ...fields });

/** Superblocks of dm-raid on all legs of an LV that is down. */
const withSuperblocks = (lv: string, of: (position: number) => Uint8Array) => async (s: Site) => {
  await vgOfAll(s, lv);
  await s.must("deactivate vg");
  const pvs = await s.rows("pv");
  for (const { component, pv, device, pvStart } of await s.rows("seg")) {
    const position = /^rmeta_(\d)$/.exec(String(component))?.[1];
    if (position === undefined) continue;
    const image = s.at(String(device));
    const dataStart = Number(pvs.find(({ id }) => id === pv)?.["dataStart"]);
    const bytes = readFileSync(image);
    bytes.set(of(Number(position)), dataStart * 512 + Number(pvStart) * MIB);
    writeFileSync(image, bytes);
  }
};

/** What a newer dvm stored, which knows a type of segments more. */
const ofNewerDvm = async (s: Site) => {
  keep(s);
  await discovery(s);
  const { stdout } = await s.dvm("replicate read regions.json -");
  writeFileSync(
    s.at("content"),
    stdout.toString("latin1").replace('"type":"striped"', '"type":"woven"'),
    "latin1",
  );
  await s.must("replicate prepare regions.json content");
  await s.must("replicate commit regions.json");
};

const rows: Readonly<Record<string, readonly Row[]>> = {
  "dm-unusable": [
    {
      make: async (s) => {
        await vgOf(s);
        config(s, (all) => {
          all["dm"] = { backend: "sim", state: "nowhere/dm.json" };
        });
      },
      by: configBack,
    },
  ],
  "lv-state-unknown": [
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        config(s, (all) => {
          all["dm"] = { backend: "sim", state: "nowhere/dm.json" };
        });
      },
      by: configBack,
    },
  ],
  "locks-unusable": [
    {
      make: (s) =>
        config(s, (all) => {
          all["common"] = { lockDir: s.at("a.img") };
        }),
      by: configBack,
    },
  ],
  "devices-unreadable": [
    {
      make: (s) => {
        mkdirSync(s.at("open"));
        symlinkSync("itself", s.at("open/itself"));
        config(s, (all) => {
          all["discover"] = { scan: ["open/*"] };
        });
      },
      by: configBack,
    },
  ],
  "label-damaged": [
    {
      make: async (s) => {
        await vgOf(s);
        const bytes = readFileSync(s.at("a.img"));
        bytes.fill(0xff, 4096, 8192);
        writeFileSync(s.at("a.img"), bytes);
      },
    },
  ],
  "dm-suspended": [
    { make: changed(LINEAR, "vg-x", (device) => void Object.assign(device, { suspended: true })) },
  ],
  "lv-suspended": [
    {
      make: changed(LINEAR, "vg-x", (device) => void Object.assign(device, { suspended: true })),
      within: "dm-suspended",
    },
  ],
  "dm-table-loaded": [
    { make: changed(LINEAR, "vg-x", (device) => void Object.assign(device, { inactive: device.live })) },
  ],
  "dm-without-table": [
    { make: changed(LINEAR, "vg-x", (device) => void Object.assign(device, { live: null })) },
  ],
  "lv-without-table": [
    {
      make: changed(LINEAR, "vg-x", (device) => void Object.assign(device, { live: null })),
      within: "dm-without-table",
    },
  ],
  "dm-without-lv": [
    {
      make: changed(LINEAR, "vg-x", (device) =>
        Object.assign(device, { name: "vg-gone", uuid: `${device.uuid.slice(0, -32)}${"f".repeat(32)}` }),
      ),
    },
  ],
  "dm-stray": [
    {
      make: async (s) => {
        await vgOf(s, MIRROR);
        for (const image of IMAGES) away(s, image);
      },
      way: /deactivate [0-9a-f]{32}/,
    },
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        for (const image of IMAGES) away(s, image);
      },
      by: (s) => {
        for (const image of IMAGES) back(s, image);
      },
    },
  ],
  "vg-unreadable": [
    {
      make: async (s) => {
        await vgOf(s);
        copyFileSync(s.at("a.img"), s.at("copy.img"));
      },
      by: (s) => rmSync(s.at("copy.img")),
    },
  ],
  "vg-without-metadata": [
    { make: (s) => s.must("-c dvm.json discover add vg a.img --new --regions 1 --region-size 1M") },
  ],
  "vg-interrupted": [
    {
      make: async (s) => {
        await vgOf(s);
        await prepare(s);
      },
    },
  ],
  "vg-out-of-sync": [
    {
      make: async (s) => {
        await vgOf(s);
        copyFileSync(s.at("a.img"), s.at("old"));
        await s.must("run vg -- create-lv --name x --size 2M --pv b.img");
        copyFileSync(s.at("old"), s.at("a.img"));
      },
    },
    {
      make: async (s) => {
        await vgOf(s);
        keep(s);
        for (const [image, other] of [
          ["a.img", "b.img"],
          ["b.img", "a.img"],
        ] as const) {
          putBack(s);
          keep(s);
          away(s, other);
          await s.must("recover vg --without missing");
          await s.must(`run vg -- create-lv --name ${image[0]} --size 1M --pv ${image}`);
          copyFileSync(s.at(image), s.at(`${image}.apart`));
          back(s, other);
        }
        for (const image of IMAGES) copyFileSync(s.at(`${image}.apart`), s.at(image));
        rmSync(s.at("dm.json"));
      },
      way: /recover vg --choose \S+?(?=,)/,
    },
  ],
  "vg-empty": [
    {
      make: async (s) => {
        await s.must("-c dvm.json discover add vg a.img --new --regions 1 --region-size 1M");
        await discovery(s);
        await s.must("replicate format regions.json");
        await prepare(s);
      },
    },
  ],
  "vg-foreign": [
    {
      make: async (s) => {
        await s.must(`init vg a.img ${INIT}`);
        await s.must(`init other b.img ${INIT}`);
        await discovery(s);
        const { regions } = JSON.parse(readFileSync(s.at("regions.json"), "utf8")) as {
          regions: { offset: number; length: number }[];
        };
        const [ours, theirs] = IMAGES.map((image) => readFileSync(s.at(image))) as [Buffer, Buffer];
        for (const { offset, length } of regions)
          theirs.copy(ours, offset * 512, offset * 512, (offset + length) * 512);
        writeFileSync(s.at("a.img"), ours);
      },
    },
  ],
  "vg-missing": [
    {
      make: async (s) => {
        await vgOf(s);
        away(s);
      },
    },
    {
      make: async (s) => {
        await vgOf(s);
        away(s);
      },
      by: back,
    },
  ],
  "vg-strangers": [/recover vg --resync c\.img/, /discover rm vg c\.img/].map((way) => ({
    make: async (s: Site) => {
      await vgOf(s);
      another(s);
      await addLabel(s, "");
    },
    way,
  })),
  "vg-labels-ahead": [
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        await relabel(s, "--generation 7");
      },
    },
    {
      // An old image of one member, the other one lost, and a third that joined later and has no region.
      make: async (s) => {
        await vgOf(s, MIRROR);
        copyFileSync(s.at("a.img"), s.at("old"));
        another(s);
        await s.must("expand vg c.img --regions 0");
        copyFileSync(s.at("old"), s.at("a.img"));
        away(s);
      },
    },
  ],
  "vg-unfinished": [
    {
      make: async (s) => {
        await vgOf(s);
        another(s);
        await addLabel(s, "--members 0 --generation 1");
      },
    },
  ],
  "vg-outdated": [
    {
      make: async (s) => {
        await vgOf(s);
        another(s);
        await addLabel(s, "");
        await discovery(s);
        await s.must("discover rm vg c.img");
        await s.must("-c dvm.json discover relabel vg --generation 1");
      },
      shownBy: "tm verify --discovery found.json",
      by: discovery,
    },
  ],
  "vg-labels-behind": [
    {
      make: async (s) => {
        await vgOf(s);
        another(s);
        await s.must("expand vg c.img");
        await relabel(s, "--generation 1");
      },
    },
  ],
  "label-behind": [
    {
      make: async (s) => {
        await vgOf(s);
        another(s);
        await s.must("expand vg c.img");
        const pvs = await s.rows("pv");
        const id = pvs.find(({ path }) => path === "b.img")?.["id"];
        await relabel(s, `--generation 1 --only ${id}`);
      },
    },
  ],
  "pv-short": [
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        keep(s);
        truncateSync(s.at("a.img"), 12 * MIB);
      },
      by: putBack,
    },
    { make: cutShort(LINEAR, 12 * MIB) },
    {
      images: FIVE,
      make: async (s) => {
        await cutShort(`${PARITY} --pv a.img --pv b.img --pv c.img`, 4 * MIB)(s);
        await s.must("recover vg --without a.img");
        await s.must("repair vg/p");
      },
    },
  ],
  "pv-read-only": [
    {
      make: async (s) => {
        await vgOf(s, MIRROR);
        s.readOnly.add("b.img");
      },
      can: canProtect,
    },
    {
      make: async (s) => {
        await vgOf(s);
        s.readOnly.add("b.img");
      },
      can: canProtect,
      by: (s) => s.readOnly.clear(),
    },
  ],
  "lv-writes-refused": [
    ...[LINEAR, MIRROR].map((lv) => ({
      make: async (s: Site) => {
        await vgOf(s, lv);
        s.readOnly.add("a.img");
      },
      can: canProtect,
      by: (s: Site) => s.readOnly.clear(),
    })),
    {
      make: async (s) => {
        await vgOf(s, MIRROR);
        s.readOnly.add("a.img");
      },
      can: canProtect,
    },
  ],
  "pv-blocks": [
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        await s.must("deactivate vg");
        await s.must("run vg -- pv-blocks --pv a.img --block-size 4k --allow-mixed-blocks");
      },
    },
  ],
  warned: [/recover vg --resync b\.img/, /discover rm vg b\.img/].map((way) => ({
    make: async (s: Site) => {
      await vgOf(s);
      away(s);
      await s.must("recover vg --without missing");
      back(s);
    },
    way,
  })),
  "lv-incomplete": [
    {
      make: lost("--name x --size 2M --pv b.img"),
      way: [/deactivate vg x/, /run vg -- remove-lv --name x/],
    },
    { make: lost("--name x --size 2M --pv b.img"), first: back, way: RESYNC },
    {
      make: lost(MIRROR),
      images: ["a.img", "b.img", "c.img"],
      way: [/run vg -- mirror --name m --mirrors 0/, /run vg -- mirror --name m --mirrors 1/],
    },
    { make: lost(`${PARITY} --pv a.img --pv b.img --pv c.img`), images: FIVE, first: back, way: RESYNC },
    { make: lostSource, way: [/deactivate vg x/, /run vg -- remove-lv --name x/] },
    { make: lostSource, first: (s) => back(s, "a.img"), way: RESYNC },
    {
      make: async (s) => {
        await cutShort("--name x --size 9M --pv a.img", 16 * MIB)(s);
        await s.must("run vg -- create-lv --name y --size 1M --pv a.img");
        truncateSync(s.at("a.img"), 10 * MIB);
      },
      // The other has words of its own.
      between: (s) => s.dvm("run vg -- remove-lv --name y"),
    },
    { images: FIVE, make: cutShort(`${MIRROR} --size 8M`.replace("--size 2M ", ""), 10 * MIB) },
    { images: FIVE, make: cutShort(`${PARITY} --pv a.img --pv b.img --pv c.img`, 4 * MIB) },
    {
      make: async (s) => {
        await vgOf(s, MIRROR);
        away(s);
      },
      by: back,
    },
  ],
  "lv-type-unknown": [
    {
      make: async (s) => {
        await vgOf(s, STRIPES);
        await s.must("deactivate vg");
        await ofNewerDvm(s);
      },
      by: putBack,
    },
  ],
  "lv-tables-unknown": [
    {
      make: async (s) => {
        await vgOf(s, STRIPES);
        await ofNewerDvm(s);
      },
      by: putBack,
    },
  ],
  "lv-tables-differ": [
    { make: changed(LINEAR, "vg-x", (device) => void Object.assign(device, { readOnly: true })) },
  ],
  "lv-errors-mapped": [
    {
      make: changed(LINEAR, "vg-x", ({ live: table }) => {
        for (const line of table?.lines ?? []) Object.assign(line, { type: "error", params: "" });
        Object.assign(table ?? {}, { uses: [], needs: [] });
      }),
      within: "lv-tables-differ",
    },
    {
      make: async (s) => {
        await vgOf(s, STRIPES);
        await ofNewerDvm(s);
        s.change((sim) => {
          const table = live(sim, "vg-s").live;
          for (const line of table?.lines ?? []) Object.assign(line, { type: "error", params: "" });
          Object.assign(table ?? {}, { uses: [], needs: [] });
        });
      },
      first: putBack,
    },
  ],
  "lv-status-unreadable": [
    { make: withStatus(MIRROR, "vg-m", "nonsense"), between: statusIs("vg-m", undefined) },
  ],
  "lv-stripe-failed": [{ make: withStatus(STRIPES, "vg-s", "2 a.img b.img 1 AD") }],
  "leg-failed": [
    {
      images: FIVE,
      make: async (s) => {
        await vgOfAll(s, PARITY);
        const [part] = (await s.rows("seg")).filter(({ component }) => component === "rimage_1");
        s.change((sim) => void Object.assign(sim, { broken: [String(part?.["device"])] }));
      },
      first: (s) => s.change((sim) => void Object.assign(sim, { broken: [] })),
    },
    {
      make: async (s) => {
        await vgOf(s, MIRROR);
        s.change((sim) => void Object.assign(sim, { broken: ["b.img"] }));
      },
      first: (s) => s.change((sim) => void Object.assign(sim, { broken: [] })),
    },
    {
      make: async (s) => {
        await vgOf(s, MIRROR);
        await s.must("deactivate vg");
        s.change((sim) => void Object.assign(sim, { unread: ["vg-m-rmeta_1"] }));
        await s.must("activate vg");
      },
      first: (s) => s.change((sim) => void Object.assign(sim, { unread: [] })),
    },
  ],
  "leg-absent": [
    {
      make: changed(MIRROR, "vg-m", ({ live: table }) => {
        const [line] = table?.lines ?? [];
        if (line) line.params = line.params.replace(/ \S+ \S+$/, " - -");
      }),
      within: "lv-tables-differ",
    },
  ],
  "leg-stale": [
    {
      images: FIVE,
      make: async (s) => {
        await vgOfAll(s, PARITY);
        await s.must("run vg -- leg-state --leg p/1 --state stale");
      },
    },
    {
      make: async (s) => {
        await vgOf(s, MIRROR);
        await s.must("run vg -- leg-state --leg m/1 --state stale");
      },
    },
  ],
  "leg-behind": [
    {
      make: withSuperblocks(MIRROR, (position) =>
        superblockBytes({ position, events: position === 0 ? 9 : 4 }),
      ),
    },
    {
      images: FIVE,
      make: withSuperblocks(PARITY, (position) => parityBytes(position, { events: position === 1 ? 4 : 9 })),
    },
  ],
  "leg-unread": [
    {
      make: withSuperblocks(MIRROR, (position) =>
        position === 0 ? superblockBytes({ position, events: 9 }) : Buffer.alloc(512, 0xff),
      ),
    },
    {
      images: FIVE,
      make: withSuperblocks(PARITY, (position) =>
        position === 1 ? Buffer.alloc(512, 0xff) : parityBytes(position, { events: 9 }),
      ),
    },
  ],
  "lv-unsynced": [
    {
      make: withSuperblocks(MIRROR, (position) =>
        superblockBytes({ position, events: 9, resyncOffset: 128n }),
      ),
    },
    {
      images: FIVE,
      make: withSuperblocks(PARITY, (position) => parityBytes(position, { events: 9, resyncOffset: 128n })),
    },
  ],
  "leg-syncing": [
    {
      make: withStatus(MIRROR, "vg-m", "raid1 2 Aa 128/4096 recover 0 0 -"),
      by: statusIs("vg-m", undefined),
    },
  ],
  "leg-copying": [
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        await s.must("run vg -- move --name x --from a.img --to b.img");
        statusIs("vg-x", "raid1 2 Aa 128/4096 recover 0 0 -")(s);
        const [row] = await s.rows("lv");
        t.match(row, { availability: "complete", sync: 3.1, work: "move" }, "no worse than before");
      },
      first: statusIs("vg-x", undefined),
    },
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        await s.must("run vg -- convert --name x --type striped --stripes 2");
        statusIs("vg-x", "raid1 2 Aa 128/4096 recover 0 0 -")(s);
      },
      first: statusIs("vg-x", undefined),
    },
  ],
  "leg-to-copy": [
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        await s.must("deactivate vg");
        await s.must("run vg -- move --name x --from a.img --to b.img");
      },
    },
  ],
  "leg-to-rebuild": [
    {
      images: FIVE,
      make: async (s) => {
        await vgOfAll(s, PARITY);
        await s.must("run vg -- leg-state --leg p/1 --state stale");
        await s.must("deactivate vg");
        await s.must("run vg -- leg-state --leg p/1 --state rebuild");
      },
    },
    {
      make: async (s) => {
        await vgOf(s, MIRROR);
        await s.must("run vg -- leg-state --leg m/1 --state stale");
        await s.must("deactivate vg");
        await s.must("run vg -- leg-state --leg m/1 --state rebuild");
      },
    },
  ],
  "leg-unmarked": [
    {
      make: async (s) => {
        await vgOf(s, LINEAR);
        await s.must("run vg -- mirror --name x --mirrors 1");
      },
    },
  ],
  "lv-sync-stopped": [
    ...["AaA", "aaa"].map((letters) => ({
      images: FIVE,
      make: async (s: Site) => {
        await vgOfAll(s, PARITY);
        statusIs("vg-p", `raid5_ls 3 ${letters} 128/4096 idle 0 0 -`)(s);
      },
    })),
    { make: withStatus(MIRROR, "vg-m", "raid1 2 Aa 128/4096 idle 0 0 -") },
    { make: withStatus(MIRROR, "vg-m", "raid1 2 aa 128/4096 idle 0 0 -") },
  ],
  "lv-snapshot-lost": [
    { make: withSnapshot("vg-before", "Invalid") },
    { make: withSnapshot("vg-before", "Overflow") },
  ],
  "lv-merge-failed": [
    {
      make: async (s) => {
        await withSnapshot("vg-before", undefined)(s);
        await s.must("merge vg/before");
        statusIs("vg-x", "Merge failed")(s);
      },
    },
  ],
  "lv-filling": [
    {
      make: withSnapshot("vg-before", "3400/4096 16"),
      size: "1M",
      between: statusIs("vg-before", undefined),
    },
  ],
  "pool-failed": [{ make: withPool("Fail") }],
  "pool-read-only": [
    {
      make: withPool(poolStatus("rw", "ro")),
      size: "256k",
      between: (s) =>
        s.change((sim) => {
          for (const each of sim.devices) delete each.status;
        }),
    },
  ],
  "pool-needs-check": [{ make: withPool(poolStatus(" - 1024", " needs_check 1024")) }],
  "pool-full": [{ make: withPool(poolStatus("rw", "out_of_data_space")), size: "256k" }],
  "pool-metadata-filling": [
    {
      make: withPool(poolStatus("10/512", "500/512")),
      size: "256k",
      between: statusIs("vg-pool", undefined),
    },
  ],
  "pool-behind": [
    {
      make: async (s) => {
        await withPool(undefined)(s);
        s.change((sim) => {
          const { pools } = sim as unknown as { pools: Record<string, { transactionId: number }> };
          for (const pool of Object.values(pools)) pool.transactionId -= 1;
        });
      },
    },
  ],
  "pool-differs": [{ make: withPool(poolStatus("1 10", "9 10")), by: statusIs("vg-pool", undefined) }],
  "cache-failed": [{ make: withCache("Fail") }],
  "cache-read-only": [
    { make: withCache(cacheStatus("ro -")) },
    { make: withCache(cacheStatus("rw needs_check")) },
  ],
  "cache-flushing": [{ make: withCache(undefined, "uncache vg/x") }],
  "cache-lost": [{ make: withCache(undefined, "uncache vg/x --drop --force") }],
  "lv-copies-differ": [
    ...LEVELS.map(([lv, letters]) => ({
      images: FIVE,
      make: async (s: Site) => {
        await vgOfAll(s, lv);
        statusIs("vg-p", `${letters} 4096/4096 idle 64 0 -`)(s);
      },
      leg: "1",
      between: statusIs("vg-p", undefined),
    })),
    {
      make: withStatus(MIRROR, "vg-m", "raid1 2 AA 4096/4096 idle 64 0 -"),
      device: "b.img",
      between: statusIs("vg-m", undefined),
    },
  ],
};

/** The commands that a text names, without what is said of them. */
const commandsIn = (text: string): string[] =>
  [
    ...text.matchAll(
      /\bdvm (.+?)(?=$|, then |, or |, which |: | to (?:mend|begin|give)| tells where| first$| makes | takes | wipes | goes on | frees | shows (?:it|which))/g,
    ),
  ].map(([, command = ""]) => command);

/** What is wrong with a VG of LVM2's is for LVM2 to mend. */
const OF_LVM2 = "foreign-problem";
t.test("each code has a row", async (t) => {
  const problems = findingCodes.filter((code) => !isSound(code) && code !== OF_LVM2);
  t.same(Object.keys(rows).sort(), [...problems].sort());
});

for (const [code, each] of Object.entries(rows))
  for (const row of each)
    t.test(
      row.way ? `${code}: ${[row.way].flat().map(String)}` : code,
      { skip: row.can === false },
      async (t) => {
        const s = site(t, row.images ?? IMAGES);
        await row.make(s);
        const shown = async (): Promise<readonly string[]> => {
          if (row.shownBy) {
            const { stdout } = await s.dvm(row.shownBy);
            return (
              (JSON.parse(stdout.toString()) as { kinds?: string[] }).kinds?.map((kind) => `vg-${kind}`) ?? []
            );
          }
          if (row.within) return (await s.rows("lv")).flatMap(({ problems }) => problems as string[]);
          return (await s.problems()).map((found) => found.code);
        };
        const found = row.shownBy
          ? undefined
          : (await s.problems()).find((one) => one.code === (row.within ?? code));
        if (!row.shownBy && !row.within) t.ok(found, "it is shown");
        else t.ok((await shown()).includes(code), "it is shown");
        const text = found?.text ?? "";
        await row.first?.(s);
        if (row.by) {
          await row.by(s);
        } else {
          const named = row.way ? [row.way].flat().map((way) => way.exec(text)?.[0] ?? "") : commandsIn(text);
          t.ok(named.length > 0 && !named.includes(""), `a command is named: ${text}`);
          for (const command of named) {
            await s.must(
              command
                .replace("DEVICE", row.device ?? "")
                .replace("LEG", row.leg ?? "")
                .replace("SIZE", row.size ?? ""),
            );
            await row.between?.(s);
          }
        }
        t.notOk((await shown()).includes(code), `it is gone: ${text}`);
      },
    );
