/**
 * Disk sets that LVM2 2.03.16 and a real kernel have written, with what they said of them: test/fixtures/lvm2. A
 * disk is kept as the chunks of it that are not zero; dm.json has all dm devices of an activation, tables with
 * `@name` for a device; content.json the SHA-256 of what they held.
 */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const root = fileURLToPath(new URL("../fixtures/lvm2", import.meta.url));

/** Those of whole VGs; texts with one edit each stand in `text`. */
export const lvm2Fixtures = readdirSync(root)
  .filter((name) => name !== "text")
  .sort();
export const lvm2Texts = readdirSync(join(root, "text")).sort();

interface StoredDisk {
  readonly size: number;
  readonly file: string;
  readonly sha256: string;
  readonly chunks: readonly (readonly [offset: number, length: number])[];
}

/** Writes the disks as sparse images. @returns disk name -> path */
export function restoreLvm2(
  fixture: string,
  into: string,
  without: readonly string[] = [],
): Map<string, string> {
  mkdirSync(into, { recursive: true });
  const paths = new Map<string, string>();
  for (const [name, disk] of Object.entries(read<Record<string, StoredDisk>>(fixture, "disks.json"))) {
    if (without.includes(name)) continue;
    const path = join(into, `${name}.img`);
    restore(fixture, disk, path);
    paths.set(name, path);
  }
  return paths;
}

function restore(fixture: string, { file, sha256, size, chunks }: StoredDisk, path: string): void {
  const data = gunzipSync(readFileSync(join(root, fixture, file)));
  if (createHash("sha256").update(data).digest("hex") !== sha256)
    throw new Error(`${fixture}/${file} is damaged`);
  const image = openSync(path, "w");
  ftruncateSync(image, size);
  let at = 0;
  for (const [offset, length] of chunks) {
    writeSync(image, data, at, length, offset);
    at += length;
  }
  closeSync(image);
}

/** A dm device as the kernel had it. */
export interface GoldenDevice {
  readonly name: string;
  readonly uuid: string;
  readonly readonly: boolean;
  /** Lines as dmsetup prints them. */
  readonly table: readonly string[];
}

export const goldenDevices = (fixture: string, variant = "full"): readonly GoldenDevice[] =>
  read(join(fixture, variant), "dm.json");

/** dm name -> what it held; undefined for a set of which nothing came up. */
export function goldenContent(
  fixture: string,
  variant = "full",
):
  | Readonly<
      Record<string, { readonly bytes: number; readonly sha256?: string; readonly readable?: boolean }>
    >
  | undefined {
  const file = join(fixture, variant, "content.json");
  return existsSync(join(root, file)) ? read(fixture, join(variant, "content.json")) : undefined;
}

type Row = Readonly<Record<string, string>>;

/** Rows of LVM2's own reports, all values text. */
export const goldenReports = (fixture: string): Readonly<Record<"lvs" | "vgs" | "pvs", readonly Row[]>> =>
  read(join(fixture, "full"), "reports.json");

/** A document, or the compressed one. */
function read<T>(fixture: string, file: string): T {
  const path = join(root, fixture, file);
  const bytes = existsSync(path) ? readFileSync(path) : gunzipSync(readFileSync(`${path}.gz`));
  return JSON.parse(bytes.toString()) as T;
}

/** Whole disks of a fixture. @returns name -> content */
export const lvm2Disks = (fixture: string): ReadonlyMap<string, Buffer> =>
  new Map(
    Object.entries(read<Record<string, StoredDisk>>(fixture, "disks.json")).map(([name, { size }]) => [
      name,
      lvm2Bytes(fixture, name, size),
    ]),
  );

/** The first bytes of a disk. */
export function lvm2Bytes(fixture: string, disk: string, length: number): Buffer {
  const stored = read<Record<string, StoredDisk>>(fixture, "disks.json")[disk];
  if (!stored) throw new Error(`${fixture} has no ${disk}`);
  const data = gunzipSync(readFileSync(join(root, fixture, stored.file)));
  const bytes = Buffer.alloc(length);
  let at = 0;
  for (const [offset, size] of stored.chunks) {
    if (offset < length) data.copy(bytes, offset, at, at + Math.min(size, length - offset));
    at += size;
  }
  return bytes;
}
