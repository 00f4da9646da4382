/** What every Scanner does, whichever world it looks at: the machine's files, or simulated devices. */
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import t from "tap";
import { hostScanner } from "../../src/core/host/scan/scanner.ts";
import type { Scanner } from "../../src/core/port/scanner.ts";
import { simScanner } from "../../src/core/sim/sim-scanner.ts";

const MIB = 2 ** 20;

/** A directory with disks d1 (1 MiB), d2 (2 MiB), d10 (3 MiB), and other-d2, a second name of d2. */
interface World {
  readonly scanner: Scanner;
  readonly directory: string;
}

function onTheMachine(test: { teardown(end: () => void): void }): World {
  const directory = mkdtempSync(join(tmpdir(), "dvm-scanner-"));
  test.teardown(() => rmSync(directory, { recursive: true }));
  for (const [name, size] of Object.entries({ d1: MIB, d2: 2 * MIB, d10: 3 * MIB })) {
    writeFileSync(join(directory, name), "");
    truncateSync(join(directory, name), size);
  }
  symlinkSync(join(directory, "d2"), join(directory, "other-d2"));
  return { scanner: hostScanner, directory };
}

function simulated(): World {
  const directory = "/images";
  const scanner = simScanner([
    { path: `${directory}/d1`, size: MIB },
    { path: `${directory}/d2`, size: 2 * MIB, aliases: [`${directory}/other-d2`] },
    { path: `${directory}/d10`, size: 3 * MIB },
    { path: "/dev/sda", dev: "8:0", size: MIB },
  ]);
  return { scanner, directory };
}

for (const [name, make] of [
  ["host", onTheMachine],
  ["sim", simulated],
] as const) {
  t.test(`scanner: ${name}`, async (t) => {
    const { scanner, directory } = make(t);
    const at = (file: string) => join(directory, file);
    const names = async (...places: string[]) =>
      (await scanner.scan(places)).map(({ path }) => basename(path)).sort();

    t.test("a plain path gives that device with what is known of it", async (t) => {
      const [found, ...others] = await scanner.scan([at("d2")]);
      t.same(others, []);
      t.match(found, { path: at("d2"), dev: null, size: 2 * MIB, readOnly: false, partitioned: false });
      t.same(found?.holders, []);
    });
    t.test("a directory gives every device in it once", async (t) => {
      t.same(await names(directory), ["d1", "d10", "d2"]);
    });
    t.test("a pattern gives what it matches", async (t) => {
      t.same(await names(at("d?")), ["d1", "d2"]);
      t.same(await names(at("d1*")), ["d1", "d10"]);
      t.same(await names(at("*[!02]")), ["d1"]);
      t.same(await names(at("none*")), []);
    });
    t.test("two names of one device count once, under the first", async (t) => {
      const [found, ...others] = await scanner.scan([at("other-d2"), at("d2")]);
      t.same(others, []);
      t.equal(found?.path, at("other-d2"));
      t.same(found?.aliases, [at("d2")]);
    });
    t.test("places add up, and each device stays one", async (t) => {
      t.same(await names(at("d1"), directory, at("d*")), ["d1", "d10", "d2"]);
    });
    t.test("a path that is not there is refused", async (t) => {
      await t.rejects(scanner.scan([at("d3")]), { code: "NOT_FOUND" });
      await t.rejects(scanner.look([at("d1"), at("d3")]), { code: "NOT_FOUND" });
    });
    t.test("or told of", async (t) => {
      const absent: string[] = [];
      const found = await scanner.scan([at("d3"), at("d2"), at("d4")], (path) => absent.push(path));
      t.same(
        found.map(({ path }) => path),
        [at("d2")],
      );
      t.same(absent, [at("d3"), at("d4")]);
      t.same(await scanner.scan([at("d3")], () => undefined), [], "which is not every device");
    });
    t.test("a device's number leads to it; a number that nothing has leads nowhere", async (t) => {
      t.equal(scanner.nodeOf("4095:1"), undefined);
      const blocks = (await scanner.scan([])).filter(({ dev }) => dev !== null);
      t.ok(name === "host" || blocks.length > 0);
      for (const { dev, path, aliases } of blocks)
        t.ok([path, ...aliases].includes(scanner.nodeOf(dev ?? "") ?? ""), path);
    });
    t.test("look gives these devices in this order", async (t) => {
      t.match(await scanner.look([at("d10"), at("d1")]), [
        { path: at("d10"), size: 3 * MIB },
        { path: at("d1"), size: MIB },
      ]);
    });
  });
}
