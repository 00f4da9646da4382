// Neither Node nor a library inside it is to obey a variable that happens to be set: with NODE_OPTIONS or OPENSSL_CONF
// whoever sets it has his code run by root (sudo -E), and there are dozens. So all are taken away but these.
import { open } from "node:fs/promises";

/** What dvm itself obeys (docs/surroundings.md). */
export const obeyed = ["PATH", "TMPDIR", "XDG_RUNTIME_DIR", "DVM_CONFIG"];

/**
 * The first lines of the bundle. To the kernel it is a shell script, which starts Node with what is left of the
 * environment: once Node runs, it is too late. To Node the second line is a text and a comment.
 */
export const bundleHead = [
  "#!/bin/sh",
  `':' //; exec env -i ${obeyed.map((name) => `\${${name}+"${name}=$${name}"}`).join(" ")} node "$0" "$@"`,
  "",
].join("\n");

/** The first that the bundle does: SIGUSR1 makes Node open its debugger, until something else handles it. */
export const firstStatement = 'process.on("SIGUSR1",()=>{});';

/** The same for the executable: Node is told so when it is packaged. Its arguments are nobody's options either. */
export const seaOptions = { execArgv: ["--disable-sigusr1"], execArgvExtension: "none" };

/**
 * Machine code for x86-64 that an executable of Linux can begin with. The stack is then argc, argv, 0, envp, 0, as the
 * kernel has laid it; registers but rdx and rsp are free. It moves the variables of `obeyed` to the front of envp, ends
 * them with 0 and jumps to where the executable began before. The loader has been there before: LD_* is its business.
 */
const CODE = [
  "f30f1efa", //           endbr64
  "488b0424", //           mov rax, [rsp]
  "488d74c410", //         lea rsi, [rsp+rax*8+16]
  "4889f7", //             mov rdi, rsi
  "488b0e", //    variable: mov rcx, [rsi]
  "4883c608", //           add rsi, 8
  "4885c9", //             test rcx, rcx
  "7437", //               jz done
  "4c8d0538000000", //     lea r8, [names]
  "41803800", //      name: cmp byte [r8], 0
  "74e7", //               je variable
  "4989c9", //             mov r9, rcx
  "418a00", //   character: mov al, [r8]
  "49ffc0", //             inc r8
  "413a01", //             cmp al, [r9]
  "7510", //               jne other
  "49ffc1", //             inc r9
  "3c3d", //               cmp al, '='
  "75ee", //               jne character
  "48890f", //             mov [rdi], rcx
  "4883c708", //           add rdi, 8
  "ebc9", //               jmp variable
  "3c3d", //         other: cmp al, '='
  "74d8", //               je name
  "418a00", //             mov al, [r8]
  "49ffc0", //             inc r8
  "ebf4", //               jmp other
  "48890f", //        done: mov [rdi], rcx
  "e9", //                 jmp to where it began, 4 bytes relative to names
].join("");

const ENTRY = 0x18;
const PROGRAM_HEADERS = 0x20;
const PROGRAM_HEADER_SIZE = 56;
const LOAD = 1;
const READ_EXECUTE = 5;
const PAGE = 4096;

/**
 * Makes an executable begin with that. The code goes where a loaded segment of code ends before its page does: the rest
 * of a page is mapped as well.
 */
export async function keepObeyedOnly(path) {
  const file = await open(path, "r+");
  try {
    const head = Buffer.alloc(PAGE);
    await file.read(head, 0, PAGE, 0);
    const entry = Number(head.readBigUInt64LE(ENTRY));
    const place = await findPlace(file, programHeaders(head));
    const names = Buffer.from(`${obeyed.map((name) => `${name}=`).join("")}\0`, "latin1");
    const code = Buffer.concat([Buffer.from(CODE, "hex"), Buffer.alloc(4), names]);
    const jumpEnd = code.length - names.length;
    code.writeInt32LE(entry - (place.address + jumpEnd), jumpEnd - 4);
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
