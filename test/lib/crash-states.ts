import type { Recorded } from "../../src/core/sim/recording-disks.ts";

/** What a crash may have left of one device. */
export interface CrashState {
  /** The device's bytes: valid until the next state is asked for. */
  readonly bytes: Buffer;
  /** For messages. */
  readonly what: string;
}

/**
 * Every state in which a crash may leave a device: what was flushed is there, and of what was written since,
 * each block is as before or as any of the writes left it, independently of all others.
 * @param bytes of the device before the log; overwritten
 * @param log of this device alone
 * @param blockBytes what the device writes atomically
 * @throws Error when there are more than `limit` states between two flushes
 */
export function* crashStates(
  bytes: Buffer,
  log: readonly Recorded[],
  blockBytes = 512,
  limit = 4096,
): Generator<CrashState> {
  let pending: Recorded[] = [];
  let flushes = 0;
  for (const step of [...log, { kind: "flush", path: "" } as const]) {
    if (step.kind === "write") {
      pending.push(step);
      continue;
    }
    const choices = choicesOf(bytes, pending, blockBytes);
    const total = choices.reduce((product, { contents }) => product * contents.length, 1);
    if (total > limit) throw new Error(`${total} states after ${flushes} flushes`);
    for (let number = 0; number < total; number += 1) {
      let rest = number;
      const picked = choices.map(({ offset, contents }) => {
        const pick = rest % contents.length;
        rest = Math.floor(rest / contents.length);
        contents[pick]?.copy(bytes, offset);
        return pick;
      });
      yield { bytes, what: `after ${flushes} flushes, blocks ${picked.join("")}` };
      // Whoever looked may have written.
      for (const { offset, contents } of choices) contents[0]?.copy(bytes, offset);
    }
    for (const { offset, contents } of choices) contents.at(-1)?.copy(bytes, offset);
    pending = [];
    flushes += 1;
  }
}

interface Choice {
  readonly offset: number;
  /** From before, and after each write that changed it; the last is what a flush makes durable. */
  readonly contents: Buffer[];
}

function choicesOf(bytes: Buffer, writes: readonly Recorded[], blockBytes: number): Choice[] {
  const blocks = new Map<number, Buffer[]>();
  for (const write of writes) {
    if (write.kind !== "write") continue;
    for (let at = 0; at < write.bytes.length; at += blockBytes) {
      const offset = write.offset + at;
      const before = blocks.get(offset) ?? [Buffer.from(bytes.subarray(offset, offset + blockBytes))];
      const next = write.bytes.subarray(at, at + blockBytes);
      if (!before.at(-1)?.equals(next)) before.push(Buffer.from(next));
      blocks.set(offset, before);
    }
  }
  return [...blocks]
    .filter(([, contents]) => contents.length > 1)
    .map(([offset, contents]) => ({ offset, contents }));
}
