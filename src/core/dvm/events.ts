/** Tells of each change of a VG, as a line of JSON, until the process is asked to end. Nothing is locked. */
import { checkDocument } from "../../schema/index.ts";
import { DvmError, toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { type RowChange, rowChanges } from "./row-changes.ts";
import { rowsOf } from "./rows-of.ts";
import { findAnyVg, type Where } from "./vg.ts";

export interface EventsOptions extends Where {
  readonly intervalMs: number;
}

type Row = Readonly<Record<string, unknown>>;

const COLUMNS = {
  vg: "id,name,size,free,availability,missing,tags",
  pv: "id,path,state,size,free,missing,tags",
  lv: "id,name,type,size,state,sync,fill,metaFill,availability,problems,work,tags",
} as const;
type Subject = keyof typeof COLUMNS;
const SUBJECTS = Object.keys(COLUMNS) as Subject[];

export async function tellEvents(sys: Sys, { intervalMs, ...where }: EventsOptions): Promise<void> {
  const { vg } = await findAnyVg(sys, where);
  let isOver = false;
  sys.ending.asked().then(() => {
    isOver = true;
  });
  const out = await sys.files.openSink("-");
  const tell = (event: object) => out.write(lineOf({ time: sys.clock.now(), ...event }));
  let seen = await look(sys, where);
  await tell({ event: "watching", subject: "vg", id: vg.id, name: vg.name });
  let trouble: string | undefined;
  while (!isOver) {
    await sys.clock.sleep(intervalMs);
    const now = await look(sys, where).catch((thrown: unknown) => toDvmError(thrown));
    if (now instanceof DvmError) {
      if (now.code === "BUG") throw now;
      // Once for as long as it lasts: somebody changes it, or its devices are away.
      if (now.code !== trouble) await tell({ event: "unreadable", code: now.code, message: now.message });
      trouble = now.code;
      continue;
    }
    if (trouble !== undefined) await tell({ event: "readable" });
    trouble = undefined;
    for (const subject of SUBJECTS)
      for (const change of rowChanges(seen[subject], now[subject])) await tell(eventOf(subject, change));
    seen = now;
  }
  await out.finish();
}

const lineOf = (event: object): Buffer =>
  Buffer.from(`${JSON.stringify(checkDocument("event", event, "of a VG"))}\n`);

const eventOf = (subject: Subject, { event, changes, ...rest }: RowChange): object => ({
  event,
  subject,
  ...rest,
  ...(event === "changed" && { changes }),
});

async function look(sys: Sys, where: Where): Promise<Readonly<Record<Subject, readonly Row[]>>> {
  const of = (subject: Subject) => rowsOf<Row>(sys, where, subject, COLUMNS[subject]);
  return { vg: await of("vg"), pv: await of("pv"), lv: await of("lv") };
}
