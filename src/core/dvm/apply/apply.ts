/** VGs made what a document says, one after the other. */
import type { Applied, AppliedVg, Desired } from "../../../schema/index.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";
import { type ApplyRules, applyVg } from "./apply-vg.ts";
import { type Resolved, refuseMissing, refuseTwice, resolveVg } from "./resolve.ts";

export interface ApplyOptions extends ApplyRules {
  readonly desired: Desired;
  /** The plan that is carried out, and nothing that has become of it since. */
  readonly plan: Applied | undefined;
}

/**
 * In the order of the VGs' ids, those that are made last. One that fails does not keep the others from it.
 * @throws DvmError as the first VG that failed, with what was done
 */
export async function applyDesired(sys: Sys, options: ApplyOptions): Promise<Applied> {
  const { desired, plan, ...rules } = options;
  await refuseTwice(sys, desired);
  const vgs: AppliedVg[] = [];
  let failure: DvmError | undefined;
  const trying = async <T>(
    name: string,
    id: string | null,
    work: () => Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await work();
    } catch (thrown) {
      const { code, message, details } = toDvmError(thrown);
      if (code === "BUG") throw thrown;
      const text = `VG ${name}: ${sys.terminal.wording.of(message)}`;
      if (failure) sys.terminal.warn(`${text} [${code}]`);
      failure ??= new DvmError(code, text, { cause: thrown, details });
      vgs.push({ ...NOTHING, name, id, error: { code, message } });
      return undefined;
    }
  };
  const all: Resolved[] = [];
  for (const entry of desired.vgs) {
    const found = await trying(entry.name, entry.id ?? null, () => resolveVg(sys, entry, rules.devices));
    if (found) all.push(found);
  }
  // What could not be looked at may be missing too.
  const mayAdd = failure === undefined;
  for (const resolved of inOrder(all)) {
    const { entry, discovery, strangers } = resolved;
    const done = await trying(entry.name, discovery?.vg.id ?? null, async () => {
      if (strangers.length > 0 && !mayAdd)
        throw new DvmError(
          "INCOMPLETE",
          "no device is added while another VG of the document cannot be found",
        );
      await refuseMissing(sys, strangers.length > 0 ? all : []);
      const planned = plan?.vgs.find(({ name }) => name === entry.name || name === discovery?.vg.name);
      return applyVg(sys, resolved, rules, planned);
    });
    if (done) vgs.push(done);
  }
  const applied: Applied = { changed: vgs.some(({ changed }) => changed), desired, vgs };
  if (!failure) return applied;
  const { code, message, details } = failure;
  throw new DvmError(code, message, { cause: failure, details, output: applied });
}

const NOTHING = {
  txid: null,
  changed: false,
  added: [],
  transactions: 0,
  lvs: [],
  changes: [],
  needs: [],
  summary: [],
};

function inOrder(all: readonly Resolved[]): readonly Resolved[] {
  const existing = all.flatMap((each) => (each.discovery ? [{ id: each.discovery.vg.id, each }] : []));
  existing.sort((a, b) => (a.id < b.id ? -1 : 1));
  return [...existing.map(({ each }) => each), ...all.filter(({ discovery }) => !discovery)];
}
