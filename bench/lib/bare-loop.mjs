// The least that any program has to do: open each file, write, flush, write a superblock, flush.
//   bare-loop.mjs LIST prepare BYTES | bare-loop.mjs LIST commit
import fs from "node:fs";

const [list, phase, bytes] = process.argv.slice(2);
const pages = Buffer.alloc(Number(bytes ?? 0), process.pid);
const superblock = Buffer.alloc(512, process.pid);
for (const path of JSON.parse(fs.readFileSync(list, "utf8"))) {
  const fd = fs.openSync(path, "r+");
  if (phase === "prepare") {
    fs.writeSync(fd, pages, 0, pages.length, 2 ** 20 + 4096);
    fs.fdatasyncSync(fd);
  }
  fs.writeSync(fd, superblock, 0, superblock.length, 2 ** 20);
  fs.fdatasyncSync(fd);
  fs.closeSync(fd);
}
