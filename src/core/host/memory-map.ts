/** One mapping of /proc/PID/maps: the bytes of [begin, end). */
export interface Mapping {
  readonly begin: number;
  readonly end: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  /** Of no file: heap, stack, and what mmap(2) gave without one. */
  readonly anonymous: boolean;
  /** Path, or a name in brackets, or "". */
  readonly name: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) ([r-])([w-])([x-])[ps] [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ (\d+) *(.*)$/;

/**
 * Decodes /proc/PID/maps (proc(5)).
 * @throws Error for a line that is none
 */
export function decodeMaps(text: string): Mapping[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [, begin, end, r, w, x, inode, name = ""] = LINE.exec(line) ?? [];
      if (begin === undefined || end === undefined) throw new Error(`not a line of maps: ${line}`);
      return {
        begin: Number.parseInt(begin, 16),
        end: Number.parseInt(end, 16),
        readable: r === "r",
        writable: w === "w",
        executable: x === "x",
        anonymous: inode === "0" && !name.startsWith("anon_inode:"),
        name,
      };
    });
}
