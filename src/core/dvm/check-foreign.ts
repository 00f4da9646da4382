/** What LVM2's devices tell, among those that were listed. */
import type { DiscoverList, Lvm2Check } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { type Finding, type FindingSubject, finding } from "./finding.ts";

/** undefined when there are none. @throws DvmError when they cannot be looked at at all */
export async function checkForeign(
  sys: Sys,
  listed: DiscoverList["devices"],
): Promise<Lvm2Check | undefined> {
  const devices = listed.flatMap(({ path, foreign }) => (foreign === "lvm2" ? [path] : []));
  if (devices.length === 0) return undefined;
  try {
    return await sys.toolbox.call({ applet: "lvm2", verb: "check", options: { devices } });
  } catch (thrown) {
    // What is wrong is in the document.
    const { output } = toDvmError(thrown);
    if (output === undefined) throw thrown;
    return output as Lvm2Check;
  }
}

/** The findings of lvm2 check as doctor's. */
export async function examineForeign(sys: Sys, listed: DiscoverList["devices"]): Promise<readonly Finding[]> {
  const checked = await checkForeign(sys, listed);
  return (checked?.findings ?? []).map(({ code, ok, vg, path, text }) => {
    const subject: FindingSubject =
      vg === null ? { kind: "devices", name: "devices" } : { kind: "vg", name: vg };
    const said = path === null ? text : `${path} ${text}`;
    return finding(ok ? "foreign-noted" : "foreign-problem", subject, { said, code });
  });
}
