import { change } from "../volume/change.ts";

export const removeLv = change({
  name: "remove-lv",
  summary: "Remove an LV",
  examples: ["--name swap", "--name root"],
  options: { name: { summary: "The LV's name or id", required: true } },
  apply(workspace, { name }) {
    workspace.dropLv(workspace.lv(name));
  },
});
