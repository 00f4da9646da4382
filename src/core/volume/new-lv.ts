import { DvmError } from "../base/error.ts";
import { checkName } from "../base/name.ts";
import type { Chance } from "../port/chance.ts";
import { checkLvName } from "./check.ts";
import type { Lv } from "./model.ts";
import type { Workspace } from "./workspace.ts";

/** Options of verbs that make an LV. */
export interface NewLvOptions {
  readonly name: string;
  readonly tag: readonly string[];
  readonly "read-only"?: boolean;
  readonly inactive?: boolean;
}

/** All of a new LV's record but its segments. @throws DvmError BAD_NAME, EXISTS */
export function newLv(
  { vg, hasLv }: Pick<Workspace, "vg" | "hasLv">,
  { name, tag, ...options }: NewLvOptions,
  chance: Chance,
): Omit<Lv, "segments"> {
  checkLvName(vg.name, name);
  for (const each of tag) checkName("tag", each);
  if (hasLv(name)) throw new DvmError("EXISTS", `VG ${vg.name} already has an LV ${name}`);
  return {
    id: chance.id(),
    name,
    access: options["read-only"] ? "ro" : "rw",
    activate: !options.inactive,
    tags: [...new Set(tag)],
  };
}
