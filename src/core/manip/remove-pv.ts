import { DvmError } from "../base/error.ts";
import { change } from "../volume/change.ts";

const MANY = 10;

export const removePv = change({
  name: "remove-pv",
  summary: "Remove PVs that no LV uses",
  examples: ["--pv spare", "--pv spare --pv old"],
  options: { pv: { summary: "The PV's id, or a tag of several", required: true, many: true, names: "pv" } },
  apply(workspace, { pv: words }) {
    for (const pv of workspace.pvsOf(words)) {
      const users = workspace.usersOf(pv).map(({ name }) => name);
      if (users.length > 0) {
        const more = users.length > MANY ? ` and ${users.length - MANY} more` : "";
        throw new DvmError("IN_USE", `PV ${pv.id} is used by ${users.slice(0, MANY).join(", ")}${more}`, {
          details: { pv: pv.id, lvs: users.slice(0, 100) },
        });
      }
      workspace.dropPv(pv);
    }
  },
});
