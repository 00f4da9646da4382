import type { Segment } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { change } from "../volume/change.ts";
import type { Lv } from "../volume/model.ts";
import type { Caching } from "../volume/types/caching.ts";
import { kindOf, typeOf } from "../volume/types/index.ts";
import type { Workspace } from "../volume/workspace.ts";

export const uncache = change({
  name: "uncache",
  summary: "Flush the cache of an LV, and let it go",
  description:
    "The kernel writes what the cache holds to the LV's own PVs, while the LV is in use; --finish then " +
    "lets it go, once all of it is there. --drop lets one go that cannot be had any more, if the LV has " +
    "all without it. With --force it is given up even so, and a second --drop leaves the LV without what " +
    "only the cache had.",
  examples: ["--name swap", "--name swap --finish", "--name swap --drop"],
  options: {
    name: { summary: "The LV's name or id", required: true },
    finish: { summary: "End it: the cache goes", type: "flag" },
    abort: { summary: "Give it up: the cache is used again", type: "flag" },
    drop: { summary: "Let the cache go as it is", type: "flag" },
    force: { summary: "Even if what only the cache has is lost", type: "flag", requires: ["drop"] },
  },
  groups: [{ give: "at-most-one", of: ["finish", "abort", "drop"] }],
  apply(workspace, { name, finish, abort, drop, force }, { tell }) {
    const lv = workspace.lv(name);
    const { segment, caches } = cachedIn(lv);
    const put = (...segments: Segment[]) => workspace.putLv({ ...lv, segments });
    const state = caches.state(segment);
    if (drop) {
      if (!caches.mayDiffer(segment) || state === "lost") return put(...caches.origin(segment));
      if (!force) throw mayBeLost(lv, workspace);
      tell(`the cache of LV ${lv.name} is given up: manip uncache --name ${lv.name} --drop lets it go`);
      return put(caches.withState(segment, "lost"));
    }
    if (abort) {
      if (state === undefined) return tell(`LV ${lv.name} is not being uncached`);
      return put(caches.withState(segment, undefined));
    }
    // Whoever applies the change checks that nothing is left in it.
    if (finish && state !== undefined) return put(...caches.origin(segment));
    if (finish)
      throw new DvmError(
        "WOULD_LOSE_DATA",
        `the cache of LV ${lv.name} is not being flushed: manip uncache --name ${lv.name} begins that`,
      );
    if (state !== undefined) return tell(`the cache of LV ${lv.name} is being flushed already`);
    put(caches.withState(segment, "flushing"));
  },
});

/** @throws DvmError UNSUPPORTED */
function cachedIn({ name, segments: [first] }: Lv): { segment: Segment; caches: Caching<Segment> } {
  const caches = first && typeOf(first)?.caches;
  if (first && caches) return { segment: first, caches };
  throw new DvmError("UNSUPPORTED", `LV ${name} is ${first && kindOf(first)}: nothing caches it`);
}

const mayBeLost = ({ name }: Lv, { vg }: Workspace): DvmError =>
  new DvmError(
    "WOULD_LOSE_DATA",
    `the cache of LV ${name} may hold what the LV has nowhere else: dvm uncache ${vg.name}/${name} writes ` +
      "that back while the cache is there; --force gives it up",
    { details: { lv: name } },
  );
