/** Which LVs of a text are built on which, and which of them stand for themselves. */
import type { TextLv, TextSegment, TextVg } from "./model.ts";
import { isBond, snapshotOf, type TextSnapshot } from "./types/snapshot.ts";
import { externalOriginOf } from "./types/words.ts";

export class LvStack {
  /** LVs that are seen, and hidden ones that no other LV has for itself. */
  readonly tops: readonly TextLv[];
  /** By origin, and by store. */
  readonly #snapshotsOf: ReadonlyMap<string, readonly TextSnapshot[]>;
  readonly #snapshotIn: ReadonlyMap<string, TextSnapshot>;
  /** Images of raid, seen or not. */
  readonly #images: ReadonlySet<string>;
  /** External origin -> thin LVs. */
  readonly #thinsOver: ReadonlyMap<string, readonly string[]>;
  readonly #lvs: ReadonlyMap<string, TextLv>;
  /** Hidden LVs -> the one that is built on it. */
  readonly #userOf = new Map<string, string>();

  constructor({ lvs }: TextVg) {
    this.#lvs = lvs;
    const snapshots = [...lvs.values()].flatMap(({ segments }) => segments.flatMap(snapshotOf));
    this.#snapshotsOf = grouped(snapshots.map((each) => [each.origin, each]));
    this.#snapshotIn = new Map(snapshots.map((each) => [each.store, each]));
    const over = [...lvs.values()].flatMap(({ name, segments }) =>
      segments.flatMap((each) => externalOriginOf(each) ?? []).map((origin) => [origin, name] as const),
    );
    this.#thinsOver = grouped(over);
    this.#images = new Set([...lvs.values()].flatMap(({ segments }) => segments.flatMap(membersOfRaid)));
    const users = new Map<string, Set<string>>();
    for (const [name, lv] of lvs)
      if (!isBond(lv))
        for (const below of lv.segments.flatMap(namesIn))
          users.set(below, (users.get(below) ?? new Set()).add(name));
    for (const [name, by] of users) {
      const [user, ...more] = by;
      const isHidden = !lvs.get(name)?.status.has("VISIBLE");
      if (isHidden && user !== undefined && more.length === 0 && user !== name) this.#userOf.set(name, user);
    }
    // What stands in a ring has nobody that it is a part of.
    const ofNobody = (lv: TextLv) => !isBond(lv) && !this.#endsInUser(lv.name);
    this.tops = [...lvs.values()].filter(ofNobody);
  }

  /**
   * It is not a part of something. A snapshot is seen as its store, which the text hides, until it merges.
   */
  isSeen({ name, status }: TextLv): boolean {
    return status.has("VISIBLE") || this.#snapshotIn.get(name)?.merging === false;
  }

  /** It is seen, and still a part of a raid that notes what it misses meanwhile. */
  isSplitOff({ name, status }: TextLv): boolean {
    return status.has("VISIBLE") && this.#images.has(name);
  }

  /** Thin LVs that read from this one what they do not have. */
  thinsOver(name: string): readonly string[] {
    return this.#thinsOver.get(name) ?? [];
  }

  /** Snapshots of LVM2's old kind that an LV has. */
  snapshotsOf(origin: string): readonly TextSnapshot[] {
    return this.#snapshotsOf.get(origin) ?? [];
  }

  /** The snapshot whose store an LV is. */
  snapshotIn(store: string): TextSnapshot | undefined {
    return this.#snapshotIn.get(store);
  }

  lv(name: string): TextLv | undefined {
    return this.#lvs.get(name);
  }

  /** Hidden LVs that are this one's alone, those below them too. */
  partsOf({ name }: TextLv): readonly TextLv[] {
    const parts: TextLv[] = [];
    const visit = (each: TextLv): void => {
      for (const below of each.segments.flatMap(namesIn)) {
        const part = this.#lvs.get(below);
        if (!part || this.#userOf.get(below) !== each.name || part.name === name || parts.includes(part))
          continue;
        parts.push(part);
        visit(part);
      }
    };
    const lv = this.#lvs.get(name);
    if (lv) visit(lv);
    return parts;
  }

  /** Going up from a hidden LV one comes to one that is not somebody's. */
  #endsInUser(name: string): boolean {
    const seen = new Set<string>();
    let at = name;
    for (let user = this.#userOf.get(at); user !== undefined; user = this.#userOf.get(at)) {
      if (seen.has(at)) return false;
      seen.add(at);
      at = user;
    }
    return at !== name;
  }
}

/** Names of images and of their metadata. */
const membersOfRaid = ({ fields }: TextSegment): readonly string[] => fields.texts("raids");

function grouped<T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const [key, value] of pairs) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

/** The LVs that a segment mentions. */
const namesIn = ({ areas, refs }: TextSegment): readonly string[] => [
  ...new Set([...areas.flatMap(({ lv }) => lv ?? []), ...refs]),
];
