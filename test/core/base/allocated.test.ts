import t from "tap";
import { alignedBuffer } from "../../../src/core/base/aligned.ts";
import { allocated } from "../../../src/core/base/allocated.ts";

t.test("no memory is the world's failure, whatever V8 calls it", async (t) => {
  const wanted = { code: "IO", message: "not enough memory", details: { errno: "ENOMEM" } };
  t.throws(() => allocated(() => new ArrayBuffer(2 ** 52)), wanted);
  t.equal(allocated(() => Buffer.alloc(3)).length, 3);
  t.equal(alignedBuffer(3).length, 4096);
});

t.test("a size that is none, and all else, stays what it is", async (t) => {
  t.throws(() => allocated(() => Buffer.alloc(-1)), { code: "ERR_OUT_OF_RANGE" });
  t.throws(
    () =>
      allocated(() => {
        throw new TypeError("ours");
      }),
    { name: "TypeError" },
  );
});
