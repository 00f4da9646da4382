/**
 * Where devices lead to that write by themselves, whether somebody has them open or not: arrays copy from leg
 * to leg and keep superblocks, pools keep metadata, and both write these once more when their table is
 * dropped.
 */
import { parityDevices, type RaidType } from "../../src/core/dm/targets/raid-words.ts";
import type { SimDevice, SimState } from "../../src/core/sim/dm-state.ts";
import type { Bench } from "./dm-bench.ts";
import { byToken, whereIs } from "./dm-sectors.ts";

interface Writer {
  /** Sectors of what it stands on: each with where that leads to. */
  readonly places: readonly string[];
  /** The same of what it keeps its metadata on. */
  readonly metadata: readonly string[];
}

export class Writers {
  /** Where each may write. */
  readonly #allowed = new Map<string, Set<string>>();

  constructor(before: Bench, after: Bench) {
    for (const { state } of [before, after])
      for (const device of state.devices) {
        const allowed = this.#allowed.get(device.uuid) ?? new Set(["beyond", "error"]);
        this.#allowed.set(device.uuid, allowed);
        const { places, metadata } = writerOf(state, device);
        for (const place of [...places, ...metadata]) allowed.add(place);
      }
  }

  /** @returns what is to be called after each operation from here on */
  follow(bench: Bench): (what: string) => void {
    let last = this.#look(bench.state);
    return (what) => {
      const now = this.#look(bench.state);
      for (const [uuid, { table, writer }] of last) {
        if (now.get(uuid)?.table === table) continue;
        for (const place of writer.metadata) {
          if (place === "waits") throw new Error(`${what}: ${uuid} waits while its table is dropped`);
          this.#insist(uuid, place, `${what}, which drops its table`);
        }
      }
      for (const [uuid, { suspended, writer }] of now)
        if (!suspended)
          for (const place of [...writer.places, ...writer.metadata]) this.#insist(uuid, place, what);
      last = now;
    };
  }

  #insist(uuid: string, place: string, what: string): void {
    if (place !== "waits" && !this.#allowed.get(uuid)?.has(place))
      throw new Error(`${what}: ${uuid} writes to ${place}`);
  }

  #look(state: SimState): Map<string, { table: string; suspended: boolean; writer: Writer }> {
    return new Map(
      state.devices.map((device) => [
        device.uuid,
        {
          table: JSON.stringify(device.live?.lines),
          suspended: device.suspended,
          writer: writerOf(state, device),
        },
      ]),
    );
  }
}

function writerOf(state: SimState, { live }: SimDevice): Writer {
  const [line] = live?.lines ?? [];
  if (!line) return { places: [], metadata: [] };
  const words = line.params.split(" ");
  if (line.type === "raid") {
    const members = words.slice(Number(words[1]) + 3);
    const share =
      line.length / (words[0] === "raid1" ? 1 : members.length / 2 - parityDevices(words[0] as RaidType));
    return {
      places: members.flatMap((word, index) =>
        index % 2 === 1 && word !== "-" ? ends(state, word, share) : [],
      ),
      metadata: members.flatMap((word, index) =>
        index % 2 === 0 && word !== "-" ? [whereIs(state, word, 0)] : [],
      ),
    };
  }
  if (line.type === "mirror") {
    const first = 3 + Number(words[1]);
    const legs = words.slice(first, first + 2 * Number(words[first - 1]));
    return {
      places: legs.flatMap((word, index) => (index % 2 === 0 ? ends(state, word, line.length) : [])),
      metadata: [],
    };
  }
  if (line.type === "thin-pool")
    return {
      places: ends(state, words[1] ?? "", line.length),
      metadata: [whereIs(state, words[0] ?? "", 0)],
    };
  return { places: [], metadata: [] };
}

/** Both sides of each border of what lies below, in the sectors that are used. */
function ends(state: SimState, token: string, length: number): string[] {
  return (byToken(state, token)?.live?.lines ?? []).flatMap((line) => {
    const [first, last] = [line.start, Math.min(line.start + line.length, length) - 1];
    return first > last ? [] : [whereIs(state, token, first), whereIs(state, token, last)];
  });
}
