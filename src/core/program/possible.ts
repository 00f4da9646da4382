/**
 * What each device may be at one point of a program: a set of bits by device number, as a tree that is never changed,
 * so that points which differ in few devices share the rest. All is done in about the time that the difference takes.
 */
const FAN = 32;

export interface Possible {
  /** The bits of all devices below. */
  readonly any: number;
  /** In a leaf the bits of each device. */
  readonly bits?: Uint8Array;
  readonly children?: readonly Possible[];
}

/** @param bits of each device, in order */
export function possible(bits: readonly number[]): Possible {
  let level = groups(bits).map((group): Possible => leaf(Uint8Array.from(group)));
  if (level.length === 0) level = [leaf(new Uint8Array(0))];
  while (level.length > 1) level = groups(level).map(inner);
  return level[0] ?? leaf(new Uint8Array(0));
}

/** The bits of one device. */
export function bitsOf(tree: Possible, device: number): number {
  const { bits, children } = tree;
  if (!children) return bits?.[device] ?? 0;
  const each = capacity(tree);
  const child = children[Math.floor(device / each)];
  return child ? bitsOf(child, device % each) : 0;
}

/** The same with other bits for one device. */
export function withBits(tree: Possible, device: number, value: number): Possible {
  const { bits, children } = tree;
  if (!children) {
    if (bits?.[device] === value) return tree;
    const changed = Uint8Array.from(bits ?? []);
    changed[device] = value;
    return leaf(changed);
  }
  const each = capacity(tree);
  const at = Math.floor(device / each);
  return inner(
    children.map((child, index) => (index === at ? withBits(child, device % each, value) : child)),
  );
}

/** What may be at either of two points. */
export function union(a: Possible, b: Possible): Possible {
  if (a === b) return a;
  if (!a.children || !b.children) {
    const bits = Uint8Array.from(a.bits ?? [], (each, index) => each | (b.bits?.[index] ?? 0));
    return sameAs(bits, a) ?? sameAs(bits, b) ?? leaf(bits);
  }
  const others = b.children;
  const children = a.children.map((child, index) => {
    const other = others[index];
    return other ? union(child, other) : child;
  });
  if (children.every((child, index) => child === a.children?.[index])) return a;
  if (children.every((child, index) => child === others[index])) return b;
  return inner(children);
}

/** The first device that has one of the bits. */
export function findBits(tree: Possible, wanted: number): number | undefined {
  if ((tree.any & wanted) === 0) return undefined;
  const { bits, children } = tree;
  if (!children) return bits?.findIndex((each) => (each & wanted) !== 0);
  const each = capacity(tree);
  for (const [index, child] of children.entries()) {
    const found = findBits(child, wanted);
    if (found !== undefined) return index * each + found;
  }
  return undefined;
}

/** How many devices stand below each child but the last. */
function capacity({ children }: Possible): number {
  const first = children?.[0];
  return first?.children ? capacity(first) * FAN : FAN;
}

const leaf = (bits: Uint8Array): Possible => ({ any: bits.reduce((all, each) => all | each, 0), bits });

const inner = (children: readonly Possible[]): Possible => ({
  any: children.reduce((all, child) => all | child.any, 0),
  children,
});

const sameAs = (bits: Uint8Array, tree: Possible): Possible | undefined =>
  tree.bits && bits.every((each, index) => each === tree.bits?.[index]) ? tree : undefined;

function groups<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / FAN) }, (_, index) =>
    all.slice(index * FAN, (index + 1) * FAN),
  );
}
