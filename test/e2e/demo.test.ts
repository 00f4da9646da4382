/** The demo is the first thing that a stranger runs. */
import { fileURLToPath } from "node:url";
import t from "tap";
import { run } from "../lib/dvm.ts";

t.test("it succeeds and leaves nothing behind", async (t) => {
  const tmp = t.testdir({});
  const demo = fileURLToPath(new URL("../../demo/demo.ts", import.meta.url));
  const env = { ...process.env, TMPDIR: tmp } as Record<string, string>;
  const ran = await run([process.execPath, "--import=tsx", demo], { env });
  t.equal(ran.status, 0, `${ran.stdout}${ran.stderr}`.slice(-3000));
  t.match(ran.stdout.toString(), /identical: sha256/);
  const left = await run(["find", tmp, "-name", "dvm-demo-*"]);
  t.equal(left.stdout.toString(), "");
});
