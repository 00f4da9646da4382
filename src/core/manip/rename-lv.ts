import { change } from "../volume/change.ts";

export const renameLv = change({
  name: "rename-lv",
  summary: "Give an LV another name",
  examples: ["--name root --to system", "--name home --to users"],
  options: {
    name: { summary: "The LV's name or id", required: true },
    to: { summary: "Its new name", required: true, placeholder: "NAME" },
  },
  apply(workspace, { name, to }, { tell }) {
    const lv = workspace.lv(name);
    if (lv.name === to) return tell(`the LV is called ${to} already`);
    workspace.putLv({ ...lv, name: to });
  },
});
