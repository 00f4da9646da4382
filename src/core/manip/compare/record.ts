/**
 * What a comparison has come to so far: the changes, made one after the other on a workspace, what was found
 * of each LV, and what has to be allowed.
 */
import type { ComparedLv, Comparison, DesiredVg, Lv, Metadata } from "../../../schema/index.ts";
import { defined } from "../../base/assert.ts";
import { toDvmError } from "../../base/error.ts";
import { type ChangeContext, type ChangeVerb, readOptions } from "../../volume/change.ts";
import { Workspace } from "../../volume/workspace.ts";
import { changes } from "../index.ts";
import type { Match } from "./match.ts";
import type { CompareRules } from "./rules.ts";

export interface VgComparison {
  readonly comparison: Comparison;
  /** The metadata after the changes; the same object when there are none. */
  readonly result: Metadata;
}

/** Options of a verb. */
export type Given = Readonly<Record<string, string | number | boolean | readonly string[]>>;

const byName = new Map<string, ChangeVerb>(changes.map((change) => [change.name, change]));

/** What is found of one LV. */
interface Found {
  verdict: ComparedLv["verdict"];
  readonly why: string[];
}

const GRAVITY: readonly Found["verdict"][] = ["absent", "new", "kept", "grown", "moved", "data-lost"];

export class ComparisonRecord {
  readonly workspace: Workspace;
  readonly #changes: ({ verb: string } & Given)[] = [];
  readonly #found = new Map<Match["wanted"], Found>();
  readonly #needs: string[] = [];

  constructor(
    private readonly metadata: Metadata,
    private readonly entry: DesiredVg,
    private readonly rules: CompareRules,
    private readonly context: ChangeContext,
  ) {
    this.workspace = new Workspace(metadata);
  }

  /** Makes a change. @throws DvmError as the verb does */
  make(verb: string, given: Given): void {
    const change = defined(byName.get(verb), `the verb ${verb}`);
    change.apply(this.workspace, readOptions(change, given), this.context);
    this.#changes.push({ verb, ...given } as { verb: string } & Given);
  }

  /** What a change would make of it all. @returns undefined when it is refused */
  tried(verb: string, given: Given): Workspace | undefined {
    const change = defined(byName.get(verb), `the verb ${verb}`);
    const scratch = new Workspace(this.workspace.result(this.context.chance));
    try {
      change.apply(scratch, readOptions(change, given), { ...this.context, tell: () => undefined });
      return scratch;
    } catch (thrown) {
      if (toDvmError(thrown).code === "BUG") throw thrown;
      return undefined;
    }
  }

  /** What removes or shrinks an LV has to be allowed. */
  need(what: "shrink" | "remove", { id, name }: Lv): void {
    const { vg } = this.metadata;
    const vgs = [vg.name, vg.id, this.entry.name];
    if (!vgs.some((each) => [name, id].some((lv) => this.rules.allow.includes(`${what}:${each}/${lv}`))))
      this.#needs.push(`${what}:${vg.name}/${name}`);
  }

  /** The gravest verdict stays. */
  note(wanted: Match["wanted"], verdict: Found["verdict"], ...why: readonly string[]): void {
    const found = this.#found.get(wanted) ?? { verdict, why: [] };
    if (GRAVITY.indexOf(verdict) > GRAVITY.indexOf(found.verdict)) found.verdict = verdict;
    found.why.push(...why);
    this.#found.set(wanted, found);
  }
  done(matches: readonly Match[]): VgComparison {
    const result = this.workspace.result(this.context.chance);
    const lvs = matches.map(({ wanted, lv }): ComparedLv => {
      const { verdict, why } = this.#found.get(wanted) ?? { verdict: "kept", why: [] };
      return { name: wanted.name, id: lv?.id ?? null, verdict, why };
    });
    const { id, name } = this.metadata.vg;
    const comparison = {
      vg: { id, name },
      changes: this.#changes as Comparison["changes"],
      lvs,
      needs: this.#needs,
    };
    return { comparison, result };
  }
}
