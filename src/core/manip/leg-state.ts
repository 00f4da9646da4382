import { DvmError } from "../base/error.ts";
import { change } from "../volume/change.ts";
import { putStates } from "../volume/legs.ts";
import { legsOf, type NumberedLeg } from "../volume/model.ts";

/** What a leg can become, and from what: what has missed writes is never read before it has been rebuilt. */
const FROM = {
  stale: ["current", "rebuild", "recovering", "stale"],
  rebuild: ["stale", "recovering", "rebuild"],
  current: ["rebuild", "recovering", "current"],
} as const;

type State = keyof typeof FROM;

export const legState = change({
  name: "leg-state",
  summary: "Say of legs that they are stale, to be rebuilt, or current",
  description:
    "A stale leg takes no part: it has failed, or missed writes. One that is to be rebuilt gets the " +
    "data of the others and is read once it has it; current then says that it does. Whether it may, " +
    "the live LV tells.",
  examples: ["--leg home/1 --state stale", "--leg home/0 --state stale"],
  options: {
    leg: {
      summary: "The leg: its LV's name or id, and its number in the names of its dm devices",
      many: true,
      required: true,
      placeholder: "LV/NUMBER",
    },
    state: { summary: "stale, rebuild or current", choices: ["stale", "rebuild", "current"], required: true },
  },
  apply(workspace, { leg: words, state }) {
    for (const word of words) {
      const [, name = "", number] = /^(.+)\/(\d{1,2})$/.exec(word) ?? [];
      if (number === undefined) throw new DvmError("USAGE", `--leg "${word}" is not LV/NUMBER, as in home/1`);
      const lv = workspace.lv(name);
      const legs = legsOf(lv);
      const leg = legs.find((each) => each.number === Number(number));
      if (!leg) throw new DvmError("NOT_FOUND", `LV ${lv.name} has no leg ${number}`);
      const changed = legs.map((each) => (each === leg ? inState(lv.name, leg, state) : each));
      if (leg.state !== state) putStates(workspace, lv, changed);
    }
  },
});

function inState(lv: string, leg: NumberedLeg, state: State): NumberedLeg {
  if ((FROM[state] as readonly NumberedLeg["state"][]).includes(leg.state)) return { ...leg, state };
  throw new DvmError(
    "WOULD_LOSE_DATA",
    `leg ${leg.number} of LV ${lv} is ${leg.state}, and cannot become ${state}`,
    {
      details: { lv, leg: leg.number },
    },
  );
}
