import { change } from "../volume/change.ts";

export const policy = change({
  name: "policy",
  summary: "Say what dvm tend may do without being asked",
  description:
    "--replace free: a leg that has failed, or whose devices are away for longer than the grace time, " +
    "gets a new one in its place, on free extents of other PVs. never, as it is until something is " +
    "said: nobody but a person does that, by repair.",
  examples: ["--replace free", "--replace never"],
  options: {
    replace: {
      summary: "Legs that have failed or are away: never, or by free extents",
      choices: ["never", "free"],
      required: true,
    },
  },
  apply(workspace, { replace }) {
    const { policy: before = {}, ...vg } = workspace.vg;
    if (replace === (before.replace ?? "never")) return;
    const { replace: _, ...others } = before;
    const policy = { ...others, ...(replace === "free" && { replace }) };
    workspace.vg = Object.keys(policy).length > 0 ? { ...vg, policy } : vg;
  },
});
