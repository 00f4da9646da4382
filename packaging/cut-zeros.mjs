import { LOAD, PAGE, programHeaders, writeProgramHeaders } from "./elf.mjs";
import { findIcu } from "./icu.mjs";

/** Less is not worth while. */
const LEAST = 1 << 20;
const ZEROS = Buffer.alloc(PAGE);

/**
 * Takes the zeros out of a packaged executable that trimIcu has left. The loaded segment that they are in becomes two,
 * whose addresses are as before: to the program there is a hole where nothing ever looks. On disk, and in the memory
 * that an initramfs takes, that is a quarter of the executable.
 * @param {Buffer} file
 * @returns {Buffer} the file without them
 */
export function cutZeros(file) {
  const { cutFrom, cutTo } = zeroPages(file, findIcu(file));
  const length = cutTo - cutFrom;
  const headers = programHeaders(file).flatMap((header) => {
    const { type, offset, filesz, memsz } = header;
    const isAround = offset <= cutFrom && cutTo <= offset + filesz;
    if (type === LOAD && isAround) {
      const skipped = cutTo - offset;
      return [
        { ...header, filesz: cutFrom - offset, memsz: cutFrom - offset },
        {
          ...header,
          offset: cutFrom,
          vaddr: header.vaddr + skipped,
          paddr: header.paddr + skipped,
          filesz: filesz - skipped,
          memsz: memsz - skipped,
        },
      ];
    }
    if (offset < cutTo && offset + filesz > cutFrom)
      throw new Error("packaging: another segment is in the way");
    return [offset >= cutTo ? { ...header, offset: offset - length } : header];
  });
  if (headers.length !== programHeaders(file).length + 1)
    throw new Error("packaging: the zeros are in no segment, or in several");
  const made = Buffer.concat([file.subarray(0, cutFrom), file.subarray(cutTo)]);
  writeProgramHeaders(made, headers);
  return made;
}

/** The first pages of zeros behind a place, as many as follow one another. */
function zeroPages(file, behind) {
  const isZero = (at) => file.compare(ZEROS, 0, PAGE, at, at + PAGE) === 0;
  for (let at = Math.ceil(Math.max(behind, 0) / PAGE) * PAGE; at + PAGE <= file.length; at += PAGE) {
    if (!isZero(at)) continue;
    let end = at;
    while (end + PAGE <= file.length && isZero(end)) end += PAGE;
    if (end - at >= LEAST) return { cutFrom: at, cutTo: end };
    at = end;
  }
  throw new Error("packaging: nothing to cut");
}
