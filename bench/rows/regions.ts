import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { images, loops } from "../lib/devices.ts";
import { executable, node } from "../lib/dvm.ts";
import { lacksLvm, makePeer } from "../lib/lvm.ts";
import { run, sideBySide } from "../lib/measure.ts";
import type { Place, Row } from "../lib/row.ts";
import { shownTimes } from "../lib/shown.ts";
import type { Written } from "../lib/traced.ts";

const REGION_BYTES = 2 ** 20;
const CONTENT_BYTES = 64 * 1024;
const bareLoop = fileURLToPath(new URL("../lib/bare-loop.mjs", import.meta.url));

/** prepare and commit of 64 KiB of which one page has changed. */
function replicator(place: Place, paths: readonly string[]) {
  const regions = join(place.directory, "regions.json");
  const source = join(place.directory, "content");
  const offset = 2 ** 20 / 512;
  writeFileSync(
    regions,
    JSON.stringify({ regions: paths.map((path) => ({ path, offset, length: REGION_BYTES / 512 })) }),
  );
  const content = Buffer.alloc(CONTENT_BYTES, 1);
  const replicate = (verb: string, ...args: readonly string[]): Written =>
    JSON.parse(run([executable, "replicate", verb, regions, ...args], { keep: true }));
  replicate("format");
  return (round: number): { readonly prepare: Written; readonly commit: Written } => {
    content.writeUInt32LE(round + 1, 5 * 4096);
    writeFileSync(source, content);
    return { prepare: replicate("prepare", source), commit: replicate("commit") };
  };
}

export const regionsBare = (count: number): Row => ({
  name: `regions-${count}`,
  work:
    `prepare + commit over ${count.toLocaleString("en")} regions, against a bare loop that writes ` +
    "and flushes the same bytes as often",
  reach: "≤ 1.5 ×",
  async run(place) {
    const update = replicator(place, images(place, "dvm", count, 3 * REGION_BYTES));
    const first = update(-1);
    const second = update(0);
    const list = join(place.directory, "peer.json");
    writeFileSync(list, JSON.stringify(images(place, "peer", count, 3 * REGION_BYTES)));
    const perRegion = (second.prepare.bytesWritten + second.commit.bytesWritten) / count;
    const flushes = (second.prepare.flushes + second.commit.flushes) / count;
    const pages = second.prepare.pagesWritten / count;
    place.say(
      `${perRegion} bytes, ${pages} pages and 2 superblocks, ${flushes} flushes a region (first: ` +
        `${first.prepare.pagesWritten / count} pages)`,
    );
    const loop = (...args: readonly string[]) => run([node, bareLoop, list, ...args]);
    loop("prepare", String(pages * 4096));
    loop("commit");
    const times = await sideBySide({
      rounds: 5,
      dvm: (round) => update(round + 1),
      peer: () => {
        loop("prepare", String(pages * 4096));
        loop("commit");
      },
    });
    return [shownTimes(`${perRegion} bytes and ${flushes} flushes a region`, times, 1.5)];
  },
});

export const regionsLvm: Row = {
  name: "regions-lvm",
  work:
    "the same over 1,000 regions, against `vgchange --addtag` with metadata on 1,000 PVs, which " +
    "never flushes",
  reach: "≤ 1 ×",
  lacks: lacksLvm,
  async run(place) {
    const bytes = 8 * 2 ** 20;
    const update = replicator(place, loops(place, "dvm", 1000, bytes));
    const peer = makePeer(place.directory, loops(place, "peer", 1000, bytes), { extentSize: "1m" });
    place.say("2,000 loop devices are there");
    const times = await sideBySide({
      rounds: 5,
      dvm: (round) => update(round + 1),
      peer: (round) => peer.lvm(["vgchange", "-q", "--addtag", `tag${round}`, "peer"]),
    });
    return [shownTimes("", times, 1)];
  },
};
