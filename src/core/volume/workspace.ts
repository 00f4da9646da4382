import type { Lv, Metadata, Pv, Segment, Vg } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import { type MapView, Overlay } from "../base/overlay.ts";
import type { Chance } from "../port/chance.ts";
import { arrange } from "./arrange.ts";
import { refuseBlockChange } from "./blocks.ts";
import { type Checked, checkLvName, checkMetadata } from "./check.ts";
import { account } from "./freed.ts";
import { requireKnown } from "./known.ts";
import { allRuns, lengthOf } from "./model.ts";
import { encodeLv, encodeLvs, encodePv } from "./record.ts";
import { layoutOf } from "./serialise.ts";
import { Space } from "./space.ts";
import { kindOf, typeOf } from "./types/index.ts";
import { usesOf, wrappedBy } from "./users.ts";

const MANY = 10;

/** As long, and of the same types. */
const isLaidOutAlike = (lv: Lv, other: Lv): boolean =>
  lv.segments === other.segments || (lengthOf(lv) === lengthOf(other) && kindsOf(lv) === kindsOf(other));

const kindsOf = ({ segments }: Lv): string => [...new Set(segments.map(kindOf))].join();

/**
 * Metadata under change: what the verbs share, so that a batch of thousands looks things up in maps and keeps
 * one map of free extents. Records are never changed, only replaced. Dropped when a verb fails.
 */
export class Workspace {
  readonly #before: Metadata;
  readonly #checked: Checked;
  #vg: Vg;
  readonly #pvs: Overlay<Pv>;
  readonly #lvs: Overlay<Lv>;
  readonly #byName: Overlay<Lv>;
  /** By LV id, the ids of those that are built on it. */
  readonly #users: Map<string, Set<string>>;
  #space: Space | undefined;
  #changed = false;

  /** @throws DvmError BAD_INPUT when it contradicts itself, UNSUPPORTED when a newer program wrote it */
  constructor(metadata: Metadata) {
    requireKnown(metadata);
    this.#checked = checkMetadata(metadata, "BAD_INPUT");
    this.#before = metadata;
    this.#vg = metadata.vg;
    this.#pvs = new Overlay(new Map(metadata.pvs.map((pv) => [pv.id, pv])));
    this.#lvs = new Overlay(this.#checked.byId);
    this.#byName = new Overlay(this.#checked.byName);
    const users = [...this.#checked.users];
    this.#users = new Map(users.map(([id, lvs]) => [id, new Set(lvs.map((lv) => lv.id))]));
  }

  get vg(): Vg {
    return this.#vg;
  }

  set vg(vg: Vg) {
    this.#vg = vg;
    this.#changed = true;
  }

  get pvs(): MapView<Pv> {
    return this.#pvs;
  }

  get lvs(): MapView<Lv> {
    return this.#lvs;
  }

  /** Not all PVs have one logical block size. */
  get hasMixedBlocks(): boolean {
    const [first, ...others] = this.#pvs.values();
    return others.some(({ blockBytes }) => blockBytes !== first?.blockBytes);
  }

  /**
   * Extents that are free before and after. What the changes free is not there: until they are committed it
   * holds data, and another LV's devices may be made on new extents before that.
   */
  get space(): Space {
    // Built on first use from what the check found; nothing has been taken before that.
    this.#space ??= new Space(this.#before, this.#checked.usage);
    return this.#space;
  }

  /** @throws DvmError NOT_FOUND */
  lv(nameOrId: string): Lv {
    const lv = this.#lvs.get(nameOrId) ?? this.#byName.get(nameOrId);
    if (!lv) throw new DvmError("NOT_FOUND", `VG ${this.#vg.name} has no LV ${nameOrId}`);
    return lv;
  }

  readonly hasLv = (name: string): boolean => this.#byName.has(name);

  /** PVs named by ids or tags. @throws DvmError NOT_FOUND for a word that names none */
  pvsOf(words: readonly string[]): readonly Pv[] {
    const found = new Set<Pv>();
    for (const word of words) {
      const byId = this.#pvs.get(word);
      const named = byId ? [byId] : [...this.#pvs.values()].filter(({ tags }) => tags.includes(word));
      if (named.length === 0)
        throw new DvmError("NOT_FOUND", `VG ${this.#vg.name} has no PV with id or tag ${word}`);
      for (const pv of named) found.add(pv);
    }
    return [...found];
  }

  /**
   * Adds an LV, or replaces the one of its id. Its extents must have been taken from the space already.
   * @param mixed its logical block size may change, and it may lie on PVs of several
   * @throws DvmError BAD_NAME, EXISTS, BLOCK_SIZE
   */
  putLv(lv: Lv, mixed = false): void {
    const before = this.#lvs.get(lv.id);
    const pvs = this.#pvs;
    refuseBlockChange({ lv, pvs, was: before && { lv: before, pvs } }, mixed);
    if (before && !isLaidOutAlike(before, lv) && this.wrappersOf(lv).length > 0)
      this.refuseUsed(lv, "it keeps its size and type as long as they are there");
    if (before?.name !== lv.name) {
      checkLvName(this.#vg.name, lv.name);
      if (this.#byName.has(lv.name))
        throw new DvmError("EXISTS", `VG ${this.#vg.name} already has an LV ${lv.name}`);
      if (before) this.#byName.delete(before.name);
    }
    this.#setUses(lv, usesOf(lv));
    this.#byName.set(lv.name, lv);
    this.#lvs.set(lv.id, lv);
    this.#changed = true;
  }

  /** @param advice what helps. @throws DvmError IN_USE, naming the LVs that are built on it */
  dropLv(lv: Lv, advice = "remove those first"): void {
    this.refuseUsed(lv, advice);
    this.#leaveUsed(lv);
    this.#setUses(lv, []);
    this.#lvs.delete(lv.id);
    this.#byName.delete(lv.name);
    this.#changed = true;
  }

  /** @param advice what helps. @throws DvmError IN_USE, naming the LVs that are built on it */
  refuseUsed({ id, name }: Lv, advice: string): void {
    const users = [...(this.#users.get(id) ?? [])].map((user) => this.lv(user).name).sort();
    if (users.length === 0) return;
    const more = users.length > MANY ? ` and ${users.length - MANY} more` : "";
    throw new DvmError(
      "IN_USE",
      `LV ${name} is used by ${users.slice(0, MANY).join(", ")}${more}: ${advice}`,
      { details: { lv: name, users: users.slice(0, 100) } },
    );
  }

  /** LVs that are built on this one. */
  usersOfLv({ id }: Lv): readonly Lv[] {
    return [...(this.#users.get(id) ?? [])].map((user) => this.lv(user));
  }

  /** LVs that stand in front of this one. */
  wrappersOf(lv: Lv): readonly Lv[] {
    return this.usersOfLv(lv).filter((user) => wrappedBy(user) === lv.id);
  }

  /** The first segment of an LV as it is committed; undefined: the LV is new. */
  committed(id: string): Segment | undefined {
    return this.#checked.byId.get(id)?.segments[0];
  }

  /** What it is built on gets to know that it goes. @throws DvmError IN_USE, naming it */
  #leaveUsed(lv: Lv): void {
    const [segment] = lv.segments;
    const leave = segment && typeOf(segment)?.leave;
    if (!leave) return;
    for (const id of usesOf(lv)) {
      const used = this.lv(id);
      const [first] = used.segments;
      if (!first) continue;
      try {
        this.putLv({ ...used, segments: [leave(segment, first, this.committed(id))] });
      } catch (thrown) {
        const { code, message } = toDvmError(thrown);
        throw new DvmError(code, `LV ${lv.name}: ${message}`, { cause: thrown });
      }
    }
  }

  /** Keeps the users as LVs come and go. */
  #setUses(lv: Lv, uses: readonly string[]): void {
    const before = this.#lvs.get(lv.id);
    for (const id of before ? usesOf(before) : []) this.#users.get(id)?.delete(lv.id);
    for (const id of uses) this.#users.set(id, (this.#users.get(id) ?? new Set()).add(lv.id));
  }

  /** Adds a PV, or replaces the one of its id. */
  putPv(pv: Pv): void {
    const was = this.#pvs.get(pv.id);
    if (!was) this.space.add(pv);
    else if (was.extents !== pv.extents) this.space.resize(pv, was.extents);
    this.#pvs.set(pv.id, pv);
    this.#changed = true;
  }

  /** Removes a PV that nothing uses. */
  dropPv({ id }: Pv): void {
    this.space.remove(id);
    this.#pvs.delete(id);
    this.#changed = true;
  }

  /** LVs that have extents on the PV, by name. */
  usersOf({ id }: Pv): readonly Lv[] {
    return [...this.#lvs.values()]
      .filter((lv) => allRuns(lv).some(({ pv }) => pv === id))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * The metadata as it is now, arranged so that its text changes in few pages. What went in comes out when
   * nothing has changed.
   */
  result(chance: Chance): Metadata {
    const before = this.#before;
    if (!this.#changed) return before;
    const { pvHoles = [], lvHoles = [] } = before.layout ?? {};
    const pvs = arrange(
      { items: before.pvs, texts: before.pvs.map(encodePv), holes: pvHoles },
      this.#pvs,
      (pv) => encodePv(pv).length,
    );
    const lvs = arrange(
      { items: before.lvs, texts: encodeLvs(before.lvs), holes: lvHoles },
      this.#lvs,
      (lv) => encodeLv(lv).length,
    );
    const { format, version } = before;
    const metadata: Metadata = {
      format,
      version,
      vg: this.#vg,
      ...layoutOf(pvs, lvs),
      pvs: [...pvs.items],
      lvs: [...lvs.items],
    };
    encodeLvs(metadata.lvs, before.lvs);
    checkMetadata(metadata, "BUG", before);
    const accounted = account(before, metadata, chance);
    checkMetadata(accounted, "BUG", metadata);
    return accounted;
  }
}
