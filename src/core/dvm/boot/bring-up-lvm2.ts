/**
 * VGs of LVM2 in an initramfs that has no lvm2: of them comes up what the command line names, and no more,
 * for what else they hold may be another machine's. One that lacks a device waits for the grace time, and
 * comes up then as far as LVM2 would bring it up.
 */
import { DvmError, toDvmError } from "../../base/error.ts";
import type { Boot } from "../../port/boot.ts";
import type { Sys } from "../../port/sys.ts";
import { activateVg } from "../activate.ts";
import { findAnyVg } from "../vg.ts";
import type { BroughtUp } from "./bring-up.ts";
import type { BootSetting } from "./setting.ts";

/** Whoever has one of these sees to its VGs by itself. */
const LVM2_ITSELF = ["/usr/sbin/lvm", "/sbin/lvm", "/usr/bin/lvm", "/bin/lvm"];
/** What is up, or has been told, a line each. */
const NOTE = "lvm2";

/** A VG, or one LV of it. */
interface Named {
  readonly vg: string;
  readonly lv: string | undefined;
}

/** What people name of VGs that are not dvm's. @param ours names of VGs that are */
export function namedOfLvm2({ args }: Pick<BootSetting, "args">, ours: readonly string[]): Named[] {
  const lvs = [args.root, args.usr, args.resume, ...args.lvs, ...args.lvm2.lvs];
  const all: Named[] = lvs.flatMap((each) => each ?? []);
  for (const vg of [...args.vgs, ...args.lvm2.vgs]) all.push({ vg, lv: undefined });
  return all.filter(({ vg }) => !ours.includes(vg));
}

/**
 * Brings these up, each once. What is not there may still come: nothing is said of it.
 * @param devices paths of all of LVM2's devices that are there
 * @throws DvmError BUG; all else is told
 */
export async function bringLvm2Up(
  sys: Sys,
  setting: BootSetting,
  named: readonly Named[],
  devices: readonly string[],
): Promise<readonly BroughtUp[]> {
  const { boot } = setting;
  if (devices.length === 0 || named.length === 0) return [];
  for (const path of LVM2_ITSELF) if (await boot.exists(path)) return [];
  const endMs = (await lastArrivalMs(boot, devices.length)) + setting.graceMs;
  const isOver = setting.isOver || boot.uptimeMs() >= endMs;
  const done = new Set((await boot.readNote(NOTE))?.split("\n"));
  const results: BroughtUp[] = [];
  for (const { vg, lv } of named) {
    const name = lv === undefined ? vg : `${vg}/${lv}`;
    if (done.has(name)) continue;
    try {
      const { vg: found, missing } = await findAnyVg(sys, { vg, devices });
      const lacks = missing.count > 0;
      const waits = lacks && !isOver;
      results.push({ vg: found.id, dueMs: waits ? endMs : undefined, said: [] });
      if (waits) continue;
      if (lacks && setting.policy === "never")
        throw new DvmError("INCOMPLETE", `${missing.count} PVs are missing, and it is not to run without`);
      const lvs = lv === undefined ? [] : [lv];
      const way = { direction: "activate", degraded: lacks, partial: false, dryRun: false } as const;
      await activateVg(sys, { ...way, vg, lvs, devices });
      done.add(name);
    } catch (thrown) {
      const { code, message, details } = toDvmError(thrown);
      if (code === "BUG") throw thrown;
      if (code === "NOT_FOUND") continue;
      const text = `${name} of LVM2: ${sys.terminal.wording.of(message)}`.replaceAll("\n", " ");
      const failure = new DvmError(code, text, { cause: thrown, details });
      if (!done.has(text)) results.push({ vg, dueMs: undefined, said: [{ text, failure }] });
      done.add(text);
    }
  }
  await boot.writeNote(NOTE, [...done].join("\n"));
  return results;
}

/** When the last of so many devices was seen first, in milliseconds since the kernel started. */
async function lastArrivalMs(boot: Boot, count: number): Promise<number> {
  const [known, since] = ((await boot.readNote("lvm2-since")) ?? "").split(" ");
  if (known === String(count)) return Number(since);
  const nowMs = boot.uptimeMs();
  await boot.writeNote("lvm2-since", `${count} ${nowMs}`);
  return nowMs;
}
