/** Taking labels off several devices at once. */
import t from "tap";
import { addDevices } from "../../../src/core/discover/add.ts";
import { findDevices } from "../../../src/core/discover/find.ts";
import { removeDevices } from "../../../src/core/discover/remove.ts";
import { type DiskFaults, faultyDisks } from "../../../src/core/sim/faulty-disks.ts";
import { recordingDisks } from "../../../src/core/sim/recording-disks.ts";
import { adding, finding, labelWorld, MIB } from "../../lib/label-world.ts";

const PATHS = ["/dev/a", "/dev/b", "/dev/c", "/dev/d"];

async function world() {
  let faults: DiskFaults = () => undefined;
  let log: readonly unknown[] = [];
  let opened = 0;
  const made = labelWorld({
    through: (disks) => {
      const faulty = faultyDisks(disks, (operation) => {
        if (operation.kind === "open") opened += 1;
        return faults(operation);
      });
      const recording = recordingDisks(faulty);
      log = recording.log;
      return recording;
    },
  });
  for (const path of PATHS) made.disk(path, 8 * MIB);
  const { devices } = await addDevices(made.sys, adding("vg", PATHS, { isNew: true }));
  return {
    ...made,
    ids: devices.map(({ id }) => id),
    rm: (members: readonly string[]) =>
      removeDevices(made.sys, { vg: "vg", vgId: undefined, members, devices: [] }),
    left: async () => (await findDevices(made.sys, finding("vg"))).devices.map(({ path }) => path),
    fail: (what: DiskFaults) => {
      faults = what;
    },
    written: () => log.length,
    opened: () => opened,
  };
}

t.test("by path and by id, each device is looked at as often as when it is alone", async (t) => {
  const { rm, left, ids, opened } = await world();
  const before = opened();
  const { devices } = await rm(["/dev/d", ids[0] ?? "", "/dev/b"]);
  t.same(
    devices.map(({ path }) => path),
    ["/dev/d", "/dev/a", "/dev/b"],
  );
  t.equal(opened() - before, PATHS.length + 2 * 3);
  t.same(await left(), ["/dev/c"]);
});

t.test("what can be refused is refused before the first write", async (t) => {
  const { rm, left, written, disk, change } = await world();
  const before = written();
  disk("/dev/e", 8 * MIB);
  await t.rejects(rm(["/dev/a", "/dev/e"]), { code: "NOT_FOUND", message: /\/dev\/e: it has no label/ });
  await t.rejects(rm(["/dev/a", "0".repeat(32)]), {
    code: "NOT_FOUND",
    message: /no device found has that id/,
  });
  await t.rejects(rm(["/dev/a", "/dev/b", "/dev/a"]), { code: "USAGE", message: /are one device/ });
  change("/dev/b", { mountedOn: "/mnt" });
  await t.rejects(rm(["/dev/a", "/dev/b"]), { code: "IN_USE" });
  t.equal(written(), before);
  t.same(await left(), PATHS);
});

t.test("a device that fails keeps its label and does not keep the others from losing theirs", async (t) => {
  const { rm, left, fail } = await world();
  let broken = true;
  fail(({ kind, path }) => {
    if (kind !== "write" || path !== "/dev/b" || !broken) return undefined;
    broken = false;
    return { kind: "fail" };
  });
  await t.rejects(rm(["/dev/a", "/dev/b", "/dev/c"]), {
    code: "HALF_DONE",
    message: /^1 of 3 labels could not be wiped: .*its label is as before$/,
    details: { failed: [{ path: "/dev/b" }] },
  });
  t.same(await left(), ["/dev/b", "/dev/d"]);
});

t.test("when all fail and are as they were, so is the VG", async (t) => {
  const { rm, left, fail } = await world();
  const broken = new Set(["/dev/a", "/dev/b"]);
  fail(({ kind, path }) => (kind === "write" && broken.delete(path) ? { kind: "fail" } : undefined));
  await t.rejects(rm(["/dev/a", "/dev/b"]), { code: "IO", message: /^no label was wiped: / });
  t.same(await left(), PATHS);
});
