/** What a killed command, or the end of the machine, has left. */
import { type DutyKind, NOTHING } from "./duty.ts";

/** An LV's state, in reports. */
const HALF_LIVE: readonly string[] = ["partly", "differs", "suspended"];

/** Under the VG's lock nobody is at work, so that what is half done was left so. */
export const recover: DutyKind = async ({ discovery, verified, metadata: { vg }, rows }) => {
  const { state } = verified;
  const halfLive = [...rows.values()].filter((row) => HALF_LIVE.includes(row.state ?? ""));
  if (state === "clean" && halfLive.length === 0) return NOTHING;
  const what =
    state === "clean"
      ? `LV ${halfLive.map(({ name }) => name).join(", ")}: not live as the metadata has it`
      : "a transaction was interrupted";
  return {
    left: [],
    due: [
      {
        duty: "recover",
        lv: null,
        legs: [],
        text: `VG ${vg.name}: ${what}: it is brought to agree`,
        perform: async (sys) => await sys.toolbox.call({ applet: "tm", verb: "recover", stdin: discovery }),
      },
    ],
  };
};
