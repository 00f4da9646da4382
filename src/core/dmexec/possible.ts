/**
 * What each device may be at one point of a program: a set of bits by device number, as a tree that is never
 * changed, so that points which differ in few devices share the rest. What is equal is there once, whichever
 * devices it stands for, and trees are numbers: most programs do the same with one device after the other,
 * and make hardly any new nodes.
 */
/** The number of a tree. Equal trees have the same one. */
export type Possible = number;

/** Children of a node; words of a leaf, which have the bits of as many devices, a byte each. */
const FAN = 4;
const SHIFT = 2;
const DEVICES_SHIFT = 4;
/** Of a node: its children or words, then the bits of all devices below and, from bit 8 on, its level. */
const NODE_WORDS = FAN + 1;
const ANY = 0xff;
/** Unions that are kept, by what is united: the same ones meet again and again where ways come together. */
const UNIONS = 1 << 10;

// V8 interprets most of this, and there a call takes longer than what it does: what is done most often is
// written out.
export class PossibleTrees {
  /** Of the root; a leaf has 0. */
  readonly #levels: number;
  #nodes: Int32Array<ArrayBuffer>;
  #count = 0;
  /** 1 + the number of a node, or 0, by hash; at most half of it is taken. */
  #index: Int32Array<ArrayBuffer>;
  readonly #unions = new Int32Array(3 * UNIONS).fill(-1);

  /** @param devices how many there are */
  constructor(devices: number) {
    let levels = 0;
    while (devices > 1 << (DEVICES_SHIFT + SHIFT * levels)) levels += 1;
    this.#levels = levels;
    // Most programs make about ten nodes for each device. What is not needed takes no memory.
    let nodes = 1 << 8;
    while (nodes < 12 * devices) nodes *= 2;
    this.#nodes = new Int32Array(NODE_WORDS * nodes);
    this.#index = new Int32Array(2 * nodes);
  }

  /** A tree of the bits of each device, in order. */
  tree(bits: Uint8Array): Possible {
    const build = (level: number, first: number): number => {
      if (level === 0) {
        const word = (at: number): number => {
          const from = first + FAN * at;
          return (
            (bits[from] ?? 0) |
            ((bits[from + 1] ?? 0) << 8) |
            ((bits[from + 2] ?? 0) << 16) |
            ((bits[from + 3] ?? 0) << 24)
          );
        };
        return this.#node(0, word(0), word(1), word(2), word(3));
      }
      const each = 1 << (DEVICES_SHIFT + SHIFT * (level - 1));
      const child = (at: number): number => build(level - 1, first + at * each);
      return this.#node(level, child(0), child(1), child(2), child(3));
    };
    return build(this.#levels, 0);
  }

  /** The bits of all devices. */
  any(tree: Possible): number {
    return (this.#nodes[NODE_WORDS * tree + FAN] as number) & ANY;
  }

  /** The bits of one device. */
  bitsOf(tree: Possible, device: number): number {
    const nodes = this.#nodes;
    let at = tree;
    for (let level = this.#levels; level >= 0; level -= 1)
      at = nodes[NODE_WORDS * at + ((device >>> (SHIFT * (level + 1))) & (FAN - 1))] as number;
    return (at >>> (8 * (device & 3))) & ANY;
  }

  /** The same with other bits for one device. */
  withBits(tree: Possible, device: number, value: number): Possible {
    return this.#replaced(this.#levels, tree, device, value);
  }

  /** What may be at either of two points. */
  union(a: Possible, b: Possible): Possible {
    return a === b ? a : this.#united(this.#levels, a, b);
  }

  /** The first device that has one of the bits. */
  findBits(tree: Possible, wanted: number): number | undefined {
    if ((this.any(tree) & wanted) === 0) return undefined;
    let at = tree;
    let device = 0;
    for (let level = this.#levels; level > 0; level -= 1) {
      let child = 0;
      while ((this.any(this.#word(at, child)) & wanted) === 0) child += 1;
      device = device * FAN + child;
      at = this.#word(at, child);
    }
    device *= FAN * FAN;
    while (((this.#word(at, (device >>> SHIFT) & 3) >>> (8 * (device & 3))) & wanted) === 0) device += 1;
    return device;
  }

  #replaced(level: number, node: number, device: number, value: number): number {
    const nodes = this.#nodes;
    const from = NODE_WORDS * node;
    const at = (device >>> (SHIFT * (level + 1))) & (FAN - 1);
    const old = nodes[from + at] as number;
    const shift = 8 * (device & 3);
    const changed =
      level === 0
        ? (old & ~(ANY << shift)) | (value << shift)
        : this.#replaced(level - 1, old, device, value);
    return this.#node(
      level,
      at === 0 ? changed : (nodes[from] as number),
      at === 1 ? changed : (nodes[from + 1] as number),
      at === 2 ? changed : (nodes[from + 2] as number),
      at === 3 ? changed : (nodes[from + 3] as number),
    );
  }

  #united(level: number, one: number, other: number): number {
    const nodes = this.#nodes;
    const mine = NODE_WORDS * one;
    const their = NODE_WORDS * other;
    let a = nodes[mine] as number;
    let b = nodes[mine + 1] as number;
    let c = nodes[mine + 2] as number;
    let d = nodes[mine + 3] as number;
    const theirA = nodes[their] as number;
    const theirB = nodes[their + 1] as number;
    const theirC = nodes[their + 2] as number;
    const theirD = nodes[their + 3] as number;
    if (level === 0) return this.#node(0, a | theirA, b | theirB, c | theirC, d | theirD);
    const unions = this.#unions;
    const place = 3 * ((Math.imul(one, 0x9e3779b1) ^ Math.imul(other, 0x85ebca6b)) >>> 22);
    if (unions[place] === one && unions[place + 1] === other) return unions[place + 2] as number;
    if (a !== theirA) a = this.#united(level - 1, a, theirA);
    if (b !== theirB) b = this.#united(level - 1, b, theirB);
    if (c !== theirC) c = this.#united(level - 1, c, theirC);
    if (d !== theirD) d = this.#united(level - 1, d, theirD);
    const both = this.#node(level, a, b, c, d);
    unions[place] = one;
    unions[place + 1] = other;
    unions[place + 2] = both;
    return both;
  }

  /** The one that there is, or a new one. */
  #node(level: number, a: number, b: number, c: number, d: number): number {
    const nodes = this.#nodes;
    const index = this.#index;
    const mask = index.length - 1;
    for (let place = hashOf(a, b, c, d) & mask; ; place = (place + 1) & mask) {
      const known = (index[place] as number) - 1;
      if (known < 0) {
        index[place] = this.#count + 1;
        return this.#add(level, a, b, c, d);
      }
      const at = known * NODE_WORDS;
      if (
        nodes[at] === a &&
        nodes[at + 1] === b &&
        nodes[at + 2] === c &&
        nodes[at + 3] === d &&
        (nodes[at + FAN] as number) >>> 8 === level
      )
        return known;
    }
  }

  #add(level: number, a: number, b: number, c: number, d: number): number {
    let any = a | b | c | d;
    if (level > 0) any = this.any(a) | this.any(b) | this.any(c) | this.any(d);
    else any |= (any >>> 8) | (any >>> 16) | (any >>> 24);
    if (NODE_WORDS * (this.#count + 1) > this.#nodes.length) this.#nodes = twice(this.#nodes);
    const node = this.#count;
    const at = NODE_WORDS * node;
    this.#nodes[at] = a;
    this.#nodes[at + 1] = b;
    this.#nodes[at + 2] = c;
    this.#nodes[at + 3] = d;
    this.#nodes[at + FAN] = (level << 8) | (any & ANY);
    this.#count += 1;
    if (2 * this.#count > this.#index.length) this.#indexAnew();
    return node;
  }

  #indexAnew(): void {
    const index = new Int32Array(2 * this.#index.length);
    const mask = index.length - 1;
    for (let node = 0; node < this.#count; node += 1) {
      const word = (at: number): number => this.#word(node, at);
      let place = hashOf(word(0), word(1), word(2), word(3)) & mask;
      while (index[place] !== 0) place = (place + 1) & mask;
      index[place] = node + 1;
    }
    this.#index = index;
  }

  #word(node: number, at: number): number {
    return this.#nodes[NODE_WORDS * node + at] as number;
  }
}

const hashOf = (a: number, b: number, c: number, d: number): number => {
  const hash = Math.imul(
    Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f),
    0x165667b1,
  );
  return hash ^ (hash >>> 15);
};

function twice(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
