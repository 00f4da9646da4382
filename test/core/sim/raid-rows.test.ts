/**
 * The simulator rebuilds legs of striped arrays from the others, and lets no more of them fail than the array
 * can miss.
 */
import t from "tap";
import { openMapped } from "../../../src/core/mapper/open-mapped.ts";
import { memoryStore } from "../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../../src/core/sim/dm-state.ts";
import type { LeafIo } from "../../../src/core/sim/targets/leaf-access.ts";
import { finishRebuilds } from "../../../src/core/sim/targets/raid-rebuild.ts";
import { lengthOfArray, paramsOf, SECTORS, smallArrays, stateOf } from "../../lib/raid-arrays.ts";
import { MemoryDisks } from "../mapper/disks.ts";

const redundant = [...smallArrays.keys()].filter(
  (index) => !/^raid[01]$/.test(smallArrays[index]?.type ?? ""),
);

/** An array with content, as it was written without a kernel, and its devices in the simulator. */
async function world(index: number) {
  const array = smallArrays[index];
  if (!array) throw new Error(`no array ${index}`);
  const disks = new MemoryDisks();
  disks.add("/disk", Buffer.alloc(SECTORS * 512));
  const state = stateOf(index, "/disk");
  const device = await openMapped(state, "array", disks, { write: true });
  const content = Buffer.from(
    Uint8Array.from({ length: device.size }, (_, at) => (at * 13 + (at >> 9)) & 255),
  );
  await device.write(0, content);
  await device.close();
  const bytes = disks.bytes("/disk");
  const io: LeafIo = {
    read: (_, sector, buffer) => void bytes.copy(buffer, 0, sector * 512),
    write: (_, sector, part) => void bytes.set(part, sector * 512),
    flush() {},
  };
  const store = memoryStore({ ...emptySimState(), leaves: { "8:0": SECTORS } });
  const dm = simDm(store, { leafSize: () => undefined, readLeaf: io.read, pause() {} });
  const numbers = new Map<string, string>();
  for (const { name, table } of state.devices) {
    if (name === "array" || !table) continue;
    numbers.set(name, dm.create(name, `DVM-${name}`).dev);
    dm.load(
      name,
      table.map((line) => ({ ...line, params: line.params.replace("/disk", "8:0") })),
      { readOnly: false },
    );
    dm.resume(name);
  }
  const start = (leg: number): number =>
    Number(state.devices.find(({ name }) => name === `rimage${leg}`)?.table?.[0]?.params.split(" ")[1]);
  const load = (rebuild: readonly number[]) => {
    const params = paramsOf(array, (leg, what) => numbers.get(`${what}${leg}`) ?? "");
    const [type, count, chunk, ...rest] = params.split(" ");
    const words = rebuild.flatMap((leg) => ["rebuild", leg]);
    const line = [type, Number(count) + words.length, chunk, ...words, ...rest].join(" ");
    dm.create("array", "DVM-array");
    dm.load("array", [{ start: 0, length: lengthOfArray(array), type: "raid", params: line }], {
      readOnly: false,
    });
    dm.resume("array");
  };
  const health = () => dm.status("array", { noflush: false })[0]?.status.split(" ")[2];
  return { array, bytes, io, store, load, health, start };
}

t.test("a leg gets what the others say that it had", async (t) => {
  for (const index of redundant) {
    const { array, bytes, io, store, load, health, start } = await world(index);
    const before = Buffer.from(bytes);
    const rebuilt = array.type.startsWith("raid6") ? [0, 2] : [1];
    for (const leg of rebuilt) bytes.fill(0x5a, start(leg) * 512, (start(leg) + 480) * 512);
    load(rebuilt);
    t.equal(
      health(),
      [...Array(array.legs).keys()].map((leg) => (rebuilt.includes(leg) ? "a" : "A")).join(""),
    );
    finishRebuilds(store, io);
    t.ok(bytes.equals(before), array.name);
    t.equal(health(), "A".repeat(array.legs));
  }
});

t.test("where too much is missing nothing is rebuilt", async (t) => {
  for (const name of ["raid5_ls", "raid6_zr", "raid10"]) {
    const { array, bytes, io, store, load, health } = await world(
      smallArrays.findIndex((each) => each.name === name),
    );
    const before = Buffer.from(bytes);
    load(name === "raid6_zr" ? [0, 1, 2] : [0, 1]);
    finishRebuilds(store, io);
    t.ok(bytes.equals(before), name);
    t.match(health(), `aa${name === "raid6_zr" ? "a" : "A"}`, `${array.name} waits`);
  }
});
