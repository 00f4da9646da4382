/** What it takes to make a VG what a document says: one transaction, or two when extents change hands. */
import type { Comparison, Desired, DesiredVg, Discovery, TmResult } from "../../../schema/index.ts";
import { toDvmError } from "../../base/error.ts";
import type { Sys } from "../../port/sys.ts";
import { DISCOVERY_WORD } from "../../port/toolbox.ts";

export interface Transactions {
  readonly comparison: Comparison;
  /** What one transaction frees, only the next can take. */
  readonly freesFirst: boolean;
}

/**
 * @param discovery with the devices that are to become members
 * @throws DvmError as manip compare
 */
export async function planTransactions(
  sys: Sys,
  entry: DesiredVg,
  discovery: Discovery,
  metadata: unknown,
  allow: readonly string[],
): Promise<Transactions> {
  const operands = { desired: documentOf(entry) };
  const compare = async (stdin: unknown, freesOnly: boolean) =>
    await sys.toolbox.call({
      applet: "manip",
      verb: "compare",
      operands,
      options: { discovery, allow, "frees-only": freesOnly },
      stdin,
    });
  try {
    return { comparison: await compare(metadata, false), freesFirst: false };
  } catch (thrown) {
    if (toDvmError(thrown).code !== "NO_SPACE") throw thrown;
    const first = await compare(metadata, true);
    if (first.changes.length === 0) throw thrown;
    const between = await sys.toolbox.call({
      applet: "manip",
      verb: "converge",
      operands,
      options: { discovery, allow: [...allow, ...first.needs], "frees-only": true },
      stdin: metadata,
    });
    const second = await compare(between, false);
    const lost = new Map(
      first.lvs.filter(({ verdict }) => verdict === "data-lost").map((lv) => [lv.name, lv]),
    );
    return {
      comparison: {
        ...first,
        changes: [...first.changes, ...second.changes],
        lvs: second.lvs.map((lv) => (lv.verdict === "absent" ? (lost.get(lv.name) ?? lv) : lv)),
        needs: [...new Set([...first.needs, ...second.needs])],
      },
      freesFirst: true,
    };
  }
}

export interface ConvergeCall {
  readonly entry: DesiredVg;
  readonly discovery: Discovery;
  /** Paths of devices that become members. */
  readonly added: readonly string[];
  /** What is on those is wiped. */
  readonly wipes: boolean;
  readonly allow: readonly string[];
  readonly freesOnly: boolean;
  readonly dryRun: boolean;
}

/** One transaction, planned once more under the lock by the mutator. @throws DvmError as tm update, expand */
export const converge = (sys: Sys, call: ConvergeCall): Promise<TmResult> =>
  sys.files.withTemporary(Buffer.from(JSON.stringify(documentOf(call.entry))), async (path) => {
    const command = await sys.toolbox.words({
      applet: "manip",
      verb: "converge",
      operands: { desired: path },
      options: { discovery: DISCOVERY_WORD, allow: call.allow, "frees-only": call.freesOnly },
    });
    const transaction = { applet: "tm", stdin: call.discovery, command } as const;
    const options = { "dry-run": call.dryRun };
    return call.added.length === 0
      ? await sys.toolbox.call({ ...transaction, verb: "update", options })
      : await sys.toolbox.call({
          ...transaction,
          verb: "expand",
          operands: { device: call.added },
          options: { ...options, force: call.wipes },
        });
  });

const documentOf = (entry: DesiredVg): Desired => ({ vgs: [entry] });
