import { loops } from "../lib/devices.ts";
import { createLvs, makeVg } from "../lib/dvm.ts";
import { lacksLvm, makePeer, writeLvs } from "../lib/lvm.ts";
import { sideBySide } from "../lib/measure.ts";
import type { Row } from "../lib/row.ts";
import { shownTimes } from "../lib/shown.ts";

const GIB = 2 ** 30;

/** One more LV in a VG of many, metadata only. */
export const createLv = (lvs: number, reach: number): Row => ({
  name: `create-lv-${lvs}`,
  work: `one LV created in a VG of ${lvs.toLocaleString("en")} LVs (metadata only), against \`lvcreate -an\``,
  reach: `≤ ${reach} ×`,
  lacks: lacksLvm,
  async run(place) {
    const size = Math.ceil((lvs * 4 * 2 ** 20) / 4 / GIB) * GIB + 2 * GIB;
    const peer = makePeer(place.directory, loops(place, "peer", 4, size), {
      metadataSize: `${Math.ceil(lvs / 1000) * 2}m`,
    });
    writeLvs(place.directory, peer, lvs);
    const vg = makeVg(place.directory, loops(place, "dvm", 4, size), [
      "--region-size",
      `${Math.ceil(lvs / 1000) * 2}M`,
    ]);
    createLvs(place.directory, vg, lvs);
    place.say(`two VGs of ${lvs} LVs are there`);
    const times = await sideBySide({
      rounds: lvs > 50_000 ? 3 : 7,
      dvm: (round) =>
        vg.dvm(["run", vg.name, "--no-activate", "--", "create-lv", "--name", `new${round}`, "--size", "4M"]),
      peer: (round) =>
        peer.lvm(["lvcreate", "-q", "-an", "-Zn", "-Wn", "-n", `new${round}`, "-l", "1", "peer"]),
    });
    return [shownTimes("", times, reach)];
  },
});
