import { loops } from "../lib/devices.ts";
import { createLvs, makeVg } from "../lib/dvm.ts";
import { lacksLvm, makePeer } from "../lib/lvm.ts";
import { timed, timesOf } from "../lib/measure.ts";
import type { Row } from "../lib/row.ts";
import { shownTimes } from "../lib/shown.ts";

const LVS = 1000;
const BYTES = 2 * 2 ** 30;

export const batch: Row = {
  name: "batch",
  work: "1,000 LVs created: one `manip batch` against 1,000 `lvcreate` in one `lvm` shell",
  reach: "≤ 0.02 ×",
  lacks: lacksLvm,
  async run(place) {
    const peer = makePeer(place.directory, loops(place, "peer", 4, BYTES), { metadataSize: "8m" });
    const vg = makeVg(place.directory, loops(place, "dvm", 4, BYTES));
    const ours = await timed(() => createLvs(place.directory, vg, LVS));
    const lines = Array.from(
      { length: LVS },
      (_, index) => `lvcreate --driverloaded n -q -an -Zn -Wn -n lv${index} -l 1 peer`,
    );
    const theirs = await timed(() => peer.shell(lines));
    const [made] = [peer.lvm(["lvs", "--noheadings", "-o", "lv_name", "peer"], true)];
    if (made.trim().split("\n").length !== LVS) throw new Error("the peer has not made all its LVs");
    return [shownTimes("", timesOf(ours, theirs), 0.02)];
  },
};
