import type { DiscoverList, DmDevice, DmState, Report, TmVerify } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import { formatSize } from "../base/units.ts";
import type { Sys } from "../port/sys.ts";
import { reportVg } from "./report.ts";
import { verifyAnyway } from "./verify.ts";
import { findVg } from "./vg.ts";

export interface Finding {
  readonly ok: boolean;
  /** What it is about; left out where `what` says so. */
  readonly heading?: string;
  readonly what: string;
}

/** In a message: the id of a device. */
const AN_ID = /\b[0-9a-f]{32}\b/g;

type Listed = DiscoverList["devices"];

/** What every reader of a VG warns of when a transaction was interrupted, each in its words; here it is one finding. */
const OF_INTERRUPTED = /^a transaction (is|was) /;

/**
 * Looks at everything that dvm depends on and at every VG it can find. Changes nothing. What tools warn of meanwhile is
 * a finding, and each is told once, however many tools have come upon it.
 */
export async function examine(sys: Sys, devices: readonly string[]): Promise<readonly Finding[]> {
  let dm: readonly DmDevice[] = [];
  let listed: Listed = [];
  const findings = [
    ...(await look(sys, "device-mapper", async () => {
      const said = await describeDm(sys);
      dm = ((await sys.toolbox.call({ applet: "dmexec", verb: "state" })) as DmState).devices;
      return [ok(said)];
    })),
    ...(await look(sys, "locks", async () => [ok(await tryLock(sys))])),
    ...(await look(sys, "devices", async () => {
      const call = { applet: "discover", verb: "list", options: { devices } };
      listed = ((await sys.toolbox.call(call)) as DiscoverList).devices;
      const labelled = ok(`${listed.filter(({ label }) => label).length} labelled`);
      const damaged = listed.flatMap(({ path, problems = [] }) =>
        problems.map((problem) => bad(`${path}: ${problem}`)),
      );
      return [labelled, ...damaged];
    })),
    ...examineDm(dm),
  ];
  const vgs = new Map(listed.flatMap(({ label }) => (label ? [[label.vg.id, label.vg.name] as const] : [])));
  for (const [id, name] of [...vgs].sort(([, a], [, b]) => (a < b ? -1 : 1)))
    findings.push(...(await examineVg(sys, { id, name }, devices, listed)));
  const unknown = dm.filter(({ uuid }) => !vgs.has(uuid.slice("DVM-".length, "DVM-".length + 32)));
  for (const { name, uuid } of unknown)
    findings.push(bad(`dm device ${name} (${uuid}): its VG was not found`));
  return once(findings);
}

/** Each problem once: not what another one says, and more. */
const once = (findings: readonly Finding[]): readonly Finding[] =>
  findings.filter(
    ({ ok, what }, at) =>
      ok ||
      !findings.some(
        (other, index) =>
          !other.ok && other.what.includes(what) && (other.what.length > what.length || index < at),
      ),
  );

/** What a crash of dmexec can leave, of whatever VG. */
function examineDm(devices: readonly DmDevice[]): Finding[] {
  return devices.flatMap(({ name, suspended, inactive, table }) => [
    ...(suspended ? [bad(`dm device ${name} is suspended: run dvm recover`)] : []),
    ...(inactive
      ? [bad(`dm device ${name} has a table loaded that never came to live: run dvm recover`)]
      : []),
    ...(table ? [] : [bad(`dm device ${name} has no table: run dvm recover`)]),
  ]);
}

/** What is wrong with a VG, what tools have warned of included. */
async function examineVg(
  sys: Sys,
  { id, name }: { readonly id: string; readonly name: string },
  devices: readonly string[],
  listed: Listed,
): Promise<readonly Finding[]> {
  const heading = `VG ${name}`;
  const warnings = sys.terminal.keepWarnings();
  const told = await look(sys, heading, () => problemsOfVg(sys, id, devices, listed));
  const warned = warnings()
    .filter((warning) => !OF_INTERRUPTED.test(warning))
    // Some come before it is known of which VG they are.
    .map((what) => ({ ...bad(sys.terminal.wording.of(what)), heading }));
  return warned.length > 0 ? [...told.filter(({ ok }) => !ok), ...warned] : told;
}

async function problemsOfVg(
  sys: Sys,
  id: string,
  devices: readonly string[],
  listed: Listed,
): Promise<readonly Finding[]> {
  const discovery = await findVg(sys, { vg: id, devices });
  const verified = await verifyAnyway(sys, discovery);
  const { vg, state, problems, strangers, members } = verified;
  if (state === "unformatted" || state === "empty")
    return [
      bad(
        `its devices are labelled, but it has no metadata: run dvm init ${vg.name} --force, or discover rm`,
      ),
    ];
  const findings = problems.map(bad);
  // Of which membership is right nothing can be said, so long as the regions differ.
  if (verified.txid === null) return findings.length > 0 ? findings : [bad(`it is ${state}`)];
  if (state !== "clean")
    findings.push(bad(`a transaction was interrupted (${state}): run dvm recover ${vg.name}`));
  // Where all labels are behind, that is one of the problems.
  const areAllBehind = isBehind({ ...discovery.vg, members: members.length }, verified);
  const behind = listed.filter(
    ({ label }) =>
      label?.vg.id === id && !strangers.includes(label.device.id) && isBehind(label.vg, verified),
  );
  for (const { path } of areAllBehind ? [] : behind)
    findings.push(bad(`the label of ${path} is behind: run dvm recover ${vg.name}`));
  const { findings: ofLvs, missing } = await examineLvs(sys, { id, name: vg.name }, devices);
  findings.push(...ofLvs);
  const absent = members.flatMap((member) => (member.present ? [] : [member.id]));
  if (absent.length + missing.length > 0) return describeMissing(sys, id, devices, findings);
  const count = discovery.devices.length;
  const sound = `complete and in sync on ${count} device${count === 1 ? "" : "s"}`;
  return findings.length > 0 ? findings : [ok(sound)];
}

const isBehind = (label: { name: string; generation: number; members: number }, { vg, members }: TmVerify) =>
  label.generation !== vg.generation || label.name !== vg.name || label.members !== members.length;

/**
 * LVs that are live in another way than the metadata wants them, and those that lack something.
 * @returns ids of the PVs that they lack as well
 */
async function examineLvs(
  sys: Sys,
  { id, name }: { readonly id: string; readonly name: string },
  devices: readonly string[],
): Promise<{ readonly findings: readonly Finding[]; readonly missing: readonly string[] }> {
  const options = { format: "json", columns: "name,state,availability,missing" };
  const report = (await reportVg(sys, { vg: id, devices, what: "lv", options })) as Report;
  if (report.subject !== "lv") return { findings: [], missing: [] };
  const findings = report.rows.flatMap(({ name: lv, state, availability, missing }) => [
    ...(state === "differs" || state === "partly"
      ? [bad(`LV ${lv} is live, but not as the metadata has it (${state}): run dvm recover ${name}`)]
      : []),
    ...(availability === "degraded" || availability === "unavailable"
      ? [bad(`LV ${lv} is ${availability}${missing?.length ? `, without PV ${missing.join(", ")}` : ""}`)]
      : []),
  ]);
  return { findings, missing: report.rows.flatMap(({ missing }) => missing ?? []) };
}

/** Says of missing PVs, whose path nothing records, what the metadata knows of them: size and tags. */
async function describeMissing(
  sys: Sys,
  id: string,
  devices: readonly string[],
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  const options = { format: "json", columns: "id,state,size,tags" };
  const report = (await reportVg(sys, { vg: id, devices, what: "pv", options })) as Report;
  if (report.subject !== "pv") return findings;
  const known = new Map(
    report.rows.flatMap(({ id = "", state, size = 0, tags = [] }) => {
      const tagged = tags.length > 0 ? `, tagged ${tags.join(", ")}` : "";
      return state === "missing" ? [[id, `${id} (${formatSize(size)}${tagged})`] as const] : [];
    }),
  );
  return findings.map((finding) => ({
    ...finding,
    what: finding.what.replace(AN_ID, (found) => known.get(found) ?? found),
  }));
}

const ok = (what: string): Finding => ({ ok: true, what });
const bad = (what: string): Finding => ({ ok: false, what });

/** What was found, each under its heading; a failure is a finding too. */
async function look(
  sys: Sys,
  heading: string,
  ask: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const put = (what: string) => sys.terminal.wording.of(what);
  try {
    return (await ask()).map(({ ok, what }) => ({ ok, heading, what: put(what) }));
  } catch (thrown) {
    const { message, code } = toDvmError(thrown);
    return [{ ...bad(`${put(message)} [${code}]`), heading }];
  }
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

async function tryLock(sys: Sys): Promise<string> {
  const lock = await sys.locks.acquire("doctor", "exclusive", 0);
  await lock.release();
  return "can be taken";
}
