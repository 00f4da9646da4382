import type { Discovery, TmResult } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import type { Batched } from "../port/toolbox.ts";

/** Makes all changes in one transaction. @throws DvmError as tm update */
export const updateBatch = (
  sys: Sys,
  discovery: Discovery,
  changes: readonly Batched<"manip">[],
  dryRun = false,
): Promise<TmResult> =>
  sys.files.withTemporary(
    Buffer.from(JSON.stringify({ changes })),
    async (path) =>
      await sys.toolbox.call({
        applet: "tm",
        verb: "update",
        stdin: discovery,
        options: { "dry-run": dryRun },
        command: await sys.toolbox.words({ applet: "manip", verb: "batch", operands: { changes: path } }),
      }),
  );
