import { loops } from "../lib/devices.ts";
import { createLvs, makeVg } from "../lib/dvm.ts";
import { lacksLvm, makePeer, writeLvs } from "../lib/lvm.ts";
import { sideBySide } from "../lib/measure.ts";
import type { Row } from "../lib/row.ts";
import { shownTimes } from "../lib/shown.ts";

const LVS = 10_000;
const BYTES = 12 * 2 ** 30;

/** The columns that say what those of lvs do, of LVs that are neither snapshots nor thin. */
const ALIKE = "name,vg,type,access,state,open,size,fill,sync";

/** Both find the VG on its devices, read its metadata and print it. */
export const report: Row = {
  name: "report",
  work: "JSON report of 10,000 LVs, against `lvs --reportformat json`",
  reach: "≤ 0.7 ×",
  lacks: lacksLvm,
  async run(place) {
    const peer = makePeer(place.directory, loops(place, "peer", 4, BYTES), { metadataSize: "20m" });
    writeLvs(place.directory, peer, LVS);
    const vg = makeVg(place.directory, loops(place, "dvm", 4, BYTES), ["--region-size", "20M"]);
    createLvs(place.directory, vg, LVS);
    const ours = (...columns: readonly string[]) =>
      vg.dvm(["report", vg.name, "lv", "--format", "json", ...columns], true);
    const theirs = () => peer.lvm(["lvs", "--reportformat", "json", "peer"], true);
    const counts = [JSON.parse(ours()).rows, JSON.parse(theirs()).report[0].lv];
    if (counts.some((rows) => rows.length !== LVS)) throw new Error("a report is not whole");
    const all = await sideBySide({ rounds: 9, dvm: () => ours(), peer: theirs });
    const alike = await sideBySide({ rounds: 9, dvm: () => ours("--columns", ALIKE), peer: theirs });
    return [
      shownTimes("what each shows by itself (24 and 12 columns)", all, 0.7),
      shownTimes(`what lvs shows (${ALIKE})`, alike, 0.7),
    ];
  },
};
