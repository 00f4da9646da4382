/** The umbrella for people: finds the VG, passes documents between the applets. The only one that may hold state. */

import { DvmError } from "../core/base/error.ts";
import { formatSize, parseSize } from "../core/base/units.ts";
import type { Sys } from "../core/port/sys.ts";
import { activateVg } from "../core/umbrella/activate.ts";
import { exportLv, importLv } from "../core/umbrella/contents.ts";
import { examine } from "../core/umbrella/doctor.ts";
import { initVg } from "../core/umbrella/init.ts";
import { recoverVg } from "../core/umbrella/recover.ts";
import { reportVg } from "../core/umbrella/report.ts";
import { runChange } from "../core/umbrella/run.ts";
import { documentNames, isDocumentName, schemaOf } from "../schema/index.ts";
import { type Applet, verb } from "./applet.ts";
import { looks, what } from "./report-options.ts";

const vg = { summary: "The VG's name or id", required: true } as const;
const lv = { summary: "Names or ids of LVs", many: true } as const;
const devices = {
  summary: "Look at this device instead of those the config or the OS names",
  many: true,
  alias: "d",
  placeholder: "PATH",
} as const;
const dryRun = { summary: "Print what would be done; change nothing", type: "flag" } as const;

const activation = (direction: "activate" | "deactivate", summary: string) =>
  verb({
    name: direction,
    summary,
    operands: { vg, lv },
    options: {
      devices,
      "dry-run": dryRun,
      ...(direction === "activate" && {
        degraded: { summary: "Also LVs that run without the legs that are marked stale", type: "flag" },
        partial: {
          summary: "Also LVs that lack something: read-only, with errors in its place",
          type: "flag",
        },
      }),
    },
    output: "text",
    run: async (sys, { operands, options }) => {
      const settled = await activateVg(sys, {
        ...operands,
        devices: options.devices,
        degraded: options.degraded === true,
        partial: options.partial === true,
        direction,
        lvs: operands.lv,
        dryRun: options["dry-run"],
      });
      return options["dry-run"] ? `${JSON.stringify(settled, undefined, 2)}\n` : lines(settled.summary);
    },
  });

export const dvm: Applet = {
  name: "dvm",
  summary: "The deconstructed volume manager",
  looksForConfig: true,
  verbs: [
    verb({
      name: "init",
      summary: "Make a VG of devices: label them, format their regions, write the first metadata",
      operands: {
        vg,
        devices: {
          summary: "Block devices or image files",
          required: true,
          many: true,
          placeholder: "DEVICE",
        },
      },
      options: {
        regions: {
          summary: "How many devices carry a copy of the metadata: a number, or all",
          placeholder: "N",
        },
        "region-size": { summary: "Size of each region (default 16M)", type: "size", placeholder: "SIZE" },
        "extent-size": { summary: "Size of an extent (default 4M)", type: "size", placeholder: "SIZE" },
        force: { summary: "Wipe what is on the devices", type: "flag" },
        "dry-run": dryRun,
      },
      output: "text",
      run: (sys, { operands, options }) =>
        initVg(sys, {
          ...operands,
          regions: options.regions,
          regionSize: options["region-size"] ?? parseSize("16M"),
          extentSize: options["extent-size"] ?? parseSize("4M"),
          force: options.force,
          dryRun: options["dry-run"],
        }),
    }),
    verb({
      name: "run",
      summary: "Change a VG in one transaction, live LVs with it",
      operands: { vg },
      options: { devices, "dry-run": dryRun, "no-activate": { summary: "Touch no dm device", type: "flag" } },
      command: "VERB [ARGUMENTS] of manip",
      output: "text",
      run: async (sys, { operands, options, command }) => {
        const result = await runChange(sys, {
          ...operands,
          devices: options.devices,
          change: command,
          activate: !options["no-activate"],
          dryRun: options["dry-run"],
        });
        return options["dry-run"] ? `${JSON.stringify(result, undefined, 2)}\n` : lines(result.summary);
      },
    }),
    activation("activate", "Bring LVs up: all that are activated by default, or those named"),
    activation("deactivate", "Take LVs down: all, or those named"),
    verb({
      name: "report",
      summary: "Show a VG, its LVs, PVs, segments or dm devices",
      description: "What the options say stands in `report --help`.",
      operands: { vg, what },
      options: { devices, ...looks },
      output: "report",
      run: (sys, { operands, options: { devices: looked, ...options } }) =>
        reportVg(sys, { ...operands, devices: looked, options }),
    }),
    verb({
      name: "recover",
      summary: "Finish or undo an interrupted transaction, then make the live LVs agree with the metadata",
      operands: { vg },
      options: { devices },
      output: "text",
      run: async (sys, { operands, options }) =>
        lines((await recoverVg(sys, { ...operands, ...options })).summary),
    }),
    contents(
      "export",
      "dest",
      "Read an LV's content without a kernel's help, to a file or - for stdout",
      exportLv,
    ),
    contents(
      "import",
      "source",
      "Write a file, or - for stdin, over an LV's content without a kernel's help",
      importLv,
    ),
    verb({
      name: "doctor",
      summary: "Look at what dvm depends on and at every VG, changing nothing",
      options: { devices },
      output: "text",
      run: async (sys, { options }) => {
        const findings = await examine(sys, options.devices);
        const text = findings.map(({ ok, what }) => `${ok ? "ok      " : "problem "}${what}\n`).join("");
        if (findings.every(({ ok }) => ok)) return text;
        throw new DvmError("INCOMPLETE", "not everything is well", { output: text });
      },
    }),
    verb({
      name: "schema",
      summary: "Print the JSON Schema of a document",
      operands: { name: { summary: `One of ${documentNames.join(", ")}`, required: true } },
      output: "text",
      run: async (_sys, { operands: { name } }) => {
        if (!isDocumentName(name))
          throw new DvmError("NOT_FOUND", `no document "${name}"; there are ${documentNames.join(", ")}`);
        return `${JSON.stringify(schemaOf(name), undefined, 2)}\n`;
      },
    }),
  ],
};

function contents(
  name: string,
  file: "source" | "dest",
  summary: string,
  copy: (sys: Sys, options: { devices: readonly string[]; lv: string; file: string }) => Promise<number>,
) {
  return verb({
    name,
    summary,
    operands: {
      lv: { summary: "The LV", required: true, placeholder: "VG/LV" },
      file: { summary: "A file, or -", required: true, placeholder: file.toUpperCase() },
    },
    options: { devices },
    output: "none",
    run: async (sys, { operands, options }) => {
      const bytes = await copy(sys, { ...operands, ...options });
      sys.terminal.info(`${operands.lv}: ${formatSize(bytes / 512)} copied`);
    },
  });
}

const lines = (summary: readonly string[]): string => summary.map((line) => `${line}\n`).join("");
