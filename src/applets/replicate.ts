import { sectorsToBytes } from "../core/base/units.ts";
import { checkRegionTargets } from "../core/discover/region-target.ts";
import { refuseUnsealed } from "../core/lvm2/convert/refuse-unsealed.ts";
import type { Parameters } from "../core/port/parameters.ts";
import { abort } from "../core/replicate/abort.ts";
import { commit } from "../core/replicate/commit.ts";
import { format } from "../core/replicate/format.ts";
import { history } from "../core/replicate/history.ts";
import { prepare } from "../core/replicate/prepare.ts";
import { read } from "../core/replicate/read.ts";
import { rebuild } from "../core/replicate/rebuild.ts";
import { renderStatus } from "../core/replicate/set/render-status.ts";
import { status } from "../core/replicate/status.ts";
import { sync } from "../core/replicate/sync.ts";
import { verify } from "../core/replicate/verify.ts";
import { applet, verb } from "./applet.ts";

const onRegions = {
  regions: {
    summary: 'The region file: {"regions":[{"path","offset","length"}, …]}, in sectors',
    document: "region-file",
    required: true,
    placeholder: "REGION-FILE",
  },
} as const satisfies Parameters;

const dryRun = { summary: "Refuse what would be refused; change nothing", type: "flag" } as const;

export const replicate = applet({
  name: "replicate",
  summary: "Keep the same bytes in many disk regions, in all of them or in none",
  verbs: [
    verb({
      name: "format",
      summary: "Make regions, with nothing in them",
      operands: onRegions,
      options: {
        force: {
          summary: "Over regions that are formatted already, and over what else is there: it is lost",
          type: "flag",
        },
        "beside-lvm2": {
          summary: "Also while LVs of LVM2 are live there: in sectors 1040-2047, which lvm2 seal has cleared",
          type: "flag",
        },
        room: {
          summary: "Refuse regions into which content of this size would not fit",
          type: "size",
          placeholder: "SIZE",
        },
        "dry-run": dryRun,
      },
      output: "replicate-done",
      run: async (sys, { operands, options: { force, room = 0, "dry-run": dryRun, ...more } }) => {
        const { regions } = operands.regions;
        await checkRegionTargets(sys, regions, { force, isSealed: more["beside-lvm2"] });
        // A plan is made before lvm2 seal has written anything.
        if (more["beside-lvm2"] && !dryRun)
          await refuseUnsealed(sys, [...new Set(regions.map(({ path }) => path))]);
        return format(sys, regions, { force, room: sectorsToBytes(room), dryRun });
      },
    }),
    verb({
      name: "status",
      summary: "Show the state of every region and of all together, and what to do next",
      operands: onRegions,
      output: "replicate-status",
      run: async (sys, { operands }) => {
        const result = await status(sys, operands.regions.regions);
        return sys.terminal.outputIsTerminal && sys.config.common?.json === undefined
          ? Buffer.from(renderStatus(result))
          : result;
      },
    }),
    verb({
      name: "read",
      summary: "Give the bytes that the regions hold",
      operands: {
        ...onRegions,
        dest: { summary: "The file to write, - for stdout", required: true, placeholder: "FILE" },
      },
      options: {
        force: { summary: "Over a disk, or an image of one", type: "flag" },
        txid: {
          summary: "Those of an earlier transaction, as history shows it",
          type: "count",
          placeholder: "N",
        },
      },
      output: "bytes",
      run: async (sys, { operands, options }) => {
        const bytes = await read(sys, operands.regions.regions, options.txid);
        if (operands.dest === "-") return bytes;
        const { writeDestination } = await import("../core/discover/destination.ts");
        const destination = {
          path: operands.dest,
          force: options.force,
          sources: operands.regions.regions.map(({ path }) => path),
          scanned: sys.config.discover?.scan ?? [],
        };
        await writeDestination(sys, destination, bytes);
        return Buffer.alloc(0);
      },
    }),
    verb({
      name: "prepare",
      summary: "Write new bytes beside those that are there; then commit or abort",
      operands: {
        ...onRegions,
        source: {
          summary: "The file to store, - for stdin",
          bytes: true,
          required: true,
          placeholder: "FILE",
        },
      },
      options: {
        "new-epoch": { summary: "Not every region of the set takes part", type: "flag" },
        "dry-run": dryRun,
      },
      output: "replicate-done",
      run: (sys, { operands, options }) =>
        prepare(sys, operands.regions.regions, operands.source, {
          newEpoch: options["new-epoch"],
          dryRun: options["dry-run"],
        }),
    }),
    verb({
      name: "commit",
      summary: "Make what is prepared everywhere the content; finish a commit that was interrupted",
      operands: onRegions,
      output: "replicate-done",
      run: (sys, { operands }) => commit(sys, operands.regions.regions),
    }),
    verb({
      name: "abort",
      summary: "Give up what is prepared",
      operands: onRegions,
      output: "replicate-done",
      run: (sys, { operands }) => abort(sys, operands.regions.regions),
    }),
    verb({
      name: "verify",
      summary: "Read and check every page of every region",
      operands: onRegions,
      output: "replicate-verify",
      run: (sys, { operands }) => verify(sys, operands.regions.regions),
    }),
    verb({
      name: "sync",
      summary: "Bring stale, new or damaged regions to the state of regions that agree",
      operands: onRegions,
      options: {
        from: {
          summary: "The region file of those that agree; they may stand in the first one too",
          document: "region-file",
          required: true,
          placeholder: "REGION-FILE",
        },
        force: { summary: "Over regions that hold something else than an earlier state", type: "flag" },
      },
      output: "replicate-done",
      run: async (sys, { operands, options }) => {
        await checkRegionTargets(sys, operands.regions.regions, { force: options.force });
        return sync(sys, operands.regions.regions, options.from.regions, options);
      },
    }),
    verb({
      name: "history",
      summary: "List the states that the regions still hold, newest first",
      operands: onRegions,
      options: {
        first: {
          summary: "Also give the first N bytes of what each holds, as base64",
          type: "count",
          placeholder: "N",
        },
      },
      output: "replicate-history",
      run: (sys, { operands, options }) => history(sys, operands.regions.regions, options.first ?? 0),
    }),
    verb({
      name: "rebuild",
      summary: "Give a region that has lost its superblock a new one, for the newest whole state found in it",
      description:
        "When the other regions agree on a state that this one has whole, that is the one. Regions " +
        "that agree are a better source: then prefer sync.",
      operands: onRegions,
      options: {
        region: { summary: "Its index in the region file", type: "count", required: true, placeholder: "N" },
      },
      output: "replicate-done",
      run: (sys, { operands, options }) => rebuild(sys, operands.regions.regions, options.region),
    }),
  ],
});
