/**
 * What a power cut can leave of an operation on regions, without sampling: every prefix of each disk's log,
 * of the writes that were not written through and that no flush has covered every subset, the last one whole,
 * absent or torn between logical blocks. Disks lose power at moments of their own, so every combination of
 * what they hold is a state of the set. States that differ only in pages which neither the states in force
 * nor their parents reach are one: what is reached decides everything that is read.
 */
import { sha256 } from "../../src/core/base/bytes.ts";
import { decodeRoot } from "../../src/core/replicate/disk/root.ts";
import { decodeSuperblock, type PagePointer } from "../../src/core/replicate/disk/superblock.ts";
import { type Fetch, loadTree } from "../../src/core/replicate/disk/tree.ts";
import { hashesOf } from "../../src/core/replicate/set/bad-pages.ts";
import type { Recorded } from "../../src/core/sim/recording-disks.ts";
import { type Images, PAGE } from "./region-world.ts";

/** How many generations back it matters what can be reached: what lies further is what the ring may take. */
const DEPTH = 1;

type Write = Extract<Recorded, { kind: "write" }>;

/** Everything that one disk may hold after a power cut during `log`. */
export function* crashesOf(before: Buffer, log: readonly Recorded[], block: number): Generator<Buffer> {
  yield Buffer.from(before);
  let durable = Buffer.from(before);
  let pending: Write[] = [];
  for (const entry of log) {
    if (entry.kind === "flush") {
      durable = Buffer.from(durable);
      for (const write of pending) write.bytes.copy(durable, write.offset);
      pending = [];
      continue;
    }
    for (let subset = 0; subset < 2 ** pending.length; subset++) {
      const image = Buffer.from(durable);
      pending.forEach(({ offset, bytes }, n) => {
        if (subset & (1 << n)) bytes.copy(image, offset);
      });
      for (let torn = block; torn < entry.bytes.length; torn += block) {
        const head = Buffer.from(image);
        entry.bytes.copy(head, entry.offset, 0, torn);
        yield head;
        const tail = Buffer.from(image);
        entry.bytes.copy(tail, entry.offset + torn, torn);
        yield tail;
      }
      entry.bytes.copy(image, entry.offset);
      yield image;
    }
    if (entry.through) {
      durable = Buffer.from(durable);
      entry.bytes.copy(durable, entry.offset);
    } else pending = [...pending, entry];
  }
}

/** Names what can be reached in a region: two images with one name are the same to every reader. */
export async function reachable(image: Buffer): Promise<string> {
  const length = image.length / PAGE;
  const parts: string[] = [];
  let superblock: ReturnType<typeof decodeSuperblock>;
  try {
    superblock = decodeSuperblock(image.subarray(0, 512));
  } catch {
    return `corrupt ${sha256(image).toString("hex")}`;
  }
  if (!superblock) return "blank";
  const { regionId, highestTxid, active, shadow } = superblock;
  const pageAt = (page: number) => image.subarray(page * PAGE, (page + 1) * PAGE);
  const good = new Map<string, boolean>();
  // Of a page that fails its hash no reader takes more than that it does.
  const note = (page: number, hash: Buffer | null): boolean => {
    const key = `${page}:${hash?.toString("hex")}`;
    const is = good.get(key) ?? (hash !== null && sha256(pageAt(page)).equals(hash));
    good.set(key, is);
    return is;
  };
  const fetch: Fetch = async (wanted) => {
    if (wanted.filter(({ page, hash }) => !note(page, hash)).length > 0) throw new Error("bad");
    return new Map(wanted.map(({ page }) => [page, pageAt(page)]));
  };
  const follow = async (start: PagePointer | null) => {
    parts.push(start ? `${start.page}:${start.hash.toString("hex")}` : "none");
    let pointer = start;
    for (let step = 0; pointer && step <= DEPTH && note(pointer.page, pointer.hash); step++) {
      try {
        for (const [page, hash] of hashesOf(await loadTree(fetch, pointer, length))) note(page, hash);
      } catch {
        // As far as it could be followed it is noted.
      }
      pointer = decodeRoot(pageAt(pointer.page), length).parent;
    }
  };
  await follow(active);
  await follow(shadow);
  const pages = [...good].map(([key, is]) => `${key}=${is}`).sort();
  return sha256(Buffer.from([regionId, highestTxid, ...parts, ...pages].join(" "))).toString("hex");
}

export interface Crashes {
  /** How many combinations of images there are. */
  readonly combinations: number;
  /** One set of images for each that differs in what can be reached, by its name. */
  readonly distinct: ReadonlyMap<string, Images>;
}

/** Every state of the set after a power cut. */
export async function crashesOfSet(
  before: Images,
  logs: readonly (readonly Recorded[])[],
  block: number,
): Promise<Crashes> {
  let combinations = 1;
  let distinct = new Map<string, Images>([["", []]]);
  for (const [n, image] of before.entries()) {
    const own = new Map<string, Buffer>();
    let count = 0;
    for (const crashed of crashesOf(image, logs[n] ?? [], block)) {
      count += 1;
      const name = await reachable(crashed);
      if (!own.has(name)) own.set(name, crashed);
    }
    combinations *= count;
    const next = new Map<string, Images>();
    for (const [name, images] of distinct)
      for (const [ownName, crashed] of own) next.set(`${name}|${ownName}`, [...images, crashed]);
    distinct = next;
  }
  return { combinations, distinct };
}

/** All combinations one by one, with the names under which crashesOfSet merges them. */
export async function* everyCrashOfSet(
  before: Images,
  logs: readonly (readonly Recorded[])[],
  block: number,
): AsyncGenerator<readonly [name: string, images: Images]> {
  const [image, ...others] = before;
  if (!image) return yield ["", []];
  for (const crashed of crashesOf(image, logs[0] ?? [], block)) {
    const name = await reachable(crashed);
    for await (const [names, images] of everyCrashOfSet(others, logs.slice(1), block))
      yield [`${name}|${names}`, [crashed, ...images]];
  }
}
