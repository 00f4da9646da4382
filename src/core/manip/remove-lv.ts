import { change } from "../volume/change.ts";
import type { Lv } from "../volume/model.ts";
import type { Workspace } from "../volume/workspace.ts";

export const removeLv = change({
  name: "remove-lv",
  summary: "Remove an LV",
  examples: ["--name swap", "--name root", "--name home --with-users"],
  options: {
    name: { summary: "The LV's name or id", required: true },
    "with-users": {
      summary: "Remove all LVs that are built on it, too: its snapshots, or the thin LVs of a pool",
      type: "flag",
    },
  },
  apply(workspace, { name, "with-users": withUsers }) {
    const lv = workspace.lv(name);
    if (withUsers) dropUsers(workspace, lv);
    workspace.dropLv(
      lv,
      `remove those first, or run dvm remove-lv ${workspace.vg.name}/${lv.name} --with-users, which ` +
        "removes them with it",
    );
  },
});

/** Those that are built on it, and on those. */
function dropUsers(workspace: Workspace, lv: Lv): void {
  for (const user of workspace.usersOfLv(lv)) {
    dropUsers(workspace, user);
    if (workspace.lvs.get(user.id)) workspace.dropLv(user);
  }
}
