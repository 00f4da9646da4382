import { loops } from "../lib/devices.ts";
import { createLvs, makeVg } from "../lib/dvm.ts";
import { lacksLvm, makePeer, restoreLvs } from "../lib/lvm.ts";
import { sideBySide } from "../lib/measure.ts";
import type { Row } from "../lib/row.ts";
import { shownTimes } from "../lib/shown.ts";

const LVS = 10_000;
const BYTES = 12 * 2 ** 30;

/** Both find the VG on its devices, read its metadata and print it. */
export const report: Row = {
  name: "report",
  work: "JSON report of 10,000 LVs, against `lvs --reportformat json`",
  reach: "≤ 0.7 ×",
  lacks: lacksLvm,
  async run(place) {
    const peer = makePeer(place.directory, loops(place, "peer", 4, BYTES), { metadataSize: "20m" });
    restoreLvs(place.directory, peer, LVS);
    const vg = makeVg(place.directory, loops(place, "dvm", 4, BYTES), ["--region-size", "20M"]);
    createLvs(place.directory, vg, LVS);
    const ours = () => vg.dvm(["report", vg.name, "lv", "--format", "json"], true);
    const theirs = () => peer.lvm(["lvs", "--reportformat", "json", "peer"], true);
    const counts = [JSON.parse(ours()).rows ?? JSON.parse(ours()), JSON.parse(theirs()).report[0].lv];
    if (counts.some((rows) => rows.length !== LVS)) throw new Error("a report is not whole");
    return [shownTimes("", await sideBySide({ rounds: 9, dvm: ours, peer: theirs }), 0.7)];
  },
};
