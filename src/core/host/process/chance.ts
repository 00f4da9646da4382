import { sha256 } from "../../base/bytes.ts";
import { nodeCrypto } from "../../base/node-crypto.ts";
import type { Chance } from "../../port/chance.ts";

/** The machine's randomness, or a stream derived from `--seed`. */
export function hostChance(seed: string | undefined): Chance {
  const bytes = seed === undefined ? (count: number) => nodeCrypto().randomBytes(count) : seededBytes(seed);
  return { bytes, id: () => bytes(16).toString("hex") };
}

function seededBytes(seed: string): (count: number) => Buffer {
  let counter = 0;
  return (count) => {
    const blocks: Buffer[] = [];
    for (let have = 0; have < count; have += 32) {
      blocks.push(sha256(Buffer.from(`${counter++}:${seed}`)));
    }
    return Buffer.concat(blocks).subarray(0, count);
  };
}
