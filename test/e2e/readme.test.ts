/** The tour on image files in README.md, typed as it stands. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { run } from "../lib/dvm.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

t.test("five minutes on image files", async (t) => {
  const tour = join(t.testdir({}), "tour");
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const section = readme.split("\n## ").find((text) => text.startsWith("Five minutes")) ?? "";
  const blocks = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = ""]) => block);
  t.equal(blocks.length, 7);
  const typed = blocks
    .join("")
    // The suite has built it already, and must not write to a directory that everybody knows.
    .replace("npm ci && npm run build\n", "")
    .replaceAll("/tmp/tour", tour);
  t.notMatch(typed, "npm ci");
  const script = `set -euo pipefail; shopt -s expand_aliases\n${typed}`;
  const ran = await run(["bash", "-c", script], { cwd: root });
  t.equal(ran.status, 0, ran.stderr);
  const shown = ran.stdout.toString();
  t.match(shown, /^VG vg0: 3 devices, .* metadata in 6 regions$/m);
  t.match(shown, /^root +linear +64 MiB .* active .* complete +a\.img$/m);
  t.equal(shown.match(/^identical$/gm)?.length, 3, "before and after a disk is gone, and from a raid5");
  t.match(shown, /^done {4}LV root: its copy is complete, so it becomes that$/m);
  t.match(shown, /^LV five: all legs agree$/m);
  t.match(shown, /^VG vg0: as wanted\n {2}kept {7}root\n {2}kept {7}safe$/m);
  t.match(shown, /^thin +thin +1 GiB .* complete/m);
  t.match(shown, /^ended with 3$/m);
  t.match(shown, /^goes on without [0-9a-f]{32}$/m);
  t.match(shown, /is a member again$/m);
  t.match(shown.slice(shown.indexOf("is a member again")), /^more +linear +8 MiB .* complete/m);
});
