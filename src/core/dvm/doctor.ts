import type { DmDevice } from "../../schema/index.ts";
import { parseDmUuid } from "../dm/uuid.ts";
import type { Sys } from "../port/sys.ts";
import { examineForeign } from "./check-foreign.ts";
import { examineVg, type ListedDevices } from "./doctor-vg.ts";
import { type Finding, type FindingSubject, finding, look } from "./finding.ts";

const hostOf = (kind: "device-mapper" | "locks" | "devices"): FindingSubject => ({ kind, name: kind });

/**
 * Looks at everything that dvm depends on and at every VG it can find. Changes nothing. What tools warn of
 * meanwhile is a finding, and each is told once, however many tools have come upon it.
 */
export async function examine(sys: Sys, devices: readonly string[]): Promise<readonly Finding[]> {
  let dm: readonly DmDevice[] = [];
  let listed: ListedDevices = [];
  const findings = [
    ...(await look(sys, hostOf("device-mapper"), "dm-unusable", async (subject) => {
      const said = await describeDm(sys);
      dm = (await sys.toolbox.call({ applet: "dmexec", verb: "state" })).devices;
      return [finding("dm-usable", subject, { said })];
    })),
    ...(await look(sys, hostOf("locks"), "locks-unusable", async (subject) => {
      const lock = await sys.locks.acquire("doctor", "exclusive", 0);
      await lock.release();
      return [finding("locks-usable", subject, {})];
    })),
    ...(await look(sys, hostOf("devices"), "devices-unreadable", async (subject) => {
      const call = { applet: "discover", verb: "list", options: { devices } } as const;
      listed = (await sys.toolbox.call(call)).devices;
      return examineLabels(listed, subject);
    })),
  ];
  const vgs = new Map(listed.flatMap(({ label }) => (label ? [[label.vg.id, label.vg.name] as const] : [])));
  findings.push(...examineDm(dm, vgs));
  findings.push(...(await examineForeign(sys, listed)));
  for (const [id, name] of [...vgs].sort(([, a], [, b]) => (a < b ? -1 : 1)))
    findings.push(...(await examineVg(sys, { id, name }, devices, listed)));
  return once(findings);
}

/** Each problem once: not what another one says, and more. */
const once = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(
    ({ ok, text }, at) =>
      ok ||
      !findings.some(
        (other, index) =>
          !other.ok && other.text.includes(text) && (other.text.length > text.length || index < at),
      ),
  );

/** What `recover` mends of a label; all else that is said of a device is of the device. */
const OF_COPY = /^the copy of its label /;

function examineLabels(listed: ListedDevices, subject: FindingSubject): Finding[] {
  return [
    finding("devices-seen", subject, { labelled: listed.filter(({ label }) => label).length }),
    ...listed.flatMap(({ path, label, problems = [] }) =>
      problems.map((problem) =>
        OF_COPY.test(problem)
          ? finding("label-damaged", subject, { path, problem, vg: label?.vg.name ?? "" })
          : finding("warned", subject, { message: `${path}: ${problem}` }),
      ),
    ),
  ];
}

/** What a crash of dmexec can leave, and what is of no VG. @param vgs names by id */
function examineDm(devices: readonly DmDevice[], vgs: ReadonlyMap<string, string>): Finding[] {
  return devices.flatMap(({ name, uuid, suspended, inactive, table }) => {
    const id = parseDmUuid(uuid)?.vg;
    const vg = vgs.get(id ?? "");
    const subject: FindingSubject = { kind: "dm", name };
    if (vg === undefined) return [finding("dm-stray", subject, { name, uuid, vg: id ?? null })];
    const details = { name, uuid, vg };
    return [
      ...(suspended ? [finding("dm-suspended", subject, details)] : []),
      ...(inactive ? [finding("dm-table-loaded", subject, details)] : []),
      ...(table ? [] : [finding("dm-without-table", subject, details)]),
    ];
  });
}

async function describeDm(sys: Sys): Promise<string> {
  const dm = await sys.openDm();
  try {
    const backend = sys.config.dm?.backend ?? "kernel";
    const targets = dm.targets().map(({ name }) => name);
    return `${backend}, version ${dm.version().join(".")}, targets ${targets.join(" ")}`;
  } finally {
    dm.close();
  }
}
