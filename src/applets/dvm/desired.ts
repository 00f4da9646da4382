/** VGs as a document says they shall be. */
import { DvmError } from "../../core/base/error.ts";
import type { Sys } from "../../core/port/sys.ts";
import type { Applied, AppliedVg, Desired } from "../../schema/index.ts";
import { verb } from "../applet.ts";
import { tellingInWords, vg, where } from "./common.ts";

const json = { summary: "Give a document (applied) instead of text", type: "flag" } as const;
const allow = {
  summary:
    "What may be lost: shrink:VG/LV, remove:VG/LV, or wipe:DEVICE for what is on a device that is added",
  many: true,
  placeholder: "WHAT",
} as const;
const desired = { summary: "How VGs shall be", document: "desired", placeholder: "FILE" } as const;

export const dump = verb({
  name: "dump",
  summary: "Write a VG as a document that plan and apply read",
  description: "Applied to the same VG it changes nothing. Without its ids it makes another VG like it.",
  examples: ["dvm dump vg0", "dvm dump vg0 > desired.json"],
  operands: { vg },
  options: where,
  output: "desired",
  run: async (sys, { operands, options }) => {
    const { dumpVg } = await import("../../core/dvm/apply/dump.ts");
    return dumpVg(sys, { ...operands, ...options });
  },
});

export const plan = verb({
  name: "plan",
  summary: "Tell what it takes to make VGs what a document says, and what becomes of each LV",
  description:
    "Changes nothing. What it gives with --json, programs for dm included, can be kept, and carried out by " +
    "`dvm apply --plan` as long as no VG has changed since.",
  examples: ["dvm plan wanted.json", "dvm plan wanted.json --json > plan.json"],
  operands: { desired: { ...desired, required: true } },
  options: { allow, json, ...where },
  output: "applied",
  run: async (sys, { operands, options }) =>
    inWords(options.json, () =>
      carryOut(sys, { desired: operands.desired, plan: undefined, ...options, dryRun: true }),
    ),
});

export const apply = verb({
  name: "apply",
  summary: "Make VGs what a document says",
  description:
    "What is so already is left alone, and so is what the document does not name; done twice, the second " +
    "time changes nothing. Nothing shrinks, goes or is wiped unless --allow says so. What was cut off, the " +
    "same call finishes. VGs go one after the other, in the order of their ids; one that fails does not " +
    "keep the others from it.",
  examples: [
    "dvm apply wanted.json",
    "dvm apply less.json --allow remove:vg0/swap --json",
    "dvm apply --plan plan.json",
  ],
  operands: { desired },
  options: {
    plan: {
      summary: "Carry out this plan, unless a VG has changed since it was made",
      document: "applied",
      placeholder: "FILE",
    },
    allow,
    json,
    ...where,
  },
  groups: [{ give: "one", of: ["desired", "plan"] }],
  output: "applied",
  run: async (sys, { operands, options }) => {
    const document = operands.desired ?? options.plan?.desired;
    if (!document) throw new DvmError("USAGE", "give either a FILE or --plan");
    return inWords(options.json, () => carryOut(sys, { ...options, desired: document, dryRun: false }));
  },
});

interface Wish {
  readonly desired: Desired;
  readonly plan: Applied | undefined;
  readonly allow: readonly string[];
  readonly devices: readonly string[];
  readonly dryRun: boolean;
}

async function carryOut(sys: Sys, { desired, plan, allow, devices, dryRun }: Wish): Promise<Applied> {
  const { applyDesired } = await import("../../core/dvm/apply/apply.ts");
  return applyDesired(sys, { desired, plan, allow, devices, dryRun });
}

/** The document, or its text; of a failure too. */
async function inWords(isJson: boolean, work: () => Promise<Applied>): Promise<Applied | Buffer> {
  if (isJson) return work();
  return Buffer.from(told(await tellingInWords<Applied>(work, told)));
}

const told = ({ vgs }: Applied): string => vgs.map(vgLines).join("");

function vgLines({ name, id, changed, added, lvs, needs, summary, error, transactions }: AppliedVg): string {
  const state = error
    ? `failed: ${error.message} [${error.code}]`
    : !changed
      ? "as wanted"
      : id === null
        ? "is made"
        : `${transactions} transaction${transactions === 1 ? "" : "s"}`;
  const lines = [
    `VG ${name}: ${state}`,
    ...added.map((path) => `  added      ${path}`),
    ...lvs.map((lv) => `  ${lv.verdict.padEnd(10)} ${[lv.name, ...lv.why].join(": ")}`),
    ...needs.map((word) => `  needs      --allow ${word}`),
    ...summary.map((line) => `  ${line}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}
