/**
 * How a VG's metadata were during the grace time, from its own history: tend keeps no clock of its own, so
 * that it can be run by anybody at any time.
 */
import { type Metadata, parseDocument } from "../../../schema/index.ts";
import { legsOf, type NumberedLeg } from "../../volume/model.ts";
import type { TendView } from "./view.ts";

const DEFAULT_GRACE_MS = 30_000;
/** A VG that changes more often than this is at work, and nothing in it has been as it is for long. */
const MOST_STATES = 12;

/**
 * The states that were the VG's since the grace time began, the oldest first. undefined: nobody can tell, or
 * the VG is younger than that.
 */
export async function pastOf({
  sys,
  discovery,
  metadata,
}: TendView): Promise<readonly Metadata[] | undefined> {
  const { states } = await sys.toolbox.call({ applet: "tm", verb: "history", stdin: discovery });
  const begin = sys.clock.now() - (sys.config.tend?.graceMs ?? DEFAULT_GRACE_MS);
  const isOld = ({ time }: (typeof states)[number]) => time !== null && Date.parse(time) <= begin;
  const oldest = states.findIndex(isOld);
  if (oldest < 0 || oldest >= MOST_STATES) return undefined;
  const past: Metadata[] = [];
  for (const { txid, active } of states.slice(0, oldest + 1)) {
    const read = async () =>
      await sys.toolbox.call({ applet: "tm", verb: "read", options: { txid }, stdin: discovery });
    past.unshift(
      active ? metadata : parseDocument("metadata", await read(), `${txid} of ${metadata.vg.name}`),
    );
  }
  return past;
}

/** The leg of an LV in a state; undefined: it had none of that number. */
export const legIn = ({ lvs }: Metadata, lv: string, number: number): NumberedLeg | undefined =>
  legsOf(lvs.find(({ id }) => id === lv) ?? { segments: [] }).find((leg) => leg.number === number);
