import { randomBytes } from "node:crypto";
import { mkdtemp, open, rename, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { DvmError, errnoOf } from "../base/error.ts";
import type { Files } from "../port/files.ts";
import { writeStdout } from "./stdio.ts";

const CHUNK = 1 << 20;

/** Files of the machine. "-" is stdin or stdout. */
export const hostFiles: Files = {
  async withTemporary(bytes, use) {
    const directory = await mkdtemp(join(tmpdir(), "dvm-"));
    try {
      const path = join(directory, "document");
      await writeFile(path, bytes, { mode: 0o600 });
      return await use(path);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
  async read(path, limit) {
    if (path === "-") return readStdin(limit);
    const bytes = await readWhole(path, limit);
    if (bytes === undefined) throw new DvmError("BAD_INPUT", `${path}: no such file`);
    return bytes;
  },
  readIfThere: readWhole,
  async write(path, bytes) {
    if (path === "-") return writeStdout(bytes);
    const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}`);
    try {
      const file = await open(temporary, "wx", 0o644);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
      await syncDirectory(dirname(path));
    } catch (cause) {
      await unlink(temporary).catch(() => undefined);
      throw new DvmError("IO", `${path}: cannot write: ${errnoOf(cause) ?? cause}`, { cause });
    }
  },
};

async function readWhole(path: string, limit: number): Promise<Buffer | undefined> {
  const file = await open(path, "r").catch((cause) => {
    if (errnoOf(cause) === "ENOENT") return undefined;
    throw unreadable(path, cause);
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    if (size > limit)
      throw new DvmError("BAD_INPUT", `${path}: ${size} bytes are more than the ${limit} allowed`);
    return await collect(file.createReadStream({ autoClose: false, highWaterMark: CHUNK }), path, limit);
  } catch (cause) {
    throw cause instanceof DvmError ? cause : unreadable(path, cause);
  } finally {
    await file.close();
  }
}

async function readStdin(limit: number): Promise<Buffer> {
  if (process.stdin.isTTY)
    throw new DvmError("USAGE", "reads a document on stdin, which is a terminal: pipe one in");
  return collect(process.stdin, "stdin", limit);
}

async function collect(stream: AsyncIterable<unknown>, path: string, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > limit) throw new DvmError("BAD_INPUT", `${path}: more than the ${limit} bytes allowed`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The rename itself must survive a power cut. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const unreadable = (path: string, cause: unknown): DvmError => {
  const errno = errnoOf(cause);
  const reason = errno === "EISDIR" ? "is a directory" : `cannot be read: ${errno ?? cause}`;
  return new DvmError("BAD_INPUT", `${path}: ${reason}`, { cause });
};
