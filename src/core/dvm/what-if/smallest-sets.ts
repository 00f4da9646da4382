/** The most sets that are tried. */
const MOST = 2000;
const LARGEST = 3;

/**
 * The smallest sets of which `loses` says that it is so: no such set has another one in it. Sets of one, two
 * and three are tried, as long as there are not too many of them.
 */
export async function smallestSets<T>(
  all: readonly T[],
  loses: (set: ReadonlySet<T>) => Promise<boolean>,
): Promise<{ readonly sets: readonly (readonly T[])[]; readonly triedUpTo: number }> {
  const sets: (readonly T[])[] = [];
  let spare: readonly (readonly T[])[] = [[]];
  let tried = 0;
  let size = 0;
  while (size < Math.min(LARGEST, all.length)) {
    const next = spare.flatMap((set) => {
      const last = set.length === 0 ? -1 : all.indexOf(set.at(-1) as T);
      return all.slice(last + 1).map((each) => [...set, each]);
    });
    const wanted = next.filter((set) => !sets.some((known) => known.every((each) => set.includes(each))));
    tried += wanted.length;
    if (size > 0 && tried > MOST) break;
    const harmless: (readonly T[])[] = [];
    for (const set of wanted)
      if (await loses(new Set(set))) sets.push(set);
      else harmless.push(set);
    spare = harmless;
    size += 1;
  }
  return { sets, triedUpTo: size };
}
