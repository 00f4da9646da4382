/**
 * The fixed newstyle handshake: what the server says first, and its answer to each option, until the client
 * has chosen an export or is gone. It does no I/O: it yields what it wants of whoever does.
 */
import type { NbdExport } from "./export.ts";
import {
  FLAG,
  HANDSHAKE,
  IHAVEOPT,
  INFO,
  MAX_REQUEST,
  NBDMAGIC,
  OPT,
  OPTION_REPLY_MAGIC,
  REP,
} from "./layout.ts";
import { u16, u32, u64 } from "./numbers.ts";
import { OptionData } from "./option-data.ts";

/** What it wants next: so many bytes of the client's, bytes sent to it, the list of names, or an export. */
export type Want =
  | { readonly take: number }
  | { readonly send: Buffer }
  | { readonly names: true }
  | { readonly find: string };
type Got = Buffer | readonly string[] | NbdExport | undefined;

export interface Chosen {
  readonly export: NbdExport;
  readonly structured: boolean;
  /** The client may ask for base:allocation. */
  readonly hasContext: boolean;
}

type Steps<T> = Generator<Want, T, Got>;

/** More than any option of ours has: a client that sends such is not talked to. */
const MOST_DATA = 1 << 16;
/** Nobody asks so often. */
const MOST_OPTIONS = 1024;
const CONTEXT = "base:allocation";
export const CONTEXT_ID = 1;
const PREFERRED_BLOCK = 4096;

interface Agreed {
  structured: boolean;
  /** The export for which the context was asked. */
  contextOf: string | undefined;
  noZeroes: boolean;
}

/** @returns undefined when the connection ends here */
export function* negotiate(): Steps<Chosen | undefined> {
  const flags = HANDSHAKE.FIXED_NEWSTYLE | HANDSHAKE.NO_ZEROES;
  yield { send: Buffer.concat([u64(NBDMAGIC), u64(IHAVEOPT), u16(flags)]) };
  const theirs = (yield* take(4)).readUInt32BE(0);
  if ((theirs & ~flags) !== 0) return undefined;
  const noZeroes = (theirs & HANDSHAKE.NO_ZEROES) !== 0;
  const agreed: Agreed = { structured: false, contextOf: undefined, noZeroes };
  for (let count = 0; count < MOST_OPTIONS; count += 1) {
    const head = yield* take(16);
    const [option, length] = [head.readUInt32BE(8), head.readUInt32BE(12)];
    if (head.readBigUInt64BE(0) !== IHAVEOPT || length > MOST_DATA) return undefined;
    const data = new OptionData(yield* take(length));
    if (option === OPT.EXPORT_NAME) return yield* exportName(data, agreed);
    if (option === OPT.ABORT) {
      yield reply(option, REP.ACK);
      return undefined;
    }
    const chosen = yield* answer(option, data, agreed);
    if (chosen) return chosen;
  }
  return undefined;
}

function* answer(option: number, data: OptionData, agreed: Agreed): Steps<Chosen | undefined> {
  switch (option) {
    case OPT.LIST:
      yield* list(data);
      return undefined;
    case OPT.INFO:
    case OPT.GO:
      return yield* infoOrGo(option, data, agreed);
    case OPT.STRUCTURED_REPLY:
      if (data.isEmpty) agreed.structured = true;
      yield reply(option, data.isEmpty ? REP.ACK : REP.ERR_INVALID);
      return undefined;
    case OPT.LIST_META_CONTEXT:
    case OPT.SET_META_CONTEXT:
      yield* metaContext(option, data, agreed);
      return undefined;
    default:
      yield reply(option, REP.ERR_UNSUP);
      return undefined;
  }
}

function* list(data: OptionData): Steps<void> {
  if (!data.isEmpty) return yield* refuse(OPT.LIST, REP.ERR_INVALID);
  for (const name of (yield { names: true }) as readonly string[]) {
    const bytes = Buffer.from(name);
    yield reply(OPT.LIST, REP.SERVER, u32(bytes.length), bytes);
  }
  yield reply(OPT.LIST, REP.ACK);
}

function* exportName(data: OptionData, agreed: Agreed): Steps<Chosen | undefined> {
  const name = data.rest();
  const found = yield* find(name);
  if (!found) return undefined;
  const head = [u64(BigInt(found.size)), u16(flagsOf(found, agreed))];
  yield { send: Buffer.concat([...head, Buffer.alloc(agreed.noZeroes ? 0 : 124)]) };
  return chosen(found, name, agreed);
}

function* infoOrGo(option: number, data: OptionData, agreed: Agreed): Steps<Chosen | undefined> {
  const name = data.text();
  const count = data.u16() ?? 0;
  const wanted = Array.from({ length: Math.min(count, MOST_DATA) }, () => data.u16());
  if (name === undefined || wanted.includes(undefined) || !data.isEmpty) {
    yield reply(option, REP.ERR_INVALID);
    return undefined;
  }
  const found = yield* find(name);
  if (!found) {
    yield reply(option, REP.ERR_UNKNOWN, Buffer.from("no such export, or it cannot be read"));
    return undefined;
  }
  yield reply(option, REP.INFO, u16(INFO.EXPORT), u64(BigInt(found.size)), u16(flagsOf(found, agreed)));
  if (wanted.includes(INFO.NAME)) yield reply(option, REP.INFO, u16(INFO.NAME), Buffer.from(name));
  const blocks = [found.logicalBlockSize, Math.max(found.logicalBlockSize, PREFERRED_BLOCK), MAX_REQUEST];
  yield reply(option, REP.INFO, u16(INFO.BLOCK_SIZE), ...blocks.map(u32));
  yield reply(option, REP.ACK);
  return option === OPT.GO ? chosen(found, name, agreed) : undefined;
}

function* metaContext(option: number, data: OptionData, agreed: Agreed): Steps<void> {
  const isSet = option === OPT.SET_META_CONTEXT;
  if (isSet) agreed.contextOf = undefined;
  const name = data.text();
  const count = data.u32() ?? 0;
  const queries: string[] = [];
  for (let query: string | undefined; queries.length < count; queries.push(query)) {
    query = data.text();
    if (query === undefined) return yield* refuse(option, REP.ERR_INVALID);
  }
  if (!agreed.structured || name === undefined || !data.isEmpty)
    return yield* refuse(option, REP.ERR_INVALID);
  if (!(yield* find(name))) return yield* refuse(option, REP.ERR_UNKNOWN);
  const isMeant =
    queries.includes(CONTEXT) || (!isSet && (queries.length === 0 || queries.includes("base:")));
  if (isMeant) yield reply(option, REP.META_CONTEXT, u32(isSet ? CONTEXT_ID : 0), Buffer.from(CONTEXT));
  if (isMeant && isSet) agreed.contextOf = name;
  yield reply(option, REP.ACK);
}

const chosen = (found: NbdExport, name: string, { structured, contextOf }: Agreed): Chosen => ({
  export: found,
  structured,
  hasContext: structured && contextOf === name,
});

function* find(name: string): Steps<NbdExport | undefined> {
  return (yield { find: name }) as NbdExport | undefined;
}

function* take(length: number): Steps<Buffer> {
  return (yield { take: length }) as Buffer;
}

function* refuse(option: number, type: number): Steps<void> {
  yield reply(option, type);
}

/** All clients share one device without a cache of their own, so a flush of one is one of all. */
function flagsOf({ isReadOnly }: NbdExport, { structured }: Agreed): number {
  const forWriting = FLAG.SEND_FUA | FLAG.SEND_TRIM | FLAG.SEND_WRITE_ZEROES;
  return (
    FLAG.HAS_FLAGS |
    FLAG.SEND_FLUSH |
    FLAG.CAN_MULTI_CONN |
    (isReadOnly ? FLAG.READ_ONLY : forWriting) |
    (structured ? FLAG.SEND_DF : 0)
  );
}

function reply(option: number, type: number, ...data: readonly Buffer[]): Want {
  const all = Buffer.concat(data);
  return { send: Buffer.concat([u64(OPTION_REPLY_MAGIC), u32(option), u32(type), u32(all.length), all]) };
}
