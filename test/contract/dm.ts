/**
 * What every device-mapper must do: the same cases run on the simulator and on a real kernel. They use no
 * test runner, since in the kernel's guest there is none.
 */
import assert from "node:assert/strict";
import { type Dm, DmRefused } from "../../src/core/port/dm.ts";
import type { TableLine } from "../../src/schema/index.ts";
import { FLUSH, LIVE, line, linear, live, refused, SIZE, shown } from "./dm-steps.ts";
import { targetCases } from "./dm-targets.ts";

/** Sectors of each disk. */
export const DISK_SECTORS = 524288;

export interface DmWorld {
  readonly dm: Dm;
  /** Three disks of DISK_SECTORS, as `dm` shows them in tables; all zero when the suite begins. */
  readonly disks: readonly [string, string, string];
  /** Holds a dm device open as a program outside of dm does. */
  readonly hold: (name: string) => { release: () => void };
  /** Puts KEY into the kernel's keyring. */
  readonly key: () => void;
}

/** The key that `DmWorld.key` makes known: 32 bytes. */
export const KEY = ":32:user:dvm-contract";

export interface DmCase {
  readonly name: string;
  readonly run: (world: DmWorld) => void;
}

const tableCases: readonly (readonly [errno: string, why: string, (disk: string) => TableLine[]])[] = [
  ["EINVAL", "no targets", () => []],
  ["EINVAL", "an unknown target", () => [line("nonesuch", "")]],
  ["EINVAL", "a target without length", () => [line("zero", "", 0)]],
  ["EINVAL", "a gap", () => [line("zero", "", 8), line("zero", "", 8, 16)]],
  ["EINVAL", "an overlap", () => [line("zero", "", 8), line("zero", "", 8, 4)]],
  ["EINVAL", "a table that does not begin at 0", () => [line("zero", "", 8, 8)]],
  ["EINVAL", "arguments for zero", () => [line("zero", "1")]],
  ["EINVAL", "linear without offset", (disk) => [line("linear", disk)]],
  ["EINVAL", "linear with a word too many", (disk) => [line("linear", `${disk} 0 0`)]],
  ["EINVAL", "linear with a negative offset", (disk) => [line("linear", `${disk} -1`)]],
  ["EINVAL", "linear beyond its device", (disk) => linear(disk, DISK_SECTORS - SIZE + 1)],
  ["EINVAL", "linear that begins at its device's end", (disk) => linear(disk, DISK_SECTORS, 8)],
  ["ENODEV", "a path that does not exist", () => linear("/dev/nonesuch")],
  ["ENXIO", "a device number that nobody has", () => linear("254:4711")],
  ["EINVAL", "striped over no stripes", (disk) => [line("striped", `0 8 ${disk} 0`)]],
  ["EINVAL", "striped with a chunk of 0", (disk) => [line("striped", `1 0 ${disk} 0`)]],
  ["EINVAL", "striped with a destination missing", (disk) => [line("striped", `2 8 ${disk} 0`)]],
  [
    "EINVAL",
    "striped, not divisible by the stripes",
    (disk) => [line("striped", `3 8 ${disk} 0 ${disk} 0 ${disk} 0`)],
  ],
  [
    "EINVAL",
    "striped, not divisible by the chunk",
    (disk) => [line("striped", `2 8 ${disk} 0 ${disk} 0`, 8200)],
  ],
  [
    "EINVAL",
    "striped beyond a device",
    (disk) => [line("striped", `2 8 ${disk} 0 ${disk} ${DISK_SECTORS - 8}`)],
  ],
  ["EINVAL", "raid without arguments", () => [line("raid", "")]],
  ["EINVAL", "raid of an unknown type", (disk) => [line("raid", `raid2 1 0 1 - ${disk}`)]],
  ["EINVAL", "raid with fewer devices than it says", (disk) => [line("raid", `raid1 1 0 2 - ${disk}`)]],
  ["EINVAL", "raid of no devices", () => [line("raid", "raid1 1 0 0")]],
  ["EINVAL", "raid with an unknown option", (disk) => [line("raid", `raid1 2 0 nonesuch 1 - ${disk}`)]],
  ["EINVAL", "raid with metadata but no data", (disk) => [line("raid", `raid1 1 0 2 - ${disk} ${disk} -`)]],
  [
    "EINVAL",
    "raid rebuilding a device it has not",
    (disk) => [line("raid", `raid1 3 0 rebuild 5 2 - ${disk} - ${disk}`)],
  ],
  [
    "EINVAL",
    "raid with a region of no power of two",
    (disk) => [line("raid", `raid1 3 0 region_size 1000 1 - ${disk}`)],
  ],
  [
    "EINVAL",
    "raid5 with a chunk of 0",
    (disk) => [line("raid", `raid5_ls 1 0 3 - ${disk} - ${disk} - ${disk}`)],
  ],
  [
    "EINVAL",
    "raid5 with a chunk of no power of two",
    (disk) => [line("raid", `raid5_ls 1 100 3 - ${disk} - ${disk} - ${disk}`)],
  ],
  [
    "EINVAL",
    "raid1 on a device too small",
    (disk) => [line("raid", `raid1 1 0 1 - ${disk}`, DISK_SECTORS + 8)],
  ],
];

const BARE: readonly DmCase[] = [
  {
    name: "version and targets",
    run({ dm }) {
      assert.equal(dm.version()[0], 4);
      const names = dm.targets().map(({ name }) => name);
      for (const name of ["linear", "striped", "error"]) assert.ok(names.includes(name), name);
      for (const { name, version } of dm.targets()) assert.deepEqual(dm.targetVersion(name), version, name);
      assert.equal(dm.targetVersion("nonesuch"), undefined);
    },
  },
  {
    name: "a device that does not exist",
    run({ dm }) {
      refused("ENXIO", () => dm.info("t-none"));
      refused("ENXIO", () => dm.remove("t-none"));
      refused("ENXIO", () => dm.rename("t-none", "t-other"));
      refused("ENXIO", () => dm.load("t-none", [line("zero", "")], LIVE));
      refused("ENXIO", () => dm.clear("t-none"));
      refused("ENXIO", () => dm.suspend("t-none", FLUSH));
      refused("ENXIO", () => dm.resume("t-none"));
      refused("ENXIO", () => dm.message("t-none", 0, "hello"));
      refused("ENXIO", () => dm.table("t-none", "live"));
      refused("ENXIO", () => dm.status("t-none", { noflush: true }));
      refused("ENXIO", () => dm.deps("t-none", "live"));
      refused("ENXIO", () => dm.waitEvent("t-none", 0, 10));
      assert.deepEqual(dm.list(), []);
    },
  },
  {
    name: "a device that was created and not loaded",
    run({ dm }) {
      const made = dm.create("t-a", "DVM-a");
      const expected = {
        name: "t-a",
        uuid: "DVM-a",
        suspended: false,
        readOnly: false,
        openCount: 0,
        eventNr: 0,
        hasLive: false,
        hasInactive: false,
      };
      const { dev, ...info } = dm.info("t-a");
      assert.deepEqual(info, expected);
      assert.equal(made.dev, dev);
      assert.deepEqual(dm.list(), [{ name: "t-a", dev }]);
      assert.equal(dm.uuids()?.get("t-a"), "DVM-a");
      assert.deepEqual(dm.table("t-a", "live"), []);
      assert.deepEqual(dm.table("t-a", "inactive"), []);
      assert.deepEqual(dm.status("t-a", { noflush: true }), []);
      assert.deepEqual(dm.deps("t-a", "live"), []);
      dm.clear("t-a");
      dm.resume("t-a");
      assert.equal(dm.info("t-a").suspended, false);
      dm.suspend("t-a", FLUSH);
      assert.equal(dm.info("t-a").suspended, true);
      refused("EINVAL", () => dm.resume("t-a"));
      assert.equal(dm.info("t-a").suspended, true);
      dm.remove("t-a");
      assert.deepEqual(dm.list(), []);
      assert.equal(dm.uuids()?.has("t-a"), false);
    },
  },
  {
    name: "names and uuids are unique and in bounds",
    run({ dm }) {
      dm.create("t-a", "DVM-a");
      refused("EBUSY", () => dm.create("t-a", "DVM-b"));
      refused("EBUSY", () => dm.create("t-b", "DVM-a"));
      refused("EINVAL", () => dm.create("", "DVM-b"));
      refused("EINVAL", () => dm.create("t/b", "DVM-b"));
      dm.create("t".repeat(127), `DVM-${"u".repeat(124)}`);
      dm.create("t-b", "");
      dm.create("t-c", "");
      assert.deepEqual(
        dm.list().map(({ name }) => name),
        ["t-a", "t-b", "t-c", "t".repeat(127)],
      );
      assert.equal(dm.info("t".repeat(127)).uuid.length, 128);
    },
  },
  {
    name: "rename",
    run({ dm }) {
      const dev = live(dm, "t-a", [line("zero", "")]);
      dm.create("t-b", "DVM-b");
      refused("EBUSY", () => dm.rename("t-a", "t-b"));
      refused("EBUSY", () => dm.rename("t-a", "t-a"));
      refused("EBUSY", () => dm.rename("t-none", "t-b"));
      refused("EINVAL", () => dm.rename("t-a", ""));
      refused("EINVAL", () => dm.rename("t-a", "t/c"));
      const { eventNr } = dm.info("t-a");
      dm.rename("t-a", "t-c");
      refused("ENXIO", () => dm.info("t-a"));
      assert.equal(dm.info("t-c").dev, dev);
      assert.equal(dm.info("t-c").eventNr, eventNr + 1);
      assert.equal(dm.info("t-c").uuid, "DVM-t-a");
      dm.rename("t-b", "t-a");
      assert.equal(dm.info("t-a").eventNr, 0);
    },
  },
  {
    name: "minor numbers are used again, the lowest first",
    run({ dm }) {
      const [a, b] = [dm.create("t-a", "").dev, dm.create("t-b", "").dev];
      dm.remove("t-a");
      assert.equal(dm.create("t-c", "").dev, a);
      assert.notEqual(dm.create("t-d", "").dev, b);
    },
  },
  {
    name: "live and inactive table",
    run({ dm, disks: [disk] }) {
      dm.create("t-a", "DVM-a");
      dm.load("t-a", linear(disk), LIVE);
      let { hasLive, hasInactive, suspended } = dm.info("t-a");
      assert.deepEqual([hasLive, hasInactive, suspended], [false, true, false]);
      assert.equal(shown(dm.table("t-a", "inactive")), `0 8192 linear ${disk} 0`);
      assert.deepEqual(dm.table("t-a", "live"), []);
      assert.deepEqual(dm.deps("t-a", "inactive"), [disk]);
      assert.deepEqual(dm.deps("t-a", "live"), []);
      dm.resume("t-a");
      ({ hasLive, hasInactive, suspended } = dm.info("t-a"));
      assert.deepEqual([hasLive, hasInactive, suspended], [true, false, false]);
      assert.deepEqual(dm.deps("t-a", "live"), [disk]);
      assert.deepEqual(dm.status("t-a", { noflush: false }), [
        { start: 0, length: SIZE, type: "linear", status: "" },
      ]);

      dm.load("t-a", linear(disk, 64), LIVE);
      dm.load("t-a", linear(disk, 128), LIVE);
      assert.equal(shown(dm.table("t-a", "live")), `0 8192 linear ${disk} 0`);
      assert.equal(shown(dm.table("t-a", "inactive")), `0 8192 linear ${disk} 128`);
      dm.clear("t-a");
      assert.equal(dm.info("t-a").hasInactive, false);
      dm.suspend("t-a", FLUSH);
      dm.suspend("t-a", FLUSH);
      assert.equal(dm.info("t-a").suspended, true);
      dm.load("t-a", linear(disk, 256, 4096), LIVE);
      dm.resume("t-a");
      assert.equal(shown(dm.table("t-a", "live")), `0 4096 linear ${disk} 256`);
      assert.equal(dm.info("t-a").suspended, false);
    },
  },
  {
    name: "several targets in one table",
    run({ dm, disks: [a, b] }) {
      live(dm, "t-a", [
        line("linear", `${a} 8`, 1000),
        line("linear", `${b} 16`, 24, 1000),
        line("linear", `${a} 2000`, 8, 1024),
        line("error", "", 8, 1032),
        line("zero", "", 8, 1040),
        line("striped", `2 16 ${a} 4096 ${b} 8192`, 64, 1048),
      ]);
      assert.equal(
        shown(dm.table("t-a", "live")),
        `0 1000 linear ${a} 8\n1000 24 linear ${b} 16\n1024 8 linear ${a} 2000\n1032 8 error\n1040 8 zero\n` +
          `1048 64 striped 2 16 ${a} 4096 ${b} 8192`,
      );
      assert.deepEqual([...dm.deps("t-a", "live")].sort(), [a, b].sort());
      assert.equal(dm.status("t-a", { noflush: true })[5]?.status, `2 ${a} ${b} 1 AA`);
    },
  },
  {
    name: "tables that are refused change nothing",
    run({ dm, disks: [disk] }) {
      dm.create("t-a", "DVM-a");
      for (const [errno, why, make] of tableCases) {
        try {
          refused(errno, () => dm.load("t-a", make(disk), LIVE));
        } catch (cause) {
          throw new Error(`${why}: ${cause instanceof Error ? cause.message : cause}`);
        }
        assert.equal(dm.info("t-a").hasInactive, false, why);
      }
      dm.load("t-a", linear(disk, DISK_SECTORS - SIZE), LIVE);
      refused("EINVAL", () => dm.load("t-a", [line("zero", "1")], LIVE));
      assert.equal(dm.info("t-a").hasInactive, true, "what was loaded before stays");
    },
  },
  {
    name: "open counts: one for each device whose tables use a device",
    run({ dm, disks: [disk], hold }) {
      const dev = live(dm, "t-a", linear(disk));
      dm.create("t-b", "DVM-b");
      dm.load("t-b", [line("linear", `${dev} 0`, 8), line("linear", `${dev} 8`, 8, 8)], LIVE);
      assert.equal(dm.info("t-a").openCount, 1, "an inactive table counts, and counts once");
      dm.resume("t-b");
      assert.equal(dm.info("t-a").openCount, 1);
      dm.load("t-b", linear(dev), LIVE);
      assert.equal(dm.info("t-a").openCount, 1, "a second table of the same device does not");
      dm.load("t-b", linear(dev), { readOnly: true });
      assert.equal(dm.info("t-a").openCount, 2, "unless it is read-only");
      refused("EBUSY", () => dm.remove("t-a"));
      dm.clear("t-b");
      assert.equal(dm.info("t-a").openCount, 1);
      dm.remove("t-b");
      assert.equal(dm.info("t-a").openCount, 0);
      const held = hold("t-a");
      assert.equal(dm.info("t-a").openCount, 1);
      refused("EBUSY", () => dm.remove("t-a"));
      held.release();
      dm.remove("t-a");
    },
  },
  {
    name: "a device can be removed while it is suspended and while a table is loaded",
    run({ dm, disks: [disk] }) {
      const below = live(dm, "t-a", linear(disk));
      live(dm, "t-b", linear(below));
      dm.suspend("t-b", FLUSH);
      dm.load("t-b", linear(below, 8, 8), LIVE);
      dm.remove("t-b");
      assert.equal(dm.info("t-a").openCount, 0);
    },
  },
  {
    name: "a device without a first table cannot be used, one without a live table can",
    run({ dm, disks: [disk] }) {
      const { dev } = dm.create("t-a", "DVM-a");
      dm.create("t-b", "DVM-b");
      refused("ENXIO", () => dm.load("t-b", linear(dev), LIVE));
      dm.load("t-a", linear(disk, 0, 64), LIVE);
      dm.load("t-b", linear(dev), LIVE);
      assert.equal(dm.info("t-a").openCount, 1);
    },
  },
  {
    name: "a first table is measured at load, later ones at resume, which fails and leaves the old one",
    run({ dm, disks: [disk] }) {
      const below = live(dm, "t-a", linear(disk, 0, 4096));
      dm.create("t-b", "DVM-b");
      refused("EINVAL", () => dm.load("t-b", linear(below, 0, 4104), LIVE));
      dm.load("t-b", linear(below, 0, 4096), LIVE);
      dm.resume("t-b");
      dm.load("t-b", linear(below, 0, 4104), LIVE);
      refused("EINVAL", () => dm.resume("t-b"));
      const { suspended, hasInactive } = dm.info("t-b");
      assert.deepEqual({ suspended, hasInactive }, { suspended: true, hasInactive: false });
      assert.equal(shown(dm.table("t-b", "live")), `0 4096 linear ${below} 0`);
      dm.resume("t-b");
      assert.equal(dm.info("t-b").suspended, false, "resume without a new table goes back");
    },
  },
  {
    name: "a device that grows gives its user room at once",
    run({ dm, disks: [disk] }) {
      const below = live(dm, "t-a", linear(disk, 0, 4096));
      live(dm, "t-b", linear(below, 0, 4096));
      dm.load("t-a", linear(disk, 0, 8192), LIVE);
      dm.resume("t-a");
      dm.load("t-b", linear(below, 0, 8192), LIVE);
      dm.resume("t-b");
      assert.equal(shown(dm.table("t-b", "live")), `0 8192 linear ${below} 0`);
    },
  },
  {
    name: "read-only",
    run({ dm, disks: [disk] }) {
      dm.create("t-a", "DVM-a");
      dm.load("t-a", linear(disk), { readOnly: true });
      assert.equal(dm.info("t-a").readOnly, false, "there is no live table yet");
      dm.resume("t-a");
      assert.equal(dm.info("t-a").readOnly, true);
      dm.load("t-a", linear(disk), LIVE);
      assert.equal(dm.info("t-a").readOnly, true);
      dm.resume("t-a");
      assert.equal(dm.info("t-a").readOnly, false);
    },
  },
  {
    name: "a table that names its own device",
    run({ dm, disks: [disk] }) {
      const dev = live(dm, "t-a", linear(disk));
      dm.load("t-a", linear(dev), LIVE);
      assert.equal(dm.info("t-a").openCount, 1);
      dm.clear("t-a");
      assert.equal(dm.info("t-a").openCount, 0);
    },
  },
  {
    name: "error may replace anything and anything may replace error",
    run({ dm, disks: [disk] }) {
      live(dm, "t-a", linear(disk));
      dm.load("t-a", [line("error", "")], LIVE);
      dm.resume("t-a");
      assert.equal(shown(dm.table("t-a", "live")), "0 8192 error");
      dm.load("t-a", linear(disk), LIVE);
      dm.resume("t-a");
    },
  },
  {
    name: "messages and events",
    run({ dm, disks: [disk] }) {
      live(dm, "t-a", linear(disk));
      refused("EINVAL", () => dm.message("t-a", 0, "hello"));
      refused("EINVAL", () => dm.message("t-a", SIZE, "hello"));
      const { eventNr } = dm.info("t-a");
      refused("ETIMEDOUT", () => dm.waitEvent("t-a", eventNr, 30));
      dm.rename("t-a", "t-b");
      dm.waitEvent("t-b", eventNr, 1000);
    },
  },
  {
    name: "raid1: table, status, dependencies",
    run({ dm, disks: [a, b, c] }) {
      live(dm, "t-a", [line("raid", `raid1 4 0 nosync region_size 1024 2 - ${a} - ${b}`)]);
      assert.equal(
        shown(dm.table("t-a", "live")),
        `0 8192 raid raid1 4 0 nosync region_size 1024 2 - ${a} - ${b}`,
      );
      assert.equal(dm.status("t-a", { noflush: true })[0]?.status, "raid1 2 AA 8192/8192 idle 0 0 -");
      assert.deepEqual([...dm.deps("t-a", "live")].sort(), [a, b].sort());
      live(dm, "t-b", [line("raid", `raid1 5 0 region_size 2048 write_mostly 1 2 - ${c} - -`)]);
      assert.equal(
        shown(dm.table("t-b", "live")),
        `0 8192 raid raid1 5 0 write_mostly 1 region_size 2048 2 - ${c} - -`,
        "options come in the documented order",
      );
      assert.match(dm.status("t-b", { noflush: true })[0]?.status ?? "", /^raid1 2 A- \d+\/8192 /);
    },
  },
];

export const dmCases: readonly DmCase[] = [...BARE, ...targetCases];

/** Removes every device, users before what they use. One that uses itself gets an error table first. */
export function removeAll(dm: Dm): void {
  for (let left = dm.list(); left.length > 0; left = dm.list()) {
    const removed = left.filter(({ name }) =>
      succeeds(() => {
        dm.clear(name);
        dm.remove(name);
      }),
    );
    if (removed.length > 0) continue;
    const cut = left.filter(({ name }) =>
      succeeds(() => {
        dm.load(name, [line("error", "", 8)], LIVE);
        dm.suspend(name, { noflush: true, skipLockfs: true });
        dm.resume(name);
      }),
    );
    assert.ok(cut.length > 0, `cannot remove ${left.map(({ name }) => name).join(" ")}`);
  }
}

function succeeds(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch (thrown) {
    if (thrown instanceof DmRefused) return false;
    throw thrown;
  }
}
