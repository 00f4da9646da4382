import { parseDmName } from "../dm/name.ts";
import { isOurs } from "../dm/uuid.ts";
import type { Candidate, Holder } from "../port/scanner.ts";

const holdersOf = ({ holders, over }: Candidate): readonly Holder[] => [...holders, ...(over?.() ?? [])];

/** Names of all devices that are built on this one. */
export const holderNames = (candidate: Candidate): readonly string[] =>
  holdersOf(candidate).map(({ name }) => name);

/**
 * Who uses this device, and for live LVs of ours what ends that. @returns undefined when nothing is built on
 * it
 */
export function useOf(candidate: Candidate): string | undefined {
  const holders = holdersOf(candidate);
  if (holders.length === 0) return undefined;
  const lvs = new Set<string>();
  const vgs = new Set<string>();
  const others = holders.flatMap(({ name, dmUuid, dmName }) => {
    const ours = dmUuid !== undefined && isOurs(dmUuid) ? parseDmName(dmName?.() ?? "") : undefined;
    if (!ours) return [name];
    lvs.add(`${ours.vg}/${ours.lv}`);
    vgs.add(ours.vg);
    return [];
  });
  const live = lvs.size === 0 ? [] : [`live ${lvs.size === 1 ? "LV" : "LVs"} ${some([...lvs].sort())}`];
  const ends = [...vgs].map((vg) => `dvm deactivate ${vg}`).join(" and ");
  return `is in use by ${[...live, ...others].join(", ")}${ends === "" ? "" : `: run ${ends} first`}`;
}

/** More are not named: whoever reads them wants to know where to begin. */
const MANY = 4;

const some = (names: readonly string[]): string =>
  names.length > MANY
    ? `${names.slice(0, MANY).join(", ")} and ${names.length - MANY} more`
    : names.join(", ");
