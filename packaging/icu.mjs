// Node has the data of ICU for all languages in it, 33 MB. dvm speaks one: what else there is goes.

const HEADER_MAGIC = Buffer.from([0xda, 0x27]);
const FORMAT = Buffer.from("CmnD");
const ALIGNMENT = 16;

/** Of no language. */
const OF_NONE = ["root.res", "en.res", "en_US.res", "en_US_POSIX.res", "pool.res", "res_index.res"];

/**
 * Where the data of ICU begins in a file: the header of its table of contents (struct UDataInfo of udata.h: size,
 * magic, and from 12 on the format). @returns -1 when it is not there
 */
export function findIcu(file) {
  for (let at = file.indexOf(FORMAT); at >= 0; at = file.indexOf(FORMAT, at + 1))
    if (at >= 12 && file.subarray(at - 10, at - 8).equals(HEADER_MAGIC)) return at - 12;
  return -1;
}

/**
 * Writes the data anew in its place without what belongs to languages other than English, to character sets that Node
 * does not read itself, and to breaking text where there are no spaces. What follows is zeros.
 * @param {Buffer} file an executable of Node, changed in place
 * @returns {{ from: number, to: number }} how many bytes there were and are
 */
export function trimIcu(file) {
  const begin = findIcu(file);
  if (begin < 0) throw new Error("packaging: there is no ICU data in this Node");
  const table = begin + file.readUInt16LE(begin);
  const items = itemsOf(file, table);
  const from = items.at(-1).end - begin;
  const kept = items.filter(({ name }) => isKept(name));
  const made = Buffer.concat([file.subarray(begin, table), tableOf(file, kept)]);
  if (made.length > from) throw new Error("packaging: the ICU data has grown");
  file.fill(0, begin, begin + from);
  made.copy(file, begin);
  return { from, to: made.length };
}

/** A count, and for each item where its name and its bytes begin, counted from the table. */
function itemsOf(file, table) {
  const count = file.readUInt32LE(table);
  if (count < 100 || count > 100_000) throw new Error(`packaging: ${count} items of ICU data`);
  const starts = Array.from({ length: count }, (_, index) => {
    const entry = table + 4 + 8 * index;
    const nameAt = table + file.readUInt32LE(entry);
    return {
      name: file.toString("latin1", nameAt, file.indexOf(0, nameAt)),
      start: table + file.readUInt32LE(entry + 4),
    };
  });
  return starts.map((item, index) => ({ ...item, end: starts[index + 1]?.start ?? endOf(file, item.start) }));
}

/** A resource bundle says how long it is: after its header the fourth of its indexes, in words (uresdata.h). */
function endOf(file, start) {
  const body = start + file.readUInt16LE(start);
  return body + file.readUInt32LE(body + 4 + 3 * 4) * 4;
}

function isKept(name) {
  const path = name.slice(name.indexOf("/") + 1);
  const file = path.slice(path.lastIndexOf("/") + 1);
  if (path.endsWith(".cnv") || path.startsWith("translit/") || path.startsWith("rbnf/"))
    return path === "translit/root.res";
  if (/dict|lstm/.test(file)) return false;
  return !file.endsWith(".res") || OF_NONE.includes(file) || !/^[a-z]{2,3}(_[A-Za-z0-9]+)*\.res$/.test(file);
}

function tableOf(file, items) {
  const names = items.map(({ name }) => Buffer.from(`${name}\0`, "latin1"));
  const head = 4 + 8 * items.length;
  const aligned = (at) => Math.ceil(at / ALIGNMENT) * ALIGNMENT;
  let nameAt = head;
  let dataAt = aligned(head + names.reduce((sum, { length }) => sum + length, 0));
  const last = items.reduce((at, { start, end }) => aligned(at) + end - start, dataAt);
  const made = Buffer.alloc(last);
  made.writeUInt32LE(items.length, 0);
  for (const [index, { start, end }] of items.entries()) {
    made.writeUInt32LE(nameAt, 4 + 8 * index);
    nameAt += names[index].copy(made, nameAt);
    dataAt = aligned(dataAt);
    made.writeUInt32LE(dataAt, 8 + 8 * index);
    dataAt += file.copy(made, dataAt, start, end);
  }
  return made;
}
