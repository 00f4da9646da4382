import { type Discovery, parseJson, type TmResult } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { runMutator } from "./mutate.ts";
import { type Regions, regionsOf } from "./regions.ts";
import { transact } from "./transact.ts";
import type { LockOptions } from "./verify.ts";
import { withLock } from "./with-lock.ts";

export interface InitOptions extends LockOptions {
  /** The mutator that makes the first metadata out of nothing. */
  readonly command: readonly string[];
  /** Over regions that are formatted already: what they hold is lost. */
  readonly force: boolean;
}

/**
 * Formats the regions and writes the first envelope; its members are the devices of the discovery document.
 * The mutator runs first, so that its failure leaves the regions as they were. An init that was interrupted
 * before it had written metadata is simply begun again.
 * @throws DvmError EXISTS when the regions are formatted, INCOMPLETE, DUPLICATE; as the mutator; as transact
 */
export async function initVg(sys: Sys, discovery: Discovery, options: InitOptions): Promise<TmResult> {
  const { vg, missing, duplicates, devices } = discovery;
  if (missing.count > 0)
    throw new DvmError(
      "INCOMPLETE",
      `${missing.count} devices that are labelled for VG ${vg.name} are missing`,
    );
  if (duplicates.length > 0)
    throw new DvmError("DUPLICATE", `VG ${vg.name} has more than one device of one id: ${duplicates[0]?.id}`);
  return withLock(sys, discovery, "exclusive", options.lockTimeoutMs, async () => {
    const regions = regionsOf(sys, discovery);
    const metadata = await runMutator(sys, discovery, options.command, new Uint8Array());
    parseJson(metadata, `what the mutator ${options.command[0]} gives`);
    if (options.force || !(await isEmpty(regions))) await regions.format(options.force);
    const before = (await regions.state()).active?.txid ?? 0;
    const next = {
      members: devices.map(({ id }) => id),
      generation: vg.generation,
      name: vg.name,
      vgId: vg.id,
      metadata,
    };
    const { txid } = await transact(sys, { discovery, old: undefined, txid: before, next, activate: "none" });
    return { txid, changed: true, summary: [`wrote the first metadata of VG ${vg.name}`] };
  });
}

/** Formatted, and nothing written yet. */
async function isEmpty(regions: Regions): Promise<boolean> {
  const { state } = await regions.state();
  return state === "clean" && (await regions.read()) === undefined;
}
