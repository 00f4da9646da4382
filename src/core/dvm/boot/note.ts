/**
 * What is noted of a VG from one `dvm boot` to the next: text of our own in a directory that root alone can
 * write to, gone when the machine goes down. A note that makes no sense is as good as none.
 */

export interface BootNote {
  /** Notes of an initramfs say what is up; who arrived when is noted anew afterwards. */
  readonly initramfs: boolean;
  /** Of devices of the VG, in milliseconds since the kernel started. */
  readonly firstArrivalMs: number;
  readonly lastArrivalMs: number;
  /** Ids of the devices that were there. */
  readonly present: readonly string[];
  /** By id, the LVs that boot has brought up. */
  readonly up: Readonly<Record<string, "writable" | "readonly">>;
  /** Lines that people have been told. */
  readonly told: readonly string[];
}

export const noteOf = (vg: string): string => `vg-${vg}`;

export const encodeNote = (note: BootNote): string => `${JSON.stringify(note)}\n`;

export function decodeNote(text: string | undefined): BootNote | undefined {
  try {
    const note = JSON.parse(text ?? "") as BootNote;
    const isOne =
      Number.isFinite(note.firstArrivalMs) &&
      Number.isFinite(note.lastArrivalMs) &&
      [note.present, note.told].every(Array.isArray) &&
      typeof note.up === "object";
    return isOne ? note : undefined;
  } catch {
    return undefined;
  }
}

/** With what is there now: who is seen for the first time has just arrived. */
export function noteArrivals(
  before: BootNote | undefined,
  present: readonly string[],
  { nowMs, initramfs }: { readonly nowMs: number; readonly initramfs: boolean },
): BootNote {
  if (!before || before.initramfs !== initramfs)
    return {
      initramfs,
      firstArrivalMs: nowMs,
      lastArrivalMs: nowMs,
      present,
      up: before?.up ?? {},
      told: before?.told ?? [],
    };
  const isNew = present.some((id) => !before.present.includes(id));
  return { ...before, present, lastArrivalMs: isNew ? nowMs : before.lastArrivalMs };
}
