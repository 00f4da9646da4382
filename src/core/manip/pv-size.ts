import type { Lv, Pv } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { someNames } from "../base/some-names.ts";
import { type Extents, formatSize, type Sectors } from "../base/units.ts";
import { change } from "../volume/change.ts";
import { allRuns } from "../volume/model.ts";
import { endOf } from "../volume/runs.ts";
import type { Workspace } from "../volume/workspace.ts";
import { pvOf } from "./add-pv.ts";

export const pvSize = change({
  name: "pv-size",
  summary: "Take down how long the data area of a PV is",
  description:
    "It gets extents at its end, or gives up those that no LV has. dvm resize-pv does that, and divides " +
    "the device anew.",
  examples: ["--pv spare --size 128M", "--pv spare --discovery where.json"],
  options: {
    pv: { summary: "The PV's id, or a tag of it", required: true, names: "pv" },
    size: { summary: "Size of its data area", type: "size", placeholder: "SIZE" },
    discovery: {
      summary: "As long as the data area of its device",
      document: "discovery",
      placeholder: "FILE",
    },
  },
  groups: [{ give: "one", of: ["size", "discovery"] }],
  apply(workspace, { pv: word, size, discovery }) {
    const [pv, other] = workspace.pvsOf([word]);
    if (!pv || other) throw new DvmError("USAGE", `--pv ${word} has to name one PV`);
    const device = discovery?.devices.find(({ id }) => id === pv.id);
    const dataLength = size ?? device?.dataLength;
    if (dataLength === undefined)
      throw new DvmError("NOT_FOUND", `the discovery document has no device of PV ${pv.id}`);
    const of = { id: pv.id, path: device?.path ?? pv.id, dataLength, blockBytes: pv.blockBytes };
    const { extents } = pvOf(of, workspace.vg.extentSize);
    if (extents === pv.extents) return;
    refuseUsed(workspace, pv, extents, dataLength);
    workspace.putPv({ ...pv, extents });
  },
});

/** @throws DvmError IN_USE, naming the LVs and how short the PV could be */
function refuseUsed(workspace: Workspace, pv: Pv, extents: Extents, dataLength: Sectors): void {
  const { id } = pv;
  const behind = workspace.usersOf(pv).filter((lv) => lastOn(lv, id) > extents);
  if (behind.length === 0) return;
  const least = Math.max(...behind.map((lv) => lastOn(lv, id))) * workspace.vg.extentSize;
  throw new DvmError(
    "IN_USE",
    `PV ${id} has extents behind ${formatSize(dataLength)} of data that are in use by ` +
      `${someNames(behind.map(({ name }) => name))}: move them off it, or leave it ` +
      `${formatSize(least)} of data`,
    { details: { pv: id, lvs: behind.map(({ name }) => name).slice(0, 100), least } },
  );
}

/** How many extents the PV must have for the LV. */
const lastOn = (lv: Lv, pv: string): Extents =>
  Math.max(0, ...allRuns(lv).flatMap((run) => (run.pv === pv ? endOf(run) : [])));
