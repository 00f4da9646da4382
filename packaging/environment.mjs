// Neither Node nor a library inside it is to obey a variable that happens to be set: with NODE_OPTIONS or OPENSSL_CONF
// whoever sets it has his code run by root (sudo -E), and there are dozens. So all are taken away but these.
import { open, readFile } from "node:fs/promises";

/** What dvm itself obeys (docs/surroundings.md). */
export const obeyed = ["PATH", "TMPDIR", "XDG_RUNTIME_DIR", "DVM_CONFIG"];

const NO_STDOUT = "dvm: stdout is closed: send what is not wanted to /dev/null [IO]";

/** A pattern of sh's for every number with fewer digits than that. */
const shorterThan = (digits) =>
  Array.from({ length: digits - 1 }, (_, more) => `[0-9]${"?".repeat(more)}`).join("|");

/** Ends the shell where the limit of this letter, in KiB, has fewer digits than that. */
const refuseBelow = (letter, digits, least, limit) =>
  `case $(ulimit -${letter}) in ${shorterThan(digits)}) ` +
  `echo "dvm: less than ${least}: raise its limit (ulimit -${letter}, ${limit}=) [IO]" >&2; exit 1;; esac`;

/** Below these Node ends in its own words, crashes, or waits for ever. In units of ulimit. */
const LIMITS = [
  `case $(ulimit -n) in ?|[12]?|3[01]) ulimit -Sn "$(ulimit -Hn)"; case $(ulimit -n) in ?|[12]?|3[01]) ` +
    // By another shell: this one cannot lead its own output elsewhere with so few.
    `/bin/sh -c 'echo "$0" >&2' "dvm: fewer than 32 open files are allowed: raise their limit (ulimit -n, LimitNOFILE=) [IO]"; exit 1;; esac;; esac`,
  refuseBelow("v", 7, "1 GB of address space", "LimitAS"),
  refuseBelow("d", 7, "1 GB of data", "LimitDATA"),
  refuseBelow("s", 4, "1 MB of stack", "LimitSTACK"),
].join("; ");

/**
 * Where Node would put its debugger when SIGUSR1 comes before the first statement of the bundle: no machine has this
 * address, so it fails. Node 20 has no option to do without.
 */
const NOWHERE = "240.0.0.1:0";

/**
 * MiB of room for new objects, which locked sections want (docs/memory-locking.md): V8's own most on a machine with much
 * memory, and less on others. It is taken only when it is needed.
 */
const ROOM = "--max-semi-space-size=16";

/**
 * The first lines of the bundle. To the kernel it is a shell script, which starts Node with what is left of the
 * environment: once Node runs, it is too late. To Node the second line is a text and a comment.
 */
export const bundleHead = [
  "#!/bin/sh",
  // Where stdout is closed Node opens /dev/null in its place, and a result would be lost unseen. What stands at /dev/null
  // is not opened here: opening a FIFO would wait.
  `':' //; ${LIMITS}; { true 3>&1; } 2>&- || { echo "${NO_STDOUT}" >&2; exit 1; }; exec env -i ${obeyed.map((name) => `\${${name}+"${name}=$${name}"}`).join(" ")} node --inspect-port=${NOWHERE} ${ROOM} "$0" "$@"`,
  "",
].join("\n");

/** The first that the bundle does: SIGUSR1 makes Node open its debugger, until something else handles it. */
export const firstStatement = 'process.on("SIGUSR1",()=>{});';

/** The same for the executable: Node is told so when it is packaged. Its arguments are nobody's options either. */
export const seaOptions = { execArgv: ["--disable-sigusr1", ROOM], execArgvExtension: "none" };

/** Machine code for x86-64: entry.s, assembled. Its last 8 bytes are how far from its end the executable began before. */
const CODE = new URL("./entry.hex", import.meta.url);

const ENTRY = 0x18;
const PROGRAM_HEADERS = 0x20;
const PROGRAM_HEADER_SIZE = 56;
const LOAD = 1;
const READ_EXECUTE = 5;
const PAGE = 4096;

/**
 * Makes an executable begin with that, and with a look at what V8 and Node need, lest they end in their own words. The
 * code goes where a loaded segment of code ends before its page does: the rest
 * of a page is mapped as well.
 */
export async function beginWithEntry(path) {
  const file = await open(path, "r+");
  try {
    const head = Buffer.alloc(PAGE);
    await file.read(head, 0, PAGE, 0);
    const entry = Number(head.readBigUInt64LE(ENTRY));
    const place = await findPlace(file, programHeaders(head));
    const names = Buffer.from(`${obeyed.map((name) => `${name}=`).join("")}\0`, "latin1");
    const machineCode = Buffer.from((await readFile(CODE, "latin1")).replaceAll("\n", ""), "hex");
    machineCode.writeBigInt64LE(BigInt(entry - (place.address + machineCode.length)), machineCode.length - 8);
    const code = Buffer.concat([machineCode, names]);
    if (code.length > place.room) throw new Error(`packaging: ${place.room} bytes of room are too few`);
    await file.write(code, 0, code.length, place.offset);
    head.writeBigUInt64LE(BigInt(place.size + code.length), place.header + 32);
    head.writeBigUInt64LE(BigInt(place.size + code.length), place.header + 40);
    head.writeBigUInt64LE(BigInt(place.address), ENTRY);
    await file.write(head, 0, PAGE, 0);
  } finally {
    await file.close();
  }
}

/** Where each loaded segment stands in the file and in memory. */
function programHeaders(head) {
  const first = Number(head.readBigUInt64LE(PROGRAM_HEADERS));
  const all = Array.from({ length: head.readUInt16LE(0x38) }, (_, at) => first + at * PROGRAM_HEADER_SIZE);
  return all
    .filter((header) => head.readUInt32LE(header) === LOAD)
    .map((header) => ({
      header,
      flags: head.readUInt32LE(header + 4),
      offset: Number(head.readBigUInt64LE(header + 8)),
      address: Number(head.readBigUInt64LE(header + 16)),
      size: Number(head.readBigUInt64LE(header + 32)),
    }));
}

/** The rest of a page of code that nothing has been laid into. */
async function findPlace(file, segments) {
  const places = segments
    .filter(({ flags, offset, size }) => {
      const end = Math.ceil((offset + size) / PAGE) * PAGE;
      return (
        flags === READ_EXECUTE && segments.every((other) => other.offset <= offset || other.offset >= end)
      );
    })
    .map(({ header, offset, address, size }) => {
      const skip = -(offset + size) & 15;
      const room = (-(offset + size) & (PAGE - 1)) - skip;
      return {
        header,
        size: size + skip,
        offset: offset + size + skip,
        address: address + size + skip,
        room,
      };
    })
    .sort((a, b) => b.room - a.room);
  for (const place of places) {
    const { buffer } = await file.read(Buffer.alloc(Math.max(place.room, 0)), 0, place.room, place.offset);
    if (place.room > 0 && buffer.every((byte) => byte === 0)) return place;
  }
  throw new Error("packaging: no room for code in the executable");
}
