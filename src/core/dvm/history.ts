import type { TmHistory } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { findVg, type Where } from "./vg.ts";

/** The states of a VG that its regions still hold, newest first: discover find | tm history. */
export const historyOf = async (sys: Sys, where: Where): Promise<TmHistory> =>
  await sys.toolbox.call({ applet: "tm", verb: "history", stdin: await findVg(sys, where) });
