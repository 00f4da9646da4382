/**
 * The field of 256 elements in which raid6 reckons: polynomials over GF(2) modulo x^8 + x^4 + x^3 + x^2 + 1,
 * generator x (H. P. Anvin, "The mathematics of RAID-6"; Linux lib/raid6). Adding is xor.
 */
const POLYNOMIAL = 0x11d;
const ORDER = 255;

const powers = new Uint8Array(ORDER);
const logarithms = new Uint8Array(256);
for (let power = 0, value = 1; power < ORDER; power += 1) {
  powers[power] = value;
  logarithms[value] = power;
  value <<= 1;
  if (value > 255) value ^= POLYNOMIAL;
}

/** The generator to that power. */
export const powerOf = (power: number): number => powers[power % ORDER] as number;

export const multiply = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : powerOf((logarithms[a] as number) + (logarithms[b] as number));

/** @param a not 0 */
export const inverse = (a: number): number => powerOf(ORDER - (logarithms[a] as number));

/** Adds `factor` times each byte of `from` to `to`. */
export function addTimes(to: Uint8Array, factor: number, from: Uint8Array): void {
  if (factor === 1) {
    for (let at = 0; at < to.length; at += 1) (to[at] as number) ^= from[at] as number;
    return;
  }
  const products = productsOf(factor);
  for (let at = 0; at < to.length; at += 1) (to[at] as number) ^= products[from[at] as number] as number;
}

const known = new Map<number, Uint8Array>();

function productsOf(factor: number): Uint8Array {
  const products =
    known.get(factor) ?? Uint8Array.from({ length: 256 }, (_, value) => multiply(factor, value));
  known.set(factor, products);
  return products;
}
