/** The packaged executable: alone in a directory, with no Node on PATH. */
import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { documentOf, packaged, run } from "../lib/dvm.ts";

const installer = fileURLToPath(new URL("../../install-symlinks.sh", import.meta.url));

t.test("strip refuses it, for it would take the program out of it", async (t) => {
  const copy = join(t.testdir({}), "dvm");
  copyFileSync(packaged, copy);
  for (const how of ["-s", "-g", "--strip-unneeded"]) t.not((await run(["strip", how, copy])).status, 0, how);
  t.equal(readFileSync(copy).equals(readFileSync(packaged)), true, "it is as it was");
  t.ok(statSync(packaged).size < 95e6, "without what no one reads of ICU's data");
});

t.test("symlinks, help and an update end to end", async (t) => {
  const dir = t.testdir({ bin: {}, none: {} });
  const bin = join(dir, "bin");
  const installed = await run(["sh", installer, "--dest", bin, packaged]);
  t.equal(installed.status, 0, installed.stderr);

  const listed = (await run([packaged, "--list"])).stdout.toString().trim().split("\n");
  t.equal(listed.length, 10);
  t.same(readdirSync(bin).sort(), listed.map((name) => (name === "dvm" ? "dvm" : `dvm_${name}`)).sort());

  const env = { PATH: join(dir, "none"), DVM_CONFIG: join(dir, "dvm.json") };
  const tool = (name: string, ...args: string[]) => run([join(bin, name), ...args], { env, cwd: dir });
  for (const name of listed) {
    const help = await tool(name === "dvm" ? "dvm" : `dvm_${name}`, "--help");
    t.equal(help.status, 0, `${name} --help`);
    t.match(help.stdout.toString(), `Usage: ${name}`);
  }

  for (const disk of ["a.img", "b.img"]) {
    writeFileSync(join(dir, disk), "");
    truncateSync(join(dir, disk), 128 << 20);
  }
  const config = {
    discover: { scan: ["a.img", "b.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: join(dir, "lock") },
  };
  writeFileSync(join(dir, "dvm.json"), JSON.stringify(config));
  const init = await tool("dvm", "init", "vg0", "a.img", "b.img");
  t.equal(init.status, 0, init.stderr);

  const found = await tool("dvm_discover", "-c", "dvm.json", "find", "vg0");
  t.equal(found.status, 0, found.stderr);
  const update = (...args: string[]) =>
    run([join(bin, "dvm_tm"), "-c", "dvm.json", "update", ...args], { env, cwd: dir, input: found.stdout });
  const created = documentOf<{ changed: boolean; txid: number }>(
    await update(
      "--",
      "manip",
      "create-lv",
      "--name",
      "x",
      "--size",
      "8M",
      "--type",
      "raid1",
      "--mirrors",
      "1",
    ),
  );
  t.equal(created.changed, true);
  const state = documentOf<{ devices: { name: string }[] }>(
    await tool("dvm_dmexec", "-c", "dvm.json", "state"),
  );
  t.ok(
    state.devices.some(({ name }) => name === "vg0-x"),
    "it is live",
  );

  const again = await update("--", "manip", "create-lv", "--name", "x", "--size", "8M");
  t.equal(again.status, 3, "the name is taken");
  t.match(again.stderr, /\[EXISTS\]\n$/);
});
