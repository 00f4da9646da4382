import type { Lv } from "../../../schema/index.ts";
import type { NamedLv } from "./kernel-line.ts";
import type { BootSetting } from "./setting.ts";

export interface BootChoice {
  readonly isChosen: boolean;
  /** By the command line, it and no other. */
  readonly isNamed: boolean;
  /** As BootLv has it. */
  readonly mayDegrade: boolean;
}

/**
 * Which LVs come up now. In an initramfs those that the command line names, all that are activated by default
 * when it names none; without their missing legs only what the system is on, since all else can wait for it.
 * Afterwards all that are activated by default.
 */
export function chooseForBoot(
  vg: string,
  lv: Lv,
  { args, initramfs, only }: Pick<BootSetting, "args" | "initramfs" | "only">,
): BootChoice {
  if (only) return { isChosen: only.vg === vg && only.lv === lv.name, isNamed: true, mayDegrade: true };
  if (!initramfs) return { isChosen: lv.activate, isNamed: false, mayDegrade: true };
  const isIn = (named: readonly (NamedLv | undefined)[]) =>
    named.some((each) => each?.vg === vg && each.lv === lv.name);
  const isNeeded = isIn([args.root, args.usr, args.resume, ...args.lvs, ...args.lvm2.lvs]);
  const isSelective = args.vgs.length > 0 || args.lvs.length > 0;
  return {
    isNamed: isNeeded,
    isChosen: isNeeded || (lv.activate && (!isSelective || args.vgs.includes(vg))),
    // A root that is named by what is in it may be any of them.
    mayDegrade: isNeeded || args.root === undefined,
  };
}
