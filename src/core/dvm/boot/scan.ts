/**
 * What boot scripts, units and rules call: every VG, or that of a device that has just come, is brought up as
 * far as it can be. A call never waits: what is to be looked at again is left to a timer of systemd, or to a
 * script that goes by the notes `due-VG`.
 */
import { DvmError, toDvmError } from "../../base/error.ts";
import type { Boot } from "../../port/boot.ts";
import type { Sys } from "../../port/sys.ts";
import { type BroughtUp, bringUp } from "./bring-up.ts";
import { bringLvm2Up, namedOfLvm2 } from "./bring-up-lvm2.ts";
import { graceOf, parseKernelLine } from "./kernel-line.ts";
import { hibernatedIn } from "./resume.ts";
import type { BootSetting } from "./setting.ts";

export interface ScanOptions {
  /** A device that has just come; undefined: every VG. */
  readonly arrived: string | undefined;
  /** The call is there for this device: without it the call has failed. */
  readonly wanted: string | undefined;
  /** Seconds, as typed. */
  readonly grace: string | undefined;
  /** The grace time is over. */
  readonly degraded: boolean;
}

const DEFAULT_GRACE_MS = 30_000;

/** Disks of guests and images that somebody attaches: nobody's business while a machine boots. */
const NOT_AT_BOOT = /^\/dev\/(loop|nbd)\d/;

/**
 * @throws DvmError the first failure that nobody has been told of, the others being warned of; NOT_FOUND when
 *   the wanted device is not there
 */
export async function scanForBoot(sys: Sys, options: ScanOptions): Promise<void> {
  const boot = await sys.openBoot();
  const setting = await settingOf(sys, boot, options);
  if (setting.initramfs && !setting.args.on) return;
  const warnings = sys.terminal.keepWarnings();
  const done: BroughtUp[] = [];
  let thrown: DvmError | undefined;
  try {
    await loadDeviceMapper(sys, boot);
    const { vgs, ofLvm2 } = await vgsFor(sys, setting, options.arrived);
    await bringAllUp(sys, { vgs, ofLvm2: setting.initramfs ? ofLvm2 : [] }, setting, done);
    for (const { mark } of vgs) if (mark) await boot.writeNote(mark.name, mark.text);
  } catch (cause) {
    thrown = toDvmError(cause);
  }
  // What tools warn of on the way is of before: what is missing while it is waited for, what was mended.
  for (const { message } of warnings()) sys.terminal.info(message);
  const lines = [...(await lookAgain(boot, done))];
  for (const word of setting.args.wrong) lines.push(`kernel command line: ${word} makes no sense`);
  for (const line of lines) await sayOnce(sys, boot, line);
  const said = done.flatMap((each) => each.said);
  const failure = thrown ?? said.find((each) => each.failure)?.failure;
  for (const each of said) if (each.failure !== failure || !failure) sys.terminal.warn(each.text);
  if (failure) throw failure;
  if (options.wanted !== undefined && !(await boot.exists(options.wanted)))
    throw new DvmError("NOT_FOUND", `${options.wanted} is not there`);
}

/** In an initramfs nobody else does. */
async function loadDeviceMapper(sys: Sys, boot: Boot): Promise<void> {
  if (sys.config.dm?.backend === "sim" || (await boot.exists("/sys/class/misc/device-mapper"))) return;
  await boot.loadModules(["dm-mod"]);
}

async function settingOf(sys: Sys, boot: Boot, { grace, degraded }: ScanOptions): Promise<BootSetting> {
  const { boot: config } = sys.config;
  const args = parseKernelLine(await boot.commandLine());
  const rescue = config?.rescue ?? false;
  const asked = grace === undefined ? undefined : graceOf(grace);
  return {
    boot,
    args,
    initramfs: await boot.inInitramfs(),
    graceMs: asked ?? args.graceMs ?? config?.graceMs ?? DEFAULT_GRACE_MS,
    isOver: degraded,
    policy: rescue ? "readonly" : (args.policy ?? config?.degraded),
    mayChange: !rescue && !(await boot.afterCrash()),
    rescue,
    only: undefined,
  };
}

interface FoundVg {
  readonly id: string;
  readonly name: string;
  /** The note that its device has arrived. */
  readonly mark: { readonly name: string; readonly text: string } | undefined;
}

interface FoundVgs {
  readonly vgs: readonly FoundVg[];
  /** Paths of LVM2's devices, all that are there; none where one has arrived that is not LVM2's. */
  readonly ofLvm2: readonly string[];
}

/** In the order of their names; that of a device that has arrived before is not looked at again. */
async function vgsFor(
  sys: Sys,
  { boot, initramfs }: BootSetting,
  arrived: string | undefined,
): Promise<FoundVgs> {
  const devices = arrived === undefined ? [] : [arrived];
  const listed = await sys.toolbox.call({ applet: "discover", verb: "list", options: { devices } });
  const vgs = new Map<string, FoundVg>();
  const ofLvm2: string[] = [];
  for (const { path, dev, label, foreign } of listed.devices) {
    if (NOT_AT_BOOT.test(path)) continue;
    if (foreign) ofLvm2.push(path);
    if (!label) continue;
    const { id, name } = label.vg;
    const mark = { name: `arrived-${dev ?? label.device.id}`, text: `${initramfs} ${label.device.id}` };
    if (arrived !== undefined && (await boot.readNote(mark.name)) === mark.text) continue;
    vgs.set(id, { id, name, mark: arrived === undefined ? undefined : mark });
  }
  const inOrder = [...vgs.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (arrived === undefined || ofLvm2.length === 0) return { vgs: inOrder, ofLvm2 };
  // What its VG lacks may be there: only all devices together tell.
  const all = await sys.toolbox.call({ applet: "discover", verb: "list", options: {} });
  const foreign = all.devices.filter(({ path, foreign }) => foreign && !NOT_AT_BOOT.test(path));
  return { vgs: inOrder, ofLvm2: foreign.map(({ path }) => path) };
}

/** As far as a hibernated system allows it. */
async function bringAllUp(
  sys: Sys,
  { vgs, ofLvm2 }: FoundVgs,
  setting: BootSetting,
  done: BroughtUp[],
): Promise<void> {
  const { boot, args, initramfs } = setting;
  const { resume } = args;
  let { mayChange } = setting;
  const named = namedOfLvm2(
    setting,
    vgs.map(({ name }) => name),
  );
  if (initramfs && resume) {
    const careful = { ...setting, mayChange: false, only: resume };
    for (const vg of vgs) if (vg.name === resume.vg) done.push(await bringUp(sys, vg, careful));
    const asleep = named.filter(({ vg, lv }) => vg === resume.vg && lv === resume.lv);
    done.push(...(await bringLvm2Up(sys, careful, asleep, ofLvm2)));
    const { state, device } = await hibernatedIn(boot, args);
    // For a script that has no better way to wake it.
    await boot.writeNote("resume", state === "image" ? device : undefined);
    if (state === "image" || (state === "unseen" && !(await isWaitOver(setting, done)))) return;
    if (state === "unseen") mayChange = false;
  }
  for (const vg of vgs) done.push(await bringUp(sys, vg, { ...setting, mayChange }));
  done.push(...(await bringLvm2Up(sys, setting, named, ofLvm2)));
}

/** Whether the LV that a hibernated system may be in has been waited for long enough. */
async function isWaitOver({ boot, graceMs, isOver }: BootSetting, done: BroughtUp[]): Promise<boolean> {
  const nowMs = boot.uptimeMs();
  const since = Number((await boot.readNote("resume-since")) ?? nowMs);
  await boot.writeNote("resume-since", String(since));
  if (isOver || nowMs >= since + graceMs) return true;
  done.push({ vg: "resume", dueMs: since + graceMs, said: [] });
  return false;
}

/** Leaves word of when to look again. @returns what is to be told of it */
async function lookAgain(boot: Boot, done: readonly BroughtUp[]): Promise<readonly string[]> {
  const due = done.flatMap(({ dueMs }) => dueMs ?? []);
  for (const { vg, dueMs } of done)
    await boot.writeNote(`due-${vg}`, dueMs === undefined ? undefined : `${Math.ceil(dueMs / 1000)}\n`);
  if (due.length === 0) return [];
  const seconds = Math.max(1, Math.ceil((Math.min(...due) - boot.uptimeMs()) / 1000));
  const isSeenTo = await boot.lookAgainAfter(seconds);
  return isSeenTo ? [] : ["dvm-grace@.timer cannot be started: nobody looks again for what is missing"];
}

/** What would be warned of at each look is told once. */
async function sayOnce(sys: Sys, boot: Boot, line: string): Promise<void> {
  const told = (await boot.readNote("told")) ?? "";
  if (told.split("\n").includes(line)) return;
  await boot.writeNote("told", `${told}${line}\n`);
  sys.terminal.warn(line);
}
