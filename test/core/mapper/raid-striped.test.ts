/** Arrays that cut their content into chunks, read and written without a kernel, against a plain buffer. */
import fc from "fast-check";
import t from "tap";
import { suffices } from "../../../src/core/dm/targets/raid/redundancy.ts";
import { raid, redundancyOf } from "../../../src/core/dm/targets/raid.ts";
import { raidLevel } from "../../../src/core/dm/targets/raid-words.ts";
import { openMapped } from "../../../src/core/mapper/open-mapped.ts";
import type { DmState } from "../../../src/schema/index.ts";
import { CHUNK, lengthOfArray, type SmallArray, smallArrays, stateOf } from "../../lib/raid-arrays.ts";
import { type SuperblockFields, superblockBytes } from "../dm/raid-superblock-bytes.ts";
import { MemoryDisks } from "./disks.ts";

/** An array on a disk of its own for each leg; those of `ran` have superblocks. */
function world(index: number, ran: Partial<SuperblockFields> | null = {}) {
  const array = smallArrays[index] as SmallArray;
  const disks = new MemoryDisks();
  const { devices } = stateOf(index, "/disk");
  const level = raidLevel(array.type as "raid0");
  for (let leg = 0; leg < array.legs; leg += 1) {
    const bytes = Buffer.alloc(1024 * 512);
    const fields = { position: leg, events: 4, level, stripeSize: level === 1 ? 0 : CHUNK, ...ran };
    if (ran) superblockBytes(fields).copy(bytes);
    disks.add(`/leg${leg}`, bytes);
  }
  const state: DmState = {
    devices: devices.map((device) => {
      const [line] = device.table ?? [];
      const number = /\d+$/.exec(device.name)?.[0];
      if (!line || number === undefined) return device;
      const start = device.name.startsWith("rmeta") ? 0 : 128;
      return { ...device, table: [{ ...line, params: `/leg${number} ${start}` }] };
    }),
  };
  const params = devices.at(-1)?.table?.[0]?.params ?? "";
  const redundancy = redundancyOf(raid.decodeParams(params));
  return { array, disks, state, redundancy, bytes: lengthOfArray(array) * 512 };
}

const open = (state: DmState, disks: MemoryDisks, write: boolean, warnings: string[] = []) =>
  openMapped(state, "array", disks, { write, warn: (message) => warnings.push(message) });

async function readAll(state: DmState, disks: MemoryDisks): Promise<Buffer> {
  const device = await open(state, disks, false);
  const content = Buffer.alloc(device.size);
  try {
    await device.read(0, content);
  } finally {
    await device.close();
  }
  return content;
}

const striped = smallArrays.map((_, index) => index).filter((index) => smallArrays[index]?.type !== "raid1");
const indexOf = (name: string): number => smallArrays.findIndex((array) => array.name === name);

t.test("what was written is read, whole and without any legs that can be missed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...striped),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 150 }), fc.nat({ max: 255 })), { maxLength: 8 }),
      fc.uniqueArray(fc.nat({ max: 5 }), { maxLength: 3 }),
      async (index, writes, lost) => {
        const { disks, state, redundancy, bytes } = world(index);
        const model = Buffer.alloc(bytes);
        const device = await open(state, disks, true);
        const pieces = writes.map(([place, sectors, byte]) => {
          const at = (place % (bytes / 512)) * 512;
          const piece = Buffer.alloc(Math.min(sectors * 512, bytes - at));
          for (let each = 0; each < piece.length; each += 1)
            piece[each] = (byte + each * 7 + (each >> 9)) & 255;
          piece.copy(model, at);
          return { at, piece };
        });
        // Those that overlap one after the other, as who writes has to.
        for (const { at, piece } of pieces) await device.write(at, piece);
        await device.close();
        for (const leg of lost) disks.absent.add(`/leg${leg}`);
        const reading = readAll(state, disks);
        if (suffices(redundancy, (leg) => !lost.includes(leg))) return (await reading).equals(model);
        return await reading.then(
          () => false,
          (thrown: { code?: string }) => thrown.code === "INCOMPLETE",
        );
      },
    ),
    { numRuns: 150 },
  );
});

t.test("writes to one row at once leave its parity right", async (t) => {
  for (const name of ["raid4", "raid5_ls", "raid6_zr"]) {
    const { disks, state, bytes } = world(indexOf(name));
    const device = await open(state, disks, true);
    const content = Buffer.from(Uint8Array.from({ length: bytes }, (_, at) => (at * 31 + (at >> 9)) & 255));
    const sectors = Array.from({ length: 100 }, (_, sector) => sector * 512);
    await Promise.all(sectors.map((at) => device.write(at, content.subarray(at, at + 512))));
    await device.close();
    disks.absent.add("/leg2");
    t.ok((await readAll(state, disks)).subarray(0, 51200).equals(content.subarray(0, 51200)), name);
  }
});

t.test("parity is believed unless a kernel was still computing it", async (t) => {
  const { disks, state } = world(indexOf("raid5_ls"), { resyncOffset: 0n });
  t.equal(
    (await readAll(state, disks)).length,
    lengthOfArray(smallArrays[indexOf("raid5_ls")] as SmallArray) * 512,
  );
  disks.absent.add("/leg1");
  await t.rejects(readAll(state, disks), {
    code: "INCOMPLETE",
    message: /not known to have been computed/,
  });
});

t.test(
  "what was written before a kernel ran the array has its parity, whatever the disks held",
  async (t) => {
    for (const name of ["raid4", "raid5_ls", "raid6_zr"]) {
      const { array, disks, state, bytes } = world(indexOf(name), null);
      for (let leg = 0; leg < array.legs; leg += 1) disks.bytes(`/leg${leg}`).fill(leg + 1, 128 * 512);
      const writer = await open(state, disks, true);
      const content = Buffer.alloc(bytes / 2, "content");
      await writer.write(0, content);
      await writer.close();
      disks.absent.add("/leg1");
      t.ok((await readAll(state, disks)).subarray(0, content.length).equals(content), name);
    }
  },
);

t.test("a leg that fails while it is read is made of the others, and told of once", async (t) => {
  const { disks, state, bytes } = world(indexOf("raid6_zr"));
  const writer = await open(state, disks, true);
  const content = Buffer.alloc(bytes, "content");
  await writer.write(0, content);
  await writer.close();
  const warnings: string[] = [];
  const device = await open(state, disks, false, warnings);
  disks.failing.set("/leg0", "read").set("/leg3", "read");
  const found = Buffer.alloc(bytes);
  await device.read(0, found);
  t.ok(found.equals(content));
  t.match(warnings.sort(), [/leg 0 cannot be read, going on by the others' parity/, /leg 3/]);
  t.equal(warnings.length, 2);
  disks.failing.set("/leg4", "read");
  await t.rejects(device.read(0, found), { code: "INCOMPLETE", message: /too many of the other legs/ });
  await device.close();
});

t.test("without a leg nothing is written where parity would have to tell of it", async (t) => {
  const { disks, state } = world(indexOf("raid5_ls"));
  disks.absent.add("/leg1");
  await t.rejects(open(state, disks, true), { code: "INCOMPLETE", message: /leg 1 cannot be written/ });
  const stale = world(indexOf("raid5_ls"));
  superblockBytes({ position: 1, events: 3, level: 5, stripeSize: CHUNK }).copy(stale.disks.bytes("/leg1"));
  await t.rejects(open(stale.state, stale.disks, true), {
    code: "INCOMPLETE",
    message: /not every leg is proven good/,
  });
  t.same(stale.disks.log, []);
});

t.test("superblocks of another level or chunk size stop it", async (t) => {
  for (const fields of [{ level: 6 }, { stripeSize: 2 * CHUNK }]) {
    const { disks, state } = world(indexOf("raid5_ls"), fields);
    await t.rejects(readAll(state, disks), { code: "UNSUPPORTED", message: /another layout than raid5_ls/ });
  }
});
