import t from "tap";
import { simLocks } from "../../../src/core/sim/locks.ts";
import { locksContract } from "../../contract/locks.ts";

locksContract("simulated locks", () => {
  const locks = simLocks();
  return () => locks.process();
});

t.test("readers who follow one another without a gap do not keep out a writer", async (t) => {
  const locks = simLocks();
  const acquire = (mode: "shared" | "exclusive") => locks.process().acquire("name", mode, 600_000);
  const first = await acquire("shared");
  const order: string[] = [];
  const writer = acquire("exclusive").then((lock) => {
    order.push("writer");
    return lock.release();
  });
  const second = acquire("shared").then((lock) => {
    order.push("reader");
    return lock.release();
  });
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  t.same(order, []);
  await first.release();
  await Promise.all([writer, second]);
  t.same(order, ["writer", "reader"]);
});
