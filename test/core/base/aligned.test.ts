import { join } from "node:path";
import t from "tap";
import { dvm, run } from "../../lib/dvm.ts";

const source = (name: string) => JSON.stringify(join(import.meta.dirname, "../../../src/core", name));

/** Where buffers of these sizes begin, modulo the size of a page. */
const SCRIPT = `
  const { alignedBuffer } = await import(${source("base/aligned.ts")});
  const { libc } = await import(${source("host/native.ts")});
  const sizes = [1, 4096, 5000, 65536, 70000, 1 << 20];
  const buffers = [...sizes, ...sizes].map(alignedBuffer);
  console.log(JSON.stringify(buffers.map((buffer) => [libc().addressOf(buffer) % 4096, buffer.length % 4096])));
`;

for (const flags of [[], ["--jitless"]]) {
  t.test(`buffers are whole pages, with ${flags.join(" ") || "no flags"}`, async (t) => {
    const { status, stdout, stderr } = await run([
      process.execPath,
      ...flags,
      "--import=tsx",
      "--input-type=module",
      "-e",
      SCRIPT,
    ]);
    t.equal(status, 0, stderr);
    t.same(JSON.parse(stdout.toString()), Array(12).fill([0, 0]));
  });
}

t.test("a VG is made and changed by a V8 that makes no machine code", async (t) => {
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: "locks" },
  };
  const cwd = t.testdir({ "dvm.json": JSON.stringify(config), "a.img": "", "b.img": "" });
  for (const image of ["a.img", "b.img"]) await run(["truncate", "-s", "16M", image], { cwd });
  const env = { PATH: process.env["PATH"] ?? "", DVM_CONFIG: "dvm.json", NODE_OPTIONS: "--jitless" };
  for (const line of [
    "init vg a.img b.img --region-size 1M --extent-size 1M",
    "run vg -- create-lv --name r --size 2M --mirrors 1",
    "deactivate vg",
    "export vg/r -",
    "doctor",
  ]) {
    const { status, stderr } = await dvm(line.split(" "), { cwd, env });
    t.equal(status, 0, `${line}: ${stderr}`);
  }
});
