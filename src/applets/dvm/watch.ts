/** What waits for what others do. */
import { DvmError } from "../../core/base/error.ts";
import { verb } from "../applet.ts";
import { vg, where } from "./common.ts";

export const wait = verb({
  name: "wait",
  summary: "Wait until copies are in sync, a merge is over, a move has its copy, or a cache is flushed",
  description:
    "It looks once a second and locks nothing while it waits. Of a move or conversion it waits for the " +
    "copy, of a merge for what is put back, of a cache that is let go (uncache) for what it has yet to " +
    "write: dvm tend, or --finish, ends each. What will not come by itself, since the LV is not live or a " +
    "leg is away, is refused at once.",
  examples: ["dvm wait vg0/home --for synced", "dvm wait vg0 --for moved --timeout 3600"],
  operands: {
    target: { summary: "A VG, for all of its LVs, or one LV", required: true, placeholder: "VG[/LV]" },
  },
  options: {
    for: { summary: "What is waited for", choices: ["synced", "merged", "moved", "flushed"], required: true },
    timeout: { summary: "Fail after so many seconds (DEADLINE)", type: "count", placeholder: "SECONDS" },
    ...where,
  },
  output: "none",
  run: async (sys, { operands: { target }, options: { for: what, timeout, devices } }) => {
    const [name = "", lv, more] = target.split("/");
    if (name === "" || lv === "" || more !== undefined)
      throw new DvmError("USAGE", `"${target}" names nothing to wait for: write VG, or VG/LV`);
    const { waitFor } = await import("../../core/dvm/wait.ts");
    await waitFor(sys, {
      vg: name,
      lv,
      devices,
      what,
      timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    });
  },
});

export const events = verb({
  name: "events",
  summary: "Tell of each change of a VG as a line of JSON, until it is told to end",
  description:
    "It looks once a second, or as --interval says, and locks nothing. Each line has the time " +
    "(milliseconds since 1970), the event (watching, added, removed, changed, unreadable, readable), and " +
    "of rows of a report the subject (vg, pv, lv), id, name and what each changed column was and is.",
  examples: ["dvm events vg0", "dvm events vg0 --interval 60"],
  operands: { vg },
  options: {
    interval: { summary: "Seconds from one look to the next", type: "count", placeholder: "SECONDS" },
    ...where,
  },
  output: "none",
  run: async (sys, { operands, options: { interval = 1, devices } }) => {
    const { tellEvents } = await import("../../core/dvm/events.ts");
    await tellEvents(sys, { ...operands, devices, intervalMs: Math.max(1, interval) * 1000 });
  },
});
