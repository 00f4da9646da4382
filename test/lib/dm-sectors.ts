/** Where sectors of simulated dm devices lead to: a model disk that is asked sector by sector. */
import { parityDevices, type RaidType } from "../../src/core/dm/targets/raid-words.ts";
import type { SimDevice, SimState } from "../../src/core/sim/dm-state.ts";
import type { TableLine } from "../../src/schema/index.ts";

/**
 * @returns where the sector is kept, as "8:1+4096"; copies joined by "|"; "error", "zero"; "waits" when a
 * device on the way is suspended; "beyond" behind the end
 */
export function whereIs(state: SimState, token: string, sector: number): string {
  const device = byToken(state, token);
  if (!device) return `${token}+${sector}`;
  if (device.suspended) return "waits";
  const line = device.live?.lines.find(({ start, length }) => sector >= start && sector < start + length);
  return line ? through(state, line, sector - line.start) : "beyond";
}

/**
 * Sectors of a device around which its mapping may change: both sides of each border in every table below.
 */
export function interestingSectors(state: SimState, token: string): Set<number> {
  const sectors = new Set<number>();
  for (const line of byToken(state, token)?.live?.lines ?? []) {
    const end = line.start + line.length;
    for (const sector of [line.start, end - 1]) sectors.add(sector);
    if (line.type === "linear") {
      const [child = "", offset = "0"] = line.params.split(" ");
      for (const below of interestingSectors(state, child)) {
        const sector = below - Number(offset) + line.start;
        if (sector >= line.start && sector < end) sectors.add(sector);
      }
    } else {
      for (let part = 1; part < 8; part += 1) sectors.add(line.start + Math.floor((line.length * part) / 8));
    }
  }
  return sectors;
}

function through(state: SimState, { type, params }: TableLine, sector: number): string {
  const words = params.split(" ");
  switch (type) {
    case "linear":
      return whereIs(state, words[0] ?? "", Number(words[1]) + sector);
    case "striped": {
      const count = Number(words[0]);
      const chunk = Number(words[1]);
      const index = Math.floor(sector / chunk) % count;
      const at = Math.floor(sector / chunk / count) * chunk + (sector % chunk);
      return whereIs(state, words[2 + 2 * index] ?? "", Number(words[3 + 2 * index]) + at);
    }
    case "raid": {
      const first = Number(words[1]) + 3;
      const kind = words[0] ?? "";
      const share = kind === "raid1" ? 1 : (words.length - first) / 2 - parityDevices(kind as RaidType);
      const legs = words.slice(first).filter((word, index) => index % 2 === 1 && word !== "-");
      const copies = legs.map((leg) => whereIs(state, leg, Math.floor(sector / share)));
      return together(copies, "|");
    }
    case "mirror": {
      const first = 3 + Number(words[1]);
      const legs = words.slice(first, first + 2 * Number(words[first - 1]));
      const copies = legs.flatMap((word, index) =>
        index % 2 === 0 ? [whereIs(state, word, Number(legs[index + 1]) + sector)] : [],
      );
      return together(copies, "|");
    }
    case "thin": {
      const [pool = "", id = "", origin] = words;
      const device = byToken(state, pool);
      if (device?.suspended) return "waits";
      const [metadata = "", data = ""] = device?.live?.lines[0]?.params.split(" ") ?? [];
      const content = state.pools[byToken(state, metadata)?.uuid ?? ""]?.thins[id];
      const stores = [whereIs(state, metadata, 0), whereIs(state, data, 0)];
      if (origin !== undefined) stores.push(whereIs(state, origin, sector));
      return together([`thin ${id} ${JSON.stringify(content)}+${sector}`, ...stores], " ");
    }
    default:
      return type;
  }
}

/** Where all of it is kept. */
const together = (places: readonly string[], by: string): string =>
  places.includes("waits") ? "waits" : places.join(by);

export function byToken(state: SimState, token: string): SimDevice | undefined {
  return state.devices.find(({ name, minor }) => token === `254:${minor}` || token === `@${name}`);
}
