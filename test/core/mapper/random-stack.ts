/** Random stacks of dm devices, each with a naive model that maps one sector at a time. */
import type { DmDevice, DmState, TableLine } from "../../../src/schema/index.ts";
import { MemoryDisks } from "./disks.ts";

/** Where one sector lies: on every one of these leaves, or "zero". */
export type Place = readonly { readonly path: string; readonly sector: number }[];

interface Modelled {
  readonly token: string;
  readonly length: number;
  readonly place: (sector: number) => Place;
}

/** Whole numbers in [0, limit), always the same for the same seed. */
export function numbersFrom(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

export function randomStack(seed: number): {
  readonly state: DmState;
  readonly top: string;
  readonly length: number;
  readonly disks: MemoryDisks;
  readonly place: (sector: number) => Place;
} {
  const random = numbersFrom(seed);
  const disks = new MemoryDisks();
  const devices: DmDevice[] = [];
  let made = 0;
  const next = () => {
    made += 1;
    return made;
  };

  const leaf = (length: number): Modelled => {
    const path = `/img/disk ${next()}`;
    disks.add(path, Buffer.alloc((length + random(3)) * 512, `${path}:`));
    return { token: path.replace(" ", "\\ "), length, place: (sector) => [{ path, sector }] };
  };
  const meta = (): string => {
    const path = `/img/meta${next()}`;
    disks.add(path, Buffer.alloc(8192));
    return path;
  };
  /** A device or leaf of at least `length` sectors. */
  const below = (length: number, depth: number): Modelled =>
    depth === 0 || random(3) === 0 ? leaf(length) : device(length, depth - 1);

  const target = (
    length: number,
    depth: number,
  ): { type: string; params: string; place: Modelled["place"] } => {
    const kind = random(6);
    if (kind === 0) return { type: "zero", params: "", place: () => [] };
    if (kind === 1 && length % 6 === 0) {
      const stripes = Array.from({ length: 3 }, () => ({
        start: random(4),
        of: below(length / 3 + 4, depth),
      }));
      const chunk = [1, 2][random(2)] === 2 && length % 6 === 0 ? 2 : 1;
      return {
        type: "striped",
        params: `3 ${chunk} ${stripes.map(({ start, of }) => `${of.token} ${start}`).join(" ")}`,
        place: (sector) => {
          const row = Math.floor(sector / (3 * chunk));
          const column = Math.floor((sector % (3 * chunk)) / chunk);
          const { start, of } = stripes[column] as (typeof stripes)[0];
          return of.place(start + row * chunk + (sector % chunk));
        },
      };
    }
    if (kind === 2 || kind === 3) {
      const legs = Array.from({ length: 2 + random(2) }, () => below(length, 0));
      const places: Modelled["place"] = (sector) => legs.flatMap((leg) => leg.place(sector));
      for (const { place } of legs.slice(1))
        for (let sector = 0; sector < length; sector += 1)
          at(disks, place(sector)[0]).set(at(disks, legs[0]?.place(sector)[0]));
      return kind === 2
        ? {
            type: "raid",
            params: `raid1 1 0 ${legs.length} ${legs.map(({ token }) => `${meta()} ${token}`).join(" ")}`,
            place: places,
          }
        : {
            type: "mirror",
            params:
              `core 1 1024 ${legs.length} ${legs.map(({ token }) => `${token} 0`).join(" ")} 1 ` +
              "handle_errors",
            place: places,
          };
    }
    const start = random(5);
    const of = below(length + start, depth);
    return { type: "linear", params: `${of.token} ${start}`, place: (sector) => of.place(start + sector) };
  };

  const device = (length: number, depth: number): Modelled => {
    const table: TableLine[] = [];
    const places: { begin: number; end: number; place: Modelled["place"] }[] = [];
    for (let begin = 0; begin < length; ) {
      const size = Math.min(length - begin, 1 + random(18));
      const { place, ...line } = target(size, depth);
      table.push({ start: begin, length: size, ...line });
      places.push({ begin, end: begin + size, place });
      begin += size;
    }
    const name = `dev-${next()}`;
    devices.push({ name, uuid: `DVM-${name}`, table });
    return {
      token: `@${name}`,
      length,
      place: (sector) => {
        const hit = places.find(({ begin, end }) => begin <= sector && sector < end);
        if (!hit) throw new Error(`no sector ${sector}`);
        return hit.place(sector - hit.begin);
      },
    };
  };

  const top = device(20 + random(60), 3);
  return { state: { devices }, top: top.token.slice(1), length: top.length, disks, place: top.place };
}

/** The bytes of one sector of a leaf. */
export function at(disks: MemoryDisks, place: Place[number] | undefined): Buffer {
  if (!place) throw new Error("no such place");
  return disks.bytes(place.path).subarray(place.sector * 512, (place.sector + 1) * 512);
}
