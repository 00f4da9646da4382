import type { NbdExport } from "./export.ts";

/** As many as one answer has at most; the client asks again for what is behind them. */
const MOST_RUNS = 1024;

interface RunOfBytes {
  readonly length: number;
  readonly isHole: boolean;
}

/** What is known of [offset, offset + length) from its beginning on, each run longer than nothing. */
export async function runsOf(
  runAt: NbdExport["runAt"],
  offset: number,
  length: number,
  most: number,
): Promise<RunOfBytes[]> {
  if (!runAt) return [{ length, isHole: false }];
  const runs: RunOfBytes[] = [];
  let done = 0;
  for (let asked = 0; done < length && asked < MOST_RUNS; asked += 1) {
    const run = await runAt(offset + done, length - done);
    const last = runs.at(-1);
    if (last && last.isHole !== run.isHole && runs.length >= most) break;
    done += run.length;
    if (last?.isHole === run.isHole) runs.splice(-1, 1, { ...run, length: last.length + run.length });
    else runs.push(run);
  }
  return runs;
}
