import type { DmDevice } from "../../schema/index.ts";
import { parseDmUuid } from "../dm/uuid.ts";
import type { Sys } from "../port/sys.ts";
import { examineForeign } from "./check-foreign.ts";
import { examineVg, type ListedDevices } from "./doctor-vg.ts";
import { type Finding, type FindingSubject, finding, look } from "./finding.ts";
import { namesForPeople } from "./names-for-people.ts";

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
      return [finding("devices-seen", subject, { labelled: listed.filter(({ label }) => label).length })];
    })),
  ];
  const names = new Map(
    listed.flatMap(({ label }) => (label ? [[label.vg.id, label.vg.name] as const] : [])),
  );
  const vgs = namesForPeople(names);
  for (const [id, called] of vgs) sys.terminal.wording.call(id, called);
  /** In the words of who gave the command. */
  const put = (vg: string, { text, ...rest }: Finding): Finding => {
    sys.terminal.wording.about({ id: vg, name: vgs.get(vg) ?? vg }, []);
    return { ...rest, text: sys.terminal.wording.of(text) };
  };
  findings.push(...examineLabels(listed, vgs, put), ...examineDm(dm, vgs, put));
  findings.push(...(await examineForeign(sys, listed)));
  for (const [id, name] of [...names].sort(([, a], [, b]) => (a < b ? -1 : 1)))
    findings.push(...(await examineVg(sys, { id, name, called: vgs.get(id) ?? name }, devices, listed)));
  return once(findings);
}

type Put = (vg: string, finding: Finding) => Finding;

/** Each problem once: not what another one says, and more. LVs of one name are of several VGs. */
const once = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(
    (one, at) =>
      one.ok || !findings.some((other, index) => saysMore(other, one, index < at) && !ofOtherLv(one, other)),
  );

const saysMore = (other: Finding, { text }: Finding, isBefore: boolean): boolean =>
  !other.ok && other.text.includes(text) && (other.text.length > text.length || isBefore);

const ofOtherLv = ({ subject: one }: Finding, { subject: other }: Finding): boolean =>
  one.kind === "lv" && other.kind === "lv" && (one.vg !== other.vg || one.name !== other.name);

function examineLabels(listed: ListedDevices, vgs: ReadonlyMap<string, string>, put: Put): Finding[] {
  const subject = hostOf("devices");
  return listed.flatMap(({ path, label, problems = [], kinds = [] }) =>
    problems.map((problem, at) => {
      // Recover mends copies of a label; all else that is said of a device is of the device.
      if (kinds[at] !== "label-copy") return finding("warned", subject, { message: `${path}: ${problem}` });
      const id = label?.vg.id ?? "";
      return put(id, finding("label-damaged", subject, { path, problem, vg: vgs.get(id) ?? "" }));
    }),
  );
}

/** What a crash of dmexec can leave, and what is of no VG. @param vgs what people call them, by id */
function examineDm(devices: readonly DmDevice[], vgs: ReadonlyMap<string, string>, put: Put): Finding[] {
  return devices.flatMap(({ name, uuid, suspended, inactive, table }) => {
    const id = parseDmUuid(uuid)?.vg;
    const vg = vgs.get(id ?? "");
    const subject: FindingSubject = { kind: "dm", name };
    if (vg === undefined) {
      const stray = finding("dm-stray", subject, { name, uuid, vg: id ?? null });
      return [id === undefined ? stray : put(id, stray)];
    }
    const details = { name, uuid, vg };
    return [
      ...(suspended ? [finding("dm-suspended", subject, details)] : []),
      ...(inactive ? [finding("dm-table-loaded", subject, details)] : []),
      ...(table ? [] : [finding("dm-without-table", subject, details)]),
    ].map((each) => put(id ?? "", each));
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
