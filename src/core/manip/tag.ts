import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import { change } from "../volume/change.ts";

const MAX_TAGS = 64;

export const tag = change({
  name: "tag",
  summary: "Add and remove tags of LVs, of PVs, or of the VG when neither is named",
  examples: ["--lv root --add nightly", "--pv fast --add ssd --remove fast", "--add test"],
  options: {
    lv: { summary: "An LV's name or id", many: true },
    pv: { summary: "A PV's id, or a tag of several", many: true, names: "pv" },
    add: { summary: "A tag to add", many: true, placeholder: "TAG" },
    remove: { summary: "A tag to remove, if it is there", many: true, placeholder: "TAG" },
  },
  groups: [{ give: "some", of: ["add", "remove"] }],
  apply(workspace, { lv, pv, add, remove }) {
    for (const each of add) checkName("tag", each);
    const retag = <T extends { readonly tags: string[] }>(record: T, put: (changed: T) => void): void => {
      const tags = [...new Set([...record.tags.filter((each) => !remove.includes(each)), ...add])];
      if (tags.length > MAX_TAGS) throw new DvmError("TOO_LARGE", `more than ${MAX_TAGS} tags`);
      if (tags.join() !== record.tags.join()) put({ ...record, tags });
    };
    for (const each of lv) retag(workspace.lv(each), (changed) => workspace.putLv(changed));
    for (const each of workspace.pvsOf(pv)) retag(each, (changed) => workspace.putPv(changed));
    if (lv.length + pv.length === 0)
      retag(workspace.vg, (changed) => {
        workspace.vg = changed;
      });
  },
});
