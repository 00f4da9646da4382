/**
 * Does what is due of a VG, and ends: each duty is looked for and done under the VG's lock, in transactions
 * of its own, and nothing is remembered but in the metadata. So it can be killed anywhere, and run beside any
 * other command: who comes next sees what is left.
 */
import type { TendedDuty, TendedVg } from "../../../schema/index.ts";
import { DvmError, toDvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";
import { findVg, type Where, withLock } from "../vg.ts";
import { silentLegs } from "./answers.ts";
import type { Duty } from "./duty.ts";
import { dutyKinds } from "./kinds.ts";
import { lookAtVg, nameOfLeg, type TendView } from "./view.ts";

export interface TendOptions extends Where {
  readonly dryRun: boolean;
}

/**
 * @returns what was done, or is due; a duty that failed has its error
 * @throws DvmError when nothing of the VG can be told: NOT_FOUND, LOCKED, OUT_OF_SYNC…
 */
export async function tendVg(sys: Sys, { dryRun, ...where }: TendOptions): Promise<TendedVg> {
  const { id, name } = (await findVg(sys, where)).vg;
  const tended: TendedVg = { id, name, missing: [], due: [], left: [] };
  const tried = new Set<string>();
  for (let isMore = true; isMore; )
    isMore = await withLock(sys, id, dryRun ? "shared" : "exclusive", async () => {
      const { view, missing, due, left } = await lookForDuties(sys, where);
      const next = due.filter((duty) => !tried.has(keyOf(duty)));
      tended.missing = [...missing];
      tended.left = [...left];
      if (dryRun) tended.due.push(...next.map((duty) => record(duty, false)));
      const [first] = next;
      if (dryRun || !first) return false;
      tried.add(keyOf(first));
      tended.due.push(await perform(sys, view, first));
      return true;
    });
  return tended;
}

/** What has been tried is not tried again: that would be for ever where it fails for good. */
const keyOf = ({ duty, lv, text }: Duty): string => `${duty} ${lv?.id ?? text}`;

const record = ({ duty, lv, legs, text }: Duty, done: boolean): TendedDuty => ({
  duty,
  lv: lv?.name ?? null,
  legs: [...legs],
  text,
  done,
});

interface Look {
  readonly view: TendView;
  /** Ids of members that were not found, without which nothing is due. */
  readonly missing: readonly string[];
  readonly due: readonly Duty[];
  readonly left: readonly string[];
}

async function lookForDuties(sys: Sys, where: Where): Promise<Look> {
  const view = await lookAtVg(sys, where);
  const { verified, metadata } = view;
  const missing = verified.members.filter(({ present }) => !present).map(({ id }) => id);
  if (missing.length > 0) {
    const { name } = metadata.vg;
    const one = missing.length === 1 ? "a device is" : "devices are";
    const left =
      `VG ${name}: ${one} missing, and nothing is changed before it is back, or ` +
      `dvm recover ${name} --without missing goes on without: ${missing.join(", ")}`;
    return { view, missing, due: [], left: [left] };
  }
  const due: Duty[] = [];
  const left: string[] = [];
  for (const kind of dutyKinds) {
    const found = await kind(view);
    due.push(...found.due);
    left.push(...found.left);
    // What is half done is told as it is, and looks like much that it is not.
    if (found.due.some(({ duty }) => duty === "recover")) break;
  }
  return { view, missing, due, left };
}

async function perform(sys: Sys, view: TendView, duty: Duty): Promise<TendedDuty> {
  try {
    await refuseSilent(view, duty);
    await duty.perform(sys);
    return record(duty, true);
  } catch (thrown) {
    const { code, message } = toDvmError(thrown);
    if (code === "BUG") throw thrown;
    return { ...record(duty, false), error: { code, message: sys.terminal.wording.of(message) } };
  }
}

/** @throws DvmError DEADLINE when the LV would be suspended and a leg that is in use does not answer */
async function refuseSilent(view: TendView, { lv }: Duty): Promise<void> {
  const found = lv && view.metadata.lvs.find(({ id }) => id === lv.id);
  if (!found) return;
  const silent = await silentLegs(view, found);
  const inUse = (view.legs.get(found.id) ?? []).find(
    ({ number, problem }) => silent.has(number) && problem !== "leg-failed",
  );
  if (inUse)
    throw new DvmError(
      "DEADLINE",
      `${nameOfLeg(inUse)} of LV ${found.name} does not answer: nothing is suspended that waits for it`,
    );
}
