import { applyProgram, planPrograms } from "../core/dmactivate/plan.ts";
import { applet, verb } from "./applet.ts";

const states = {
  current: {
    summary: "All dm devices as they are (dmexec state --all)",
    document: "dm-state",
    required: true,
    placeholder: "STATE",
  },
  desired: {
    summary: "Dm devices as they shall be, and the scope in which others shall go",
    document: "dm-state",
    required: true,
    placeholder: "STATE",
  },
} as const;

/** Pure: nothing but two documents in and one out. */
export const dmactivate = applet({
  name: "dmactivate",
  summary: "Plan how to get from one device-mapper state to another",
  verbs: [
    verb({
      name: "plan",
      summary: "Programs to prepare, commit and abort a change around a transaction",
      description:
        "prepare changes nothing that a user of a live device can see and exits 0, or undoes its own " +
        "work and exits 1. abort undoes a prepare. commit makes the change; when some of it cannot be " +
        "done it does the rest and exits 1, and planning again from the new state finishes it. Any of " +
        "them exits 8 when something is left half way.",
      options: states,
      output: "plan",
      run: async (_sys, { options: { current, desired } }) => planPrograms(current, desired),
    }),
    verb({
      name: "apply",
      summary: "One program for when no transaction is involved",
      description: "It prepares and commits. What fails while preparing is undone.",
      options: states,
      output: "program",
      run: async (_sys, { options: { current, desired } }) => applyProgram(current, desired),
    }),
  ],
});
