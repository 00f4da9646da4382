import type { Discovery, TmVerify } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";

/**
 * What tm verify finds, whether it likes it or not. @throws DvmError when it finds nothing that it could tell
 */
export async function verifyAnyway(sys: Sys, discovery: Discovery): Promise<TmVerify> {
  try {
    return await sys.toolbox.call({ applet: "tm", verb: "verify", stdin: discovery });
  } catch (thrown) {
    const { output } = toDvmError(thrown);
    if (output === undefined) throw thrown;
    return output as TmVerify;
  }
}
