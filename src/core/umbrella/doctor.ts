import type { DiscoverList } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { findVg } from "./vg.ts";

export interface Finding {
  readonly ok: boolean;
  readonly what: string;
}

/** Looks at everything that dvm depends on and at every VG it can find. Changes nothing. */
export async function examine(sys: Sys, devices: readonly string[]): Promise<readonly Finding[]> {
  const findings: Finding[] = [
    await look("device-mapper", () => describeDm(sys)),
    await look("locks", () => tryLock(sys)),
  ];
  const names = new Set<string>();
  findings.push(
    await look("devices", async () => {
      const list = (await sys.toolbox.call({
        applet: "discover",
        verb: "list",
        options: { devices },
      })) as DiscoverList;
      for (const { label } of list.devices) if (label) names.add(label.vg.name);
      return `${list.devices.length} labelled`;
    }),
  );
  for (const vg of [...names].sort()) {
    findings.push(
      await look(`VG ${vg}`, async () => {
        const discovery = await findVg(sys, { vg, devices });
        await sys.toolbox.call({ applet: "tm", verb: "verify", stdin: discovery });
        return `complete and in sync on ${discovery.devices.length} devices`;
      }),
    );
  }
  return findings;
}

async function look(what: string, ask: () => Promise<string>): Promise<Finding> {
  try {
    return { ok: true, what: `${what}: ${await ask()}` };
  } catch (thrown) {
    const { message, code } = toDvmError(thrown);
    return { ok: false, what: `${what}: ${message} [${code}]` };
  }
}

async function describeDm(sys: Sys): Promise<string> {
  const dm = await sys.openDm();
  try {
    const backend = sys.config.dm?.backend ?? "kernel";
    return `${backend}, version ${dm.version().join(".")}, targets ${dm
      .targets()
      .map(({ name }) => name)
      .join(" ")}`;
  } finally {
    dm.close();
  }
}

async function tryLock(sys: Sys): Promise<string> {
  const lock = await sys.locks.acquire("doctor", "exclusive", 0);
  await lock.release();
  return "can be taken";
}
