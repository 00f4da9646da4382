/**
 * Arrays of every type and layout, written by a kernel and read from the disk without one: whole, and made of
 * what is left without each leg, and without each two. Then written without a kernel, and read by one that
 * lacks a leg.
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { suffices } from "../../src/core/dm/targets/raid/redundancy.ts";
import { raid, redundancyOf } from "../../src/core/dm/targets/raid.ts";
import { openMapped } from "../../src/core/mapper/open-mapped.ts";
import { MemoryDisks } from "../core/mapper/disks.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import {
  legsOn,
  lengthOfArray,
  paramsOf,
  SECTORS,
  smallArrays,
  startOf,
  stateOf,
} from "../lib/raid-arrays.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

const prelude = `
  set -e
  map() { dmsetup create "$1" --table "0 $3 linear $DISK0 $2"; }
  unmap() { for name in array $(dmsetup ls | cut -f1 | grep ^r); do dmsetup remove --retry $name; done; }
  in_sync() { # it has computed its parity, and made its copies equal
    for i in $(seq 600); do dmsetup status array | grep -q ' \\([0-9]*\\)/\\1 idle ' && return; sleep 0.1; done
    dmsetup status array; exit 8
  }
`;

const token = (leg: number, what: string) => `/dev/mapper/${what}${leg}`;

/** Devices of one array; without those of legs that are away. */
const make = (index: number, isAway: (leg: number) => boolean = () => false): string => {
  const array = smallArrays[index];
  if (!array) throw new Error(`no array ${index}`);
  const legs = legsOn(startOf(index), array).flatMap((leg, number) =>
    (["rmeta", "rimage"] as const).map(
      (what) => `map ${what}${number} ${leg[what].start} ${leg[what].length}`,
    ),
  );
  const params = paramsOf(array, token, isAway);
  return [...legs, `dmsetup create array --table "0 ${lengthOfArray(array)} raid ${params}"`].join("\n");
};

const contentOf = (index: number, seed: string): Buffer => {
  const array = smallArrays[index];
  if (!array) throw new Error(`no array ${index}`);
  const sectors = Array.from({ length: lengthOfArray(array) }, (_, sector) =>
    Buffer.concat(
      Array.from({ length: 16 }, (_, part) =>
        createHash("sha256").update(`${seed} ${index} ${sector} ${part}`).digest(),
      ),
    ),
  );
  return Buffer.concat(sectors);
};

/** What a device that is not needed would take with it. */
const canLose = (index: number, lost: readonly number[]): boolean => {
  const array = smallArrays[index];
  if (!array) return false;
  const params = raid.decodeParams(paramsOf(array, (leg, what) => `@${what}${leg}`));
  return suffices(redundancyOf(params), (leg) => !lost.includes(leg));
};

async function read(
  index: number,
  disks: MemoryDisks,
  path: string,
  lost: readonly number[],
): Promise<Buffer> {
  const device = await openMapped(stateOf(index, path, lost), "array", disks, { write: false });
  const content = Buffer.alloc(device.size);
  await device.read(0, content);
  await device.close();
  return content;
}

t.test("arrays of every layout, with a kernel and without", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const [path = ""] = emptyDisks(directory, SECTORS * 512, "a");
  const fileOf = (index: number) => join(directory, `content${index}`);
  for (const index of smallArrays.keys()) writeFileSync(fileOf(index), contentOf(index, "kernel"));
  const written = smallArrays.map(
    ({ type }, index) => `
      ${make(index)}
      ${type === "raid0" ? "" : "in_sync"}
      dd if=${shellQuote(fileOf(index))} of=/dev/mapper/array bs=512 oflag=direct 2>/dev/null
      cmp ${shellQuote(fileOf(index))} /dev/mapper/array
      dmsetup table array
      dmsetup status array
      unmap`,
  );
  const boot = await bootUml({ disks: [path], script: prelude + written.join("\n") });
  t.equal(boot.status, 0, "the kernel writes", { output: boot.output.slice(-3000), console: boot.console });
  if (boot.status !== 0) return;

  const disks = new MemoryDisks();
  disks.add(path, readFileSync(path));
  for (const [index, { name, legs }] of smallArrays.entries()) {
    const content = contentOf(index, "kernel");
    t.ok((await read(index, disks, path, [])).equals(content), `${name}, whole`);
    const all = Array.from({ length: legs }, (_, leg) => leg);
    const some = all.flatMap((one) => all.filter((two) => two >= one).map((two) => [...new Set([one, two])]));
    for (const lost of some) {
      const what = `${name}, without ${lost}`;
      if (canLose(index, lost)) t.ok((await read(index, disks, path, lost)).equals(content), what);
      else await t.rejects(read(index, disks, path, lost), { code: "INCOMPLETE" }, what);
    }
  }

  for (const index of smallArrays.keys()) {
    const device = await openMapped(stateOf(index, path), "array", disks, { write: true });
    const content = contentOf(index, "mapper");
    // In pieces that cut chunks and rows, several at once.
    const pieces: Promise<void>[] = [];
    for (let at = 0, size = 512; at < content.length; at += size, size = ((at / 512) % 97) * 512 + 512)
      pieces.push(device.write(at, content.subarray(at, Math.min(at + size, content.length))));
    await Promise.all(pieces);
    await device.flush();
    await device.close();
    writeFileSync(fileOf(index), content);
  }
  writeFileSync(path, disks.bytes(path));
  const compared = smallArrays.map(({ name }, index) => {
    const away = canLose(index, [1]) ? 1 : -1;
    return `
      ${make(index, (leg) => leg === away)}
      dmsetup status array
      cmp ${shellQuote(fileOf(index))} /dev/mapper/array && echo "ok ${name}"
      unmap`;
  });
  const second = await bootUml({ disks: [path], script: prelude + compared.join("\n") });
  for (const { name } of smallArrays)
    t.ok(second.output.split("\n").includes(`ok ${name}`), `the kernel reads ${name}`, {
      output: second.output.slice(-3000),
      console: second.console.slice(-2000),
    });
});
