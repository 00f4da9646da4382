import fc from "fast-check";
import t from "tap";
import { addTimes, inverse, multiply, powerOf } from "../../../../../src/core/dm/targets/raid/galois.ts";
import { type Blocks, fillData, fillParity } from "../../../../../src/core/dm/targets/raid/parity.ts";
import {
  hasParity,
  type ParityType,
  parityRows,
} from "../../../../../src/core/dm/targets/raid/parity-layout.ts";
import { parityDevices } from "../../../../../src/core/dm/targets/raid-words.ts";

const types = [
  ...["raid4", "raid5_n", "raid5_la", "raid5_ra", "raid5_ls", "raid5_rs"],
  ...[
    "raid6_zr",
    "raid6_nr",
    "raid6_nc",
    "raid6_n_6",
    "raid6_la_6",
    "raid6_ra_6",
    "raid6_ls_6",
    "raid6_rs_6",
  ],
].filter((type): type is ParityType => hasParity(type as ParityType));

t.test("the field of 256 elements", async (t) => {
  // By carrying out what multiplying polynomials is.
  const slowly = (a: number, b: number): number => {
    let product = 0;
    for (let bit = 0; bit < 8; bit += 1) if ((b >> bit) & 1) product ^= a << bit;
    for (let bit = 14; bit >= 8; bit -= 1) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8);
    return product;
  };
  for (let a = 0; a < 256; a += 1)
    for (let b = 0; b < 256; b += 1)
      if (multiply(a, b) !== slowly(a, b)) t.fail(`${a} times ${b} is ${multiply(a, b)}`);
  for (let a = 1; a < 256; a += 1) if (multiply(a, inverse(a)) !== 1) t.fail(`the inverse of ${a}`);
  t.equal(new Set(Array.from({ length: 255 }, (_, power) => powerOf(power))).size, 255, "2 generates it");
  const sum = Buffer.from([1, 2, 3]);
  addTimes(sum, 7, Buffer.from([0, 1, 0x80]));
  t.same([...sum], [1, 2 ^ 7, 3 ^ slowly(7, 0x80)]);
});

t.test("each leg has one place in each row, and each takes its turn with parity", async (t) => {
  for (const type of types)
    for (let legs = 4; legs <= 7; legs += 1) {
      const rowOf = parityRows(type, legs);
      const parities = new Set<number>();
      for (let row = 0; row < 3 * legs; row += 1) {
        const { data, p, q } = rowOf(row);
        const all = [...data, p, ...(q === undefined ? [] : [q])].sort((a, b) => a - b);
        t.same(
          all,
          Array.from({ length: legs }, (_, leg) => leg),
          `${type} of ${legs}, row ${row}`,
        );
        t.equal(data.length, legs - parityDevices(type));
        parities.add(p);
      }
      const turning = /^raid4$|_n$|_n_6$/.test(type) ? 1 : type.endsWith("_6") ? legs - 1 : legs;
      t.equal(parities.size, turning, `${type} of ${legs}`);
    }
});

t.test("rows as the kernel's documentation and other implementations draw them", async (t) => {
  // P, Q, and the number of each chunk of data, leg by leg; a line a row.
  const drawn: Readonly<Record<string, readonly string[]>> = {
    raid4: ["P 0 1 2", "P 3 4 5"],
    raid5_n: ["0 1 2 P", "3 4 5 P"],
    raid5_la: ["0 1 2 P", "3 4 P 5", "6 P 7 8", "P 9 10 11"],
    raid5_ra: ["P 0 1 2", "3 P 4 5", "6 7 P 8", "9 10 11 P"],
    raid5_ls: ["0 1 2 P", "4 5 P 3", "8 P 6 7", "P 9 10 11"],
    raid5_rs: ["P 0 1 2", "5 P 3 4", "7 8 P 6", "9 10 11 P"],
    raid6_zr: ["P Q 0 1", "2 P Q 3", "4 5 P Q", "Q 6 7 P"],
    raid6_nr: ["0 1 P Q", "2 P Q 3", "P Q 4 5", "Q 6 7 P"],
    raid6_nc: ["0 1 Q P", "3 Q P 2", "Q P 4 5", "P 6 7 Q"],
    raid6_n_6: ["0 1 P Q", "2 3 P Q"],
    raid6_ls_6: ["0 1 P Q", "3 P 2 Q", "P 4 5 Q"],
  };
  for (const [type, rows] of Object.entries(drawn)) {
    const rowOf = parityRows(type as ParityType, 4);
    for (const [row, expected] of rows.entries()) {
      const { data, p, q } = rowOf(row);
      const cells = Array.from({ length: 4 }, (_, leg) =>
        leg === p ? "P" : leg === q ? "Q" : String(row * data.length + data.indexOf(leg)),
      );
      t.equal(cells.join(" "), expected, `${type}, row ${row}`);
    }
  }
});

t.test("what is lost comes back from what is left, as much as there is parity for", async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...types),
      fc.integer({ min: 4, max: 9 }),
      fc.nat({ max: 30 }),
      fc.array(fc.nat({ max: 255 }), { minLength: 8, maxLength: 8 }),
      fc.uniqueArray(fc.nat({ max: 8 }), { maxLength: 3 }),
      (type, legs, number, bytes, lost) => {
        const row = parityRows(type, legs)(number);
        const blocks: Blocks = Array.from({ length: legs }, () => undefined);
        for (const [at, leg] of row.data.entries())
          blocks[leg] = Buffer.from(bytes.map((byte, index) => (byte * (at + 3) + index * at) & 255));
        fillParity(row, blocks);
        const whole = blocks.map((block) => Buffer.from(block ?? []));
        const gone = lost.filter((leg) => leg < legs);
        const left = blocks.map((block, leg) => (gone.includes(leg) ? undefined : block));
        if (!fillData(row, left)) return gone.length > parityDevices(type);
        fillParity(row, left);
        return left.every((block, leg) => whole[leg]?.equals(block ?? Buffer.alloc(0)));
      },
    ),
    { numRuns: 2000 },
  );
});
