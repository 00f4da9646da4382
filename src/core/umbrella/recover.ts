import type { TmRecovered } from "../../schema/index.ts";
import type { Sys } from "../port/sys.ts";
import { findVg, type Where } from "./vg.ts";

/** Finishes or undoes what an interrupted transaction left: discover find | tm recover. */
export async function recoverVg(sys: Sys, where: Where): Promise<TmRecovered> {
  const discovery = await findVg(sys, where);
  return (await sys.toolbox.call({ applet: "tm", verb: "recover", stdin: discovery })) as TmRecovered;
}
