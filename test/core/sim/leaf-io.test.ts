/** A disk is found by its number where no udev has made links. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { machineIo } from "../../../src/core/sim/leaf-io.ts";

t.test("by the name that the kernel has for it", async (t) => {
  const dir = t.testdir({
    sys: { dev: { block: { "8:16": { uevent: "MAJOR=8\nMINOR=16\nDEVNAME=sdb\nDEVTYPE=disk\n" } } } },
    dev: { sdb: "a".repeat(1024) },
  });
  const roots = { sys: join(dir, "sys"), dev: join(dir, "dev") };
  const buffer = Buffer.alloc(4);
  for (const dryRun of [true, false]) {
    const io = machineIo(dryRun, roots);
    io.write("8:16", 1, Buffer.from("new!"));
    io.flush("8:16");
    io.read("8:16", 1, buffer);
    t.equal(buffer.toString(), dryRun ? "aaaa" : "new!", `dry run ${dryRun}`);
    t.throws(() => io.read("8:32", 0, buffer), { code: "ENOENT" });
    io.close();
  }
  t.equal(readFileSync(join(dir, "dev/sdb"), "utf8"), `${"a".repeat(512)}new!${"a".repeat(508)}`);
});
