/**
 * What a kernel does as time passes with a snapshot that is merged: it puts back into the origin what the
 * store has, and forgets it there. A process that uses the simulator does it for those before it.
 */
import { SECTOR, type Sectors, sectorsToBytes } from "../../base/units.ts";
import { isMerge } from "../../dm/snapshot-roles.ts";
import { snapshotMerge } from "../../dm/targets/snapshot-merge.ts";
import { deviceOf, lengthOf } from "../dm-devices.ts";
import type { SimStore } from "../dm-sim.ts";
import type { SimDevice, SimState } from "../dm-state.ts";
import { areaAt, eachPart, readCow } from "./cow-entries.ts";
import type { LeafIo } from "./leaf-access.ts";
import { piecesOf } from "./pieces.ts";

/** Ends all merges. What cannot be read or written here stays as it is. */
export function finishMerges(store: SimStore, io: LeafIo): void {
  store.read((state) => {
    for (const device of state.devices) {
      if (!isMerging(device)) continue;
      try {
        putBack(state, device, io);
      } catch {
        // A kernel would try again, too.
      }
    }
  });
}

const isMerging = ({ live, suspended, status }: SimDevice): boolean =>
  !suspended && !status && (live?.lines.some(({ type }) => isMerge(type)) ?? false);

/** What has been put back is kept before the store forgets it. */
function putBack(state: SimState, { live }: SimDevice, io: LeafIo): void {
  const [line] = live?.lines ?? [];
  if (!line) return;
  const { origin, cow } = snapshotMerge.decodeParams(line.params);
  const below = deviceOf(state, cow)?.live;
  const found = below && readCow(state, cow, lengthOf(below), io.read);
  if (!found || found.entries.length === 0) return;
  const { chunk, entries } = found;
  const tokens = new Set<string>();
  for (const { from, at } of entries) {
    const length = Math.min(chunk, line.length - from * chunk);
    const bytes = Buffer.alloc(sectorsToBytes(length));
    eachPart(piecesAt(state, cow, at * chunk, length), bytes, (piece, part) =>
      io.read(piece.token, piece.start, part),
    );
    eachPart(piecesAt(state, origin, from * chunk, length), bytes, (piece, part) => {
      io.write(piece.token, piece.start, part);
      tokens.add(piece.token);
    });
  }
  for (const token of tokens) io.flush(token);
  // The first entry ends the list: where that is none, there is none.
  const [first] = piecesAt(state, cow, areaAt(0, chunk), 1);
  if (!first) return;
  io.write(first.token, first.start, Buffer.alloc(SECTOR));
  io.flush(first.token);
}

/** @throws Error where it does not lie on disks in a simple way */
function piecesAt(state: SimState, token: string, start: Sectors, length: Sectors) {
  const pieces = piecesOf(state, token, start, length);
  if (!pieces) throw new Error(`${token} is neither linear nor striped`);
  return pieces;
}
