/**
 * What each device may be at one point of a program: a set of bits by device number, as a tree that is never changed,
 * so that points which differ in few devices share the rest. All is done in about the time that the difference takes.
 */
const FAN = 16;

export interface Possible {
  /** The bits of all devices below. */
  readonly any: number;
  /** In a leaf the bits of each device. */
  readonly bits: Uint8Array | undefined;
  readonly children: readonly Possible[] | undefined;
  /** How many devices stand below each child but the last. */
  readonly each: number;
  /** The latest union with another tree: the same ones meet again and again where ways come together. */
  met: Possible | undefined;
  united: Possible | undefined;
}

/** @param bits of each device, in order */
export function possible(bits: readonly number[]): Possible {
  let level = groups(bits).map((group) => leaf(Uint8Array.from(group)));
  if (level.length === 0) level = [leaf(new Uint8Array(0))];
  while (level.length > 1) level = groups(level).map(inner);
  return level[0] ?? leaf(new Uint8Array(0));
}

/** The bits of one device. */
export function bitsOf(tree: Possible, device: number): number {
  let at = tree;
  let left = device;
  while (at.children) {
    const child = at.children[Math.floor(left / at.each)];
    if (!child) return 0;
    left %= at.each;
    at = child;
  }
  return at.bits?.[left] ?? 0;
}

/** The same with other bits for one device. */
export function withBits(tree: Possible, device: number, value: number): Possible {
  const { bits, children, each } = tree;
  if (!children) {
    if (!bits || bits[device] === value) return tree;
    const changed = bits.slice();
    changed[device] = value;
    return leaf(changed);
  }
  const at = Math.floor(device / each);
  const child = children[at];
  if (!child) return tree;
  const other = withBits(child, device % each, value);
  if (other === child) return tree;
  const changed = children.slice();
  changed[at] = other;
  return inner(changed);
}

/** What may be at either of two points. */
export function union(a: Possible, b: Possible): Possible {
  if (a === b) return a;
  if (a.met === b && a.united) return a.united;
  const united = a.children && b.children ? uniteChildren(a, b) : uniteBits(a, b);
  a.met = b;
  a.united = united;
  return united;
}

/** The first device that has one of the bits. */
export function findBits(tree: Possible, wanted: number): number | undefined {
  if ((tree.any & wanted) === 0) return undefined;
  const { bits, children, each } = tree;
  if (!children) return bits?.findIndex((own) => (own & wanted) !== 0);
  for (const [index, child] of children.entries()) {
    const found = findBits(child, wanted);
    if (found !== undefined) return index * each + found;
  }
  return undefined;
}

function uniteChildren(a: Possible, b: Possible): Possible {
  const mine = a.children ?? [];
  const others = b.children ?? [];
  const children: Possible[] = [];
  let isA = true;
  let isB = true;
  for (let at = 0; at < mine.length; at += 1) {
    const child = mine[at];
    if (!child) continue;
    const other = others[at];
    const both = other ? union(child, other) : child;
    isA &&= both === child;
    isB &&= both === other;
    children.push(both);
  }
  return isA ? a : isB ? b : inner(children);
}

function uniteBits(a: Possible, b: Possible): Possible {
  const mine = a.bits ?? NONE;
  const others = b.bits ?? NONE;
  const bits = mine.slice();
  let isA = true;
  let isB = true;
  for (let at = 0; at < bits.length; at += 1) {
    const both = (mine[at] ?? 0) | (others[at] ?? 0);
    isA &&= both === mine[at];
    isB &&= both === others[at];
    bits[at] = both;
  }
  return isA ? a : isB ? b : leaf(bits);
}

const NONE = new Uint8Array(0);

function leaf(bits: Uint8Array): Possible {
  let any = 0;
  for (let at = 0; at < bits.length; at += 1) any |= bits[at] ?? 0;
  return { any, bits, children: undefined, each: 1, met: undefined, united: undefined };
}

function inner(children: readonly Possible[]): Possible {
  let any = 0;
  for (let at = 0; at < children.length; at += 1) any |= children[at]?.any ?? 0;
  const [first] = children;
  const each = first?.children ? first.each * FAN : FAN;
  return { any, bits: undefined, children, each, met: undefined, united: undefined };
}

function groups<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / FAN) }, (_, index) =>
    all.slice(index * FAN, (index + 1) * FAN),
  );
}
