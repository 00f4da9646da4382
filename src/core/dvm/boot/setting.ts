import type { Boot } from "../../port/boot.ts";
import type { BootArguments, DegradedPolicy, NamedLv } from "./kernel-line.ts";

/** What holds for all VGs of a boot. */
export interface BootSetting {
  readonly boot: Boot;
  readonly args: BootArguments;
  readonly initramfs: boolean;
  readonly graceMs: number;
  readonly isOver: boolean;
  readonly policy: DegradedPolicy | undefined;
  /** Metadata may be changed: no memory of a crashed kernel, no hibernated system stands in the way. */
  readonly mayChange: boolean;
  /** Only what writes nothing by itself comes up, unless it is named. */
  readonly rescue: boolean;
  /** Nothing but this comes up: a hibernated system may be in it. */
  readonly only: NamedLv | undefined;
}
