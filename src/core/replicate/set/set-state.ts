/** What the regions amount to together. Pure. */
import type { RegionView, Seen } from "./region-view.ts";

/**
 * - unformatted: no region has a superblock
 * - clean: all have the same active root, none has a shadow
 * - preparing: all have the same active root, some or all have one and the same shadow
 * - committing: some have B active, every other one has A active and B for shadow, and A is B's parent
 * - out-of-sync: anything else
 */
export type SetState =
  | { readonly kind: "unformatted" | "out-of-sync" }
  | { readonly kind: "clean"; readonly content: Seen }
  | {
      readonly kind: "preparing";
      readonly content: Seen;
      readonly shadow: Seen | null;
      readonly complete: boolean;
    }
  | { readonly kind: "committing"; readonly content: Seen };

/** A region that can take part: readable, formatted, its active root known. */
export type Usable = RegionView & {
  readonly superblock: NonNullable<RegionView["superblock"]>;
  readonly active: Seen;
};

export const isUsable = (view: RegionView): view is Usable =>
  view.failure === null && view.superblock !== null && view.active !== null;

export function setStateOf(views: readonly RegionView[]): SetState {
  if (views.every(({ superblock, failure }) => superblock === null && failure === null))
    return { kind: "unformatted" };
  if (!views.every(isUsable)) return { kind: "out-of-sync" };
  const [first] = views;
  if (!first) return { kind: "unformatted" };
  return views.every(({ active }) => active.id === first.active.id)
    ? withOneActive(views, first.active)
    : (committing(views) ?? { kind: "out-of-sync" });
}

function withOneActive(views: readonly Usable[], content: Seen): SetState {
  if (views.every(({ superblock }) => superblock.shadow === null)) return { kind: "clean", content };
  const shadows = views.flatMap(({ shadow }) => shadow ?? []);
  const shadow = shadows[0] ?? null;
  const agree = shadows.every(({ id }) => id === shadow?.id);
  if (!agree || (shadow && !isChild(shadow, content))) return { kind: "out-of-sync" };
  return { kind: "preparing", content, shadow, complete: shadows.length === views.length };
}

function committing(views: readonly Usable[]): SetState | undefined {
  const taken = views.find(({ superblock }) => superblock.shadow === null)?.active;
  if (!taken) return undefined;
  const fits = views.every(({ active, superblock, shadow }) =>
    active.id === taken.id ? superblock.shadow === null : shadow?.id === taken.id && isChild(taken, active),
  );
  return fits ? { kind: "committing", content: taken } : undefined;
}

const isChild = (child: Seen, parent: Seen): boolean =>
  child.root.state.parentState.toString("hex") === parent.id &&
  child.root.state.txid > parent.root.state.txid;
