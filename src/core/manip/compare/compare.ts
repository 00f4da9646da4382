/**
 * A VG as it is, held against how a document wants it. The changes that lead there are found by making them,
 * in the order in which they do not get in each other's way: what is not wanted goes, names are sorted out,
 * copies come and go, LVs grow, become others, move, are made. So nothing is planned that would be refused.
 */
import type { Desired, DesiredVg, Lv, Metadata } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import { bytesToSectors } from "../../base/units.ts";
import type { ChangeContext } from "../../volume/change.ts";
import { lengthOf, runsIn } from "../../volume/model.ts";
import type { Workspace } from "../../volume/workspace.ts";
import { amountWords, compareLength } from "./amount.ts";
import {
  arrived,
  asGiven,
  conversionOf,
  type LvLayout,
  layoutDifference,
  layoutOfLv,
  layoutWanted,
  otherOptions,
  rowOf,
} from "./layout.ts";
import { entryOf, type Match, matchLvs } from "./match.ts";
import { policyOptions } from "./policy.ts";
import { ComparisonRecord, type Given, type VgComparison } from "./record.ts";
import { type CompareRules, checkAllowed } from "./rules.ts";

/**
 * @throws DvmError NOT_FOUND, STALE when the document does not mean this VG, BAD_INPUT, USAGE when it makes
 *   no sense, UNSUPPORTED for what no verb can do, and as the verbs do: NO_SPACE, IN_USE…
 */
export function compare(
  metadata: Metadata,
  desired: Desired,
  rules: CompareRules,
  context: ChangeContext,
): VgComparison {
  checkAllowed(rules.allow);
  const entry = entryOf(metadata, desired);
  const matches = matchLvs(metadata, entry.lvs ?? []);
  const record = new ComparisonRecord(metadata, entry, rules, context);
  const work = new Comparing(entry, rules, record);
  for (const { lv, wanted } of matches) if (lv && wanted.absent !== true) work.checkSame(lv, wanted);
  work.remove(matches);
  const staying = matches.filter(({ wanted }) => wanted.absent !== true);
  for (const match of staying) work.shrink(match);
  if (!rules.freesOnly) {
    work.addPvs();
    work.rename(staying);
    for (const match of staying) work.copies(match);
    for (const match of staying) work.grow(match);
    for (const match of staying) work.convert(match);
    for (const match of staying) work.move(match);
    for (const match of staying) work.create(match);
    for (const match of staying) work.tag(match);
    work.tagVg();
    work.policy();
  }
  return record.done(matches);
}

/** The steps: each looks at the VG as those before have left it. */
class Comparing {
  readonly #workspace: Workspace;
  readonly #record: ComparisonRecord;

  constructor(
    private readonly entry: DesiredVg,
    private readonly rules: CompareRules,
    record: ComparisonRecord,
  ) {
    this.#workspace = record.workspace;
    this.#record = record;
  }

  /** What no verb can change has to be as it is wanted. @throws DvmError UNSUPPORTED */
  checkSame(lv: Lv, wanted: Match["wanted"]): void {
    const { "read-only": readOnly, inactive } = otherOptions(wanted);
    const refuse = (what: string) => {
      throw new DvmError("UNSUPPORTED", `LV ${lv.name} is ${what}, and no verb changes that`);
    };
    if ("read-only" in wanted && readOnly !== (lv.access === "ro"))
      refuse(lv.access === "ro" ? "read-only" : "writable");
    if ("inactive" in wanted && inactive === lv.activate)
      refuse(lv.activate ? "activated with its VG" : "activated only when it is named");
  }

  /** Those that shall not be there, users of others before those. */
  remove(matches: readonly Match[]): void {
    let left = matches.filter(({ wanted, lv }) => {
      if (wanted.absent !== true) return false;
      if (!lv) this.#record.note(wanted, "absent");
      return lv !== undefined;
    });
    while (left.length > 0) {
      let refusal: unknown;
      const used = left.filter((match) => {
        const { wanted, lv } = match;
        try {
          this.#record.make("remove-lv", { name: defined(lv, "the LV that is removed").id });
        } catch (thrown) {
          if (toDvmError(thrown).code !== "IN_USE") throw thrown;
          refusal = thrown;
          return true;
        }
        this.#record.need("remove", defined(lv, "the LV that is removed"));
        this.#record.note(wanted, "data-lost", "it is removed");
        return false;
      });
      if (used.length === left.length) throw refusal;
      left = used;
    }
  }

  shrink({ wanted, lv }: Match): void {
    const compared = lv && this.#compareLength(wanted, lv);
    if (!lv || compared?.is !== "longer") return;
    this.#record.need("shrink", lv);
    this.#record.make("reduce-lv", { name: lv.id, extents: String(compared.wanted) });
    this.#record.note(wanted, "data-lost", `it shrinks from ${lengthOf(lv)} to ${compared.wanted} extents`);
  }

  /** The devices of the discovery document that the entry lists and that are no PVs yet. */
  addPvs(): void {
    const { devices = [] } = this.rules.discovery ?? {};
    for (const { path, tags } of this.entry.devices ?? []) {
      const device = devices.find((each) => each.path === path);
      if (!device) continue;
      const pv = this.#workspace.pvs.get(device.id);
      if (!pv)
        this.#record.make("add-pv", {
          id: device.id,
          size: device.dataLength,
          "block-size": bytesToSectors(device.blockBytes),
        });
      if (tags) this.#retag({ pv: [device.id] }, pv?.tags ?? [], tags);
    }
  }

  /** Where names change places, one waits under another. */
  rename(matches: readonly Match[]): void {
    let left = matches.filter(({ wanted, lv }) => lv && lv.name !== wanted.name);
    for (const { wanted, lv } of left) this.#record.note(wanted, "kept", `it is renamed from ${lv?.name}`);
    while (left.length > 0) {
      const blocked = left.filter(({ wanted, lv }) => {
        if (this.#workspace.hasLv(wanted.name)) return true;
        this.#record.make("rename-lv", { name: lv?.id ?? "", to: wanted.name });
        return false;
      });
      if (blocked.length === left.length) {
        const { wanted, lv } = defined(blocked[0], "an LV to rename");
        const inTheWay = this.#workspace.lv(wanted.name);
        if (!blocked.some((other) => other.lv?.id === inTheWay.id))
          throw new DvmError("EXISTS", `LV ${lv?.name} cannot be called ${wanted.name}: another LV is`);
        this.#record.make("rename-lv", { name: inTheWay.id, to: this.#unusedName(wanted.name) });
      }
      left = blocked;
    }
  }

  #unusedName(name: string): string {
    for (let number = 1; ; number += 1) {
      const candidate = `${name.slice(0, 90)}.${number}`;
      if (!this.#workspace.hasLv(candidate)) return candidate;
    }
  }

  /** Where copies that come or go make it what it shall be. */
  copies({ wanted, lv: before }: Match): void {
    const layout = before && layoutWanted(wanted, this.#workspace.vg.extentSize);
    if (!before || !layout || this.#differences(before, layout).length === 0) return;
    const { mirrors: now = 0 } = layoutOfLv(before)?.options ?? {};
    const { mirrors = 0 } = layout.options;
    const given = { name: before.id, mirrors, ...this.#where(wanted) };
    const after = mirrors === now ? undefined : this.#record.tried("mirror", given);
    if (!after || this.#differences(before, layout, after).length > 0) return;
    this.#record.make("mirror", given);
    this.#record.note(wanted, "kept", `it gets ${mirrors} extra copies instead of ${now}`);
  }

  /** Into what else it shall be it is copied. */
  convert({ wanted, lv: before }: Match): void {
    const layout = before && layoutWanted(wanted, this.#workspace.vg.extentSize);
    if (!before || !layout) return;
    const difference = this.#differences(before, layout);
    if (difference.length === 0) return;
    this.#record.make("convert", {
      ...conversionOf(wanted),
      name: before.id,
      type: wanted.type ?? layout.type,
      ...this.#where(wanted, true),
    });
    this.#record.note(wanted, "moved", `it becomes ${difference.join(", ")}`);
  }

  #differences({ id }: Lv, wanted: LvLayout, workspace = this.#workspace): readonly string[] {
    return layoutDifference(defined(layoutOfLv(workspace.lv(id)), "an LV's layout"), wanted);
  }

  grow({ wanted, lv: before }: Match): void {
    const lv = before && this.#workspace.lv(before.id);
    const compared = lv && this.#compareLength(wanted, lv);
    if (!lv || compared?.is !== "shorter") return;
    this.#record.make("extend-lv", {
      name: lv.id,
      extents: String(compared.wanted),
      ...this.#where(wanted, true),
    });
    this.#record.note(wanted, "grown", `it grows from ${lengthOf(lv)} to ${compared.wanted} extents`);
  }

  /** An LV that lies on other PVs too is moved; one that is on its way is left to arrive. */
  move({ wanted, lv: before }: Match): void {
    if (!before || !wanted.pvs) return;
    const lv = this.#workspace.lv(before.id);
    const allowed = new Set(this.#pvs(wanted.pvs));
    const outside = runsIn(arrived(lv)).find(({ pv }) => !allowed.has(pv));
    if (lv.work !== undefined) {
      this.#record.note(wanted, "moved", `it is on its way: dvm ${lv.work} with --finish ends that`);
      return;
    }
    if (!outside) return;
    this.#record.make("move", { name: lv.id, from: outside.pv, to: [...allowed], ...policyOf(wanted) });
    this.#record.note(wanted, "moved", `it leaves PV ${outside.pv}`);
  }

  create({ wanted, lv }: Match): void {
    if (lv) return;
    const amount = amountWords(wanted);
    if (!amount) throw new DvmError("BAD_INPUT", `LV ${wanted.name} is not there: give size or extents`);
    this.#record.make("create-lv", {
      ...asGiven(wanted),
      name: wanted.name,
      ...amount,
      ...(wanted.type !== undefined && { type: wanted.type }),
      ...this.#where(wanted),
      ...(wanted.tags && { tag: wanted.tags }),
    });
    this.#record.note(wanted, "new", "it is made");
  }

  tag({ wanted, lv: before }: Match): void {
    if (!before || !wanted.tags) return;
    const { id, tags } = this.#workspace.lv(before.id);
    if (this.#retag({ lv: [id] }, tags, wanted.tags)) this.#record.note(wanted, "kept", "its tags change");
  }

  tagVg(): void {
    const { vg } = this.#workspace;
    if (this.entry.tags) this.#retag({}, vg.tags, this.entry.tags);
    if (this.entry.id !== undefined && this.entry.name !== vg.name)
      this.#record.make("rename-vg", { to: this.entry.name });
  }

  policy(): void {
    const given = policyOptions(this.#workspace.vg, this.entry.policy ?? {});
    if (given) this.#record.make("policy", given);
  }

  #compareLength(wanted: Match["wanted"], lv: Lv) {
    const words = amountWords(wanted);
    // What rows of stripes make of it, shows when it has become what it shall be.
    if (!words || lv.work === "convert") return undefined;
    const { extentSize } = this.#workspace.vg;
    const total = [...this.#workspace.pvs.values()].reduce((sum, { extents }) => sum + extents, 0);
    return compareLength(words, lengthOf(lv), { extentSize, row: rowOf(lv, extentSize), total });
  }

  /** Where the document wants it. @param mayMix the verb has an option for mixed blocks */
  #where(wanted: Match["wanted"], mayMix = false): Given {
    return {
      ...policyOf(wanted),
      ...(wanted.pvs && { pv: this.#pvs(wanted.pvs) }),
      ...(mayMix && otherOptions(wanted)["allow-mixed-blocks"] === true && { "allow-mixed-blocks": true }),
    };
  }

  /** Ids of PVs that are named by paths, ids or tags. */
  #pvs(words: readonly string[]): readonly string[] {
    const { devices = [] } = this.rules.discovery ?? {};
    const ids = words.map((word) => devices.find(({ path }) => path === word)?.id ?? word);
    return this.#workspace.pvsOf(ids).map(({ id }) => id);
  }

  /** @returns whether they change */
  #retag(whose: Given, tags: readonly string[], wanted: readonly string[]): boolean {
    const add = wanted.filter((tag) => !tags.includes(tag));
    const remove = tags.filter((tag) => !wanted.includes(tag));
    if (add.length + remove.length === 0) return false;
    this.#record.make("tag", { ...whose, add, remove });
    return true;
  }
}

const policyOf = ({ policy }: Match["wanted"]): Given => (policy === undefined ? {} : { policy });
