/** The tour on image files in README.md, typed as it stands. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { dvmProgram, run } from "../lib/dvm.ts";

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

t.test("coming from LVM2", async (t) => {
  const directory = t.testdir({});
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const section = readme.split("\n## ").find((text) => text.startsWith("Coming from LVM2")) ?? "";
  const [, typed = ""] = /```sh\n(dvm lvm2 .*?)```/s.exec(section) ?? [];
  t.equal(typed.match(/^dvm /gm)?.length, 9);
  const config = {
    discover: { scan: ["*.img"] },
    dm: { backend: "sim", state: "dm.json" },
    common: { lockDir: "lock" },
  };
  writeFileSync(join(directory, "dvm.json"), JSON.stringify(config));
  const script = `set -euo pipefail;
    dvm() { ${dvmProgram.map((word) => `'${word}'`).join(" ")} -c $PWD/dvm.json "$@"; }
    truncate -s 64M a.img b.img
    dvm init vg0 a.img b.img
    dvm create-lv vg0/data --size 8M --inactive
    head -c 8M /dev/urandom >pattern
    dvm import vg0/data pattern
    dvm release vg0
    ${typed}
    dvm lvm2 check vg0 >/dev/null
    dvm export vg0/data after
    cmp pattern data.img; cmp -n 8388608 pattern after; stat -c %s after`;
  const ran = await run(["bash", "-c", script], { cwd: directory });
  t.equal(ran.status, 0, ran.stderr);
  const shown = ran.stdout.toString();
  t.match(shown, /^VG vg0 is dvm's: 2 devices, /m);
  t.match(shown, /^VG vg0 is LVM2's: 2 devices, 1 LV$/m);
  t.match(shown, /^16777216$/m);
});
