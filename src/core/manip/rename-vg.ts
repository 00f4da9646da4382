import { checkName } from "../base/name.ts";
import { change } from "../volume/change.ts";
import { checkLvName } from "../volume/check.ts";

export const renameVg = change({
  name: "rename-vg",
  summary: "Give the VG another name",
  examples: ["--to vg1", "--to backup"],
  options: { to: { summary: "Its new name", required: true, placeholder: "NAME" } },
  apply(workspace, { to }, { tell }) {
    checkName("VG", to);
    for (const { name } of workspace.lvs.values()) checkLvName(to, name);
    if (workspace.vg.name === to) return tell(`the VG is called ${to} already`);
    workspace.vg = { ...workspace.vg, name: to };
  },
});
