/** Plans for many regions, of which most are alike. */
import { DvmError } from "../../base/error.ts";
import { inParallel } from "../../base/in-parallel.ts";
import type { Pages } from "../../base/units.ts";
import type { HashedContent } from "../disk/content.ts";
import { type GenerationPlan, planGeneration } from "../disk/plan.ts";
import { reserveOf } from "../disk/reserve.ts";
import type { State } from "../disk/root.ts";
import { loadTree, pagesOf, type Tree } from "../disk/tree.ts";
import { classesOf, classOf } from "./classes.ts";
import { fetchFromAny } from "./fetch.ts";
import type { RegionSet } from "./region-set.ts";
import type { Usable } from "./set-state.ts";

export interface Planner {
  /** @throws DvmError CORRUPT when no region like this one has a whole tree, NO_SPACE */
  get(view: Usable): Promise<Planned>;
  /** The plan for a region in which some pages of the tree turned out to be bad. */
  without(view: Usable, planned: Planned, bad: ReadonlySet<Pages>): Planned;
  /** Plans every region, so that whether it fits is known before the first write. */
  checkAll(): Promise<void>;
}

export interface Planned extends GenerationPlan {
  readonly tree: Tree;
}

/** @throws DvmError NO_SPACE when it grows, and leaves too little for the update after it */
function requireReserve({ pagesWritten, shared }: GenerationPlan, before: Tree, length: Pages): void {
  const pages = pagesWritten + shared.size;
  const [free, reserve] = [length - 1 - pages, reserveOf(length)];
  if (free >= reserve || pages <= pagesOf(before).size) return;
  throw new DvmError(
    "NO_SPACE",
    `it does not fit: it takes ${pages} of ${length - 1} pages, and ${reserve} are kept free for what ` +
      "makes it smaller",
  );
}

/** How many plans are kept: regions formatted and written together all have the same one. */
const KEPT_PLANS = 8;

/** Plans for regions; those with equal root pages and lengths share one. */
export function planner(
  set: RegionSet,
  views: readonly Usable[],
  content: HashedContent,
  state: State,
): Planner {
  const classes = classesOf(views);
  const kept = new Map<string, Promise<Planned>>();

  const load = async (key: string): Promise<Planned> => {
    const members = classes.get(key) ?? [];
    const [view] = members as [Usable];
    const donors = members.map(({ place }) => place);
    const tree = await loadTree(
      fetchFromAny(set, donors, () => undefined),
      view.superblock.active,
      view.place.length,
    );
    return planWith(tree, view, new Set());
  };
  const planWith = (tree: Tree, { superblock, place }: Usable, bad: ReadonlySet<Pages>): Planned => {
    const { active } = superblock;
    try {
      const input = {
        bad,
        keep: new Set<Pages>(),
        newest: active.page,
        length: place.length,
        content,
        state,
      };
      const plan = planGeneration({ ...input, active: tree, parent: active });
      requireReserve(plan, tree, place.length);
      return { ...plan, tree };
    } catch (error) {
      if (error instanceof DvmError && error.code === "NO_SPACE")
        throw new DvmError("NO_SPACE", `${place.name}: ${error.message}`, { cause: error });
      throw error;
    }
  };
  const get = (view: Usable): Promise<Planned> => {
    const key = classOf(view);
    const plan = kept.get(key) ?? load(key);
    kept.delete(key);
    kept.set(key, plan);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT_PLANS) break;
      kept.delete(oldest);
    }
    return plan;
  };
  return {
    get,
    without: (view: Usable, { tree }: Planned, bad: ReadonlySet<Pages>) => planWith(tree, view, bad),
    async checkAll() {
      await inParallel([...classes.values()], set.inFlight, async ([view]) => {
        await get(view as Usable);
      });
    },
  };
}
