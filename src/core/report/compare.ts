/**
 * Order of texts for people, the same on every machine: runs of digits by their value, so that lv9 stands
 * before lv10, all else by code unit. Texts that are equal so far as that goes are ordered by code unit.
 */
export function compareText(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)];
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i += 1) {
    const order = comparePiece(left[i] ?? "", right[i] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length || byCodeUnit(a, b);
}

const pieces = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];

function comparePiece(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return byCodeUnit(a, b);
  const [x, y] = [a.replace(/^0+/, ""), b.replace(/^0+/, "")];
  return x.length - y.length || byCodeUnit(x, y);
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
