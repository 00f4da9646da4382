/** Copies come and go, and LVs move, on image files: nothing but the commands, and no kernel. */
import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { dvmProgram, type Ran, run } from "../lib/dvm.ts";

const MIB = 1 << 20;
const DISKS = ["a.img", "b.img", "c.img"];

t.test("mirror and move on image files", async (t) => {
  const cwd = t.testdir({});
  for (const name of DISKS) {
    // What was on the disks before must not come to be read.
    writeFileSync(join(cwd, name), Buffer.alloc(4 * MIB, name));
    truncateSync(join(cwd, name), 16 * MIB);
  }
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(cwd, "lock") },
  };
  writeFileSync(join(cwd, "dvm.json"), JSON.stringify(config));
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json" };
  const dvm = (line: string, input: string | Uint8Array = ""): Promise<Ran> =>
    run([...dvmProgram, ...line.split(" ")], { cwd, env, input });
  const must = async (line: string, input?: Uint8Array): Promise<Buffer> => {
    const { status, stdout, stderr } = await dvm(line, input);
    if (status !== 0) throw new Error(`${line}: ${status}: ${stderr}`);
    return stdout;
  };
  const health = async (): Promise<unknown> => {
    const { devices } = JSON.parse((await must("-c dvm.json dmexec state")).toString());
    const { status } = devices.find(({ name }: { name: string }) => name === "vg-x");
    return status[0].split(" ")[2] ?? status[0];
  };
  const content = Buffer.from(Array.from({ length: 3 * MIB }, (_, index) => (index * 7) ^ (index >> 9)));

  await must(`init vg ${DISKS.join(" ")} --region-size 1M --extent-size 1M`);
  await must("run vg -- create-lv --name x --size 3M --pv a.img");
  await must("import vg/x -", content);
  await must("activate vg");

  await t.test("a copy", async (t) => {
    await must("run vg -- mirror --name x --mirrors 1 --pv b.img");
    t.equal(await health(), "AA", "is complete");
    await must("run vg -- mirror --name x --synced");
    t.equal(await health(), "AA");
    await must("run vg -- mirror --name x --mirrors 0 --pv a.img");
    t.ok(content.equals(await must("export vg/x -")), "has the content when the first is gone");
  });

  await t.test("a move", async (t) => {
    await must("run vg -- move --name x --from b.img --to c.img");
    await must("run vg -- move --name x --finish");
    await must("reduce vg b.img");
    t.ok(content.equals(await must("export vg/x -")), "has the content where it went");
  });

  await t.test("what is not live is not rebuilt", async (t) => {
    await must("deactivate vg");
    await must("run vg -- mirror --name x --mirrors 1 --pv a.img");
    const { status, stderr } = await dvm("run vg -- mirror --name x --synced");
    t.equal(status, 3, stderr);
    await must("activate vg");
    await must("run vg -- mirror --name x --synced");
    await must("deactivate vg");
    t.ok(content.equals(await must("export vg/x -")));
  });
});
