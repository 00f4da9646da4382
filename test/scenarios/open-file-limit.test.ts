/**
 * Thousands of devices in a process that may have a hundred open files: slower, but whole. The real binary.
 */
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { encodeLabel } from "../../src/core/discover/label.ts";
import { COPY_OFFSETS } from "../../src/core/discover/layout.ts";
import type { DiscoverChange, DiscoverList, Discovery } from "../../src/schema/index.ts";
import { bundle, documentOf, run } from "../lib/dvm.ts";

const MIB = 2 ** 20;
const COUNT = 4096;
const VG = "0123456789abcdef0123456789abcdef";

/** Image files of 2 MiB that take no room, labelled as `discover add` would. */
function labelledImages(directory: string, count: number): void {
  mkdirSync(directory);
  for (let number = 0; number < count; number += 1) {
    const fd = openSync(join(directory, `d${String(number).padStart(4, "0")}`), "w");
    ftruncateSync(fd, 2 * MIB);
    const label = {
      vg: { id: VG, name: "vg", generation: 1, members: count },
      device: { id: number.toString(16).padStart(32, "0"), size: 4096 },
      dataStart: 2048,
      dataLength: 2048,
      regions: [],
    };
    for (const offset of COPY_OFFSETS)
      writeSync(fd, encodeLabel({ sequence: 1, label }, offset), 0, 8192, offset);
    closeSync(fd);
  }
}

const limited = (limit: number, ...args: string[]) =>
  run(["sh", "-c", `ulimit -n ${limit}; exec "$@"`, "sh", process.execPath, bundle, ...args]);

t.test(`${COUNT} devices`, async (t) => {
  const directory = join(t.testdir({}), "many");
  labelledImages(directory, COUNT);
  for (const limit of [40, 100]) {
    const began = performance.now();
    const ran = await limited(limit, "discover", "find", "vg", "-d", directory);
    const { devices, missing, duplicates } = documentOf<Discovery>(ran);
    t.equal(devices.length, COUNT, `all of them with ${limit} open files`);
    t.equal(new Set(devices.map(({ id }) => id)).size, COUNT);
    t.same([missing, duplicates], [{ count: 0 }, []]);
    t.equal(ran.stderr, "", "and nobody complains");
    t.comment(
      `measured find of ${COUNT} devices, ${limit} open files: ${Math.round(performance.now() - began)} ms`,
    );
  }
});

t.test("devices are added, and listed, with few open files", async (t) => {
  const directory = t.testdir({});
  const paths = Array.from({ length: 120 }, (_, index) => join(directory, `d${index}`));
  for (const path of paths) {
    const fd = openSync(path, "w");
    ftruncateSync(fd, 2 * MIB);
    closeSync(fd);
  }
  const others = paths.slice(1).flatMap((path) => ["--with", path]);
  const scan = ["-d", directory];
  const added = await limited(100, "discover", "add", "vg", paths[0] ?? "", ...others, "--new", ...scan);
  t.equal(documentOf<DiscoverChange>(added).devices.length, 120);
  const listed = documentOf<DiscoverList>(await limited(100, "discover", "list", ...scan));
  t.same(listed.devices.map(({ path }) => path).sort(), [...paths].sort());
});
