import t from "tap";
import { nestedLocks } from "../../../src/core/host/nested-locks.ts";
import type { Locks } from "../../../src/core/port/locks.ts";

t.test("a tool shares the lock of its caller, and the last one gives it back", async (t) => {
  const events: string[] = [];
  const real: Locks = {
    async acquire(name, mode) {
      events.push(`acquire ${name} ${mode}`);
      return { fd: 7, release: async () => void events.push(`release ${name}`) };
    },
  };
  const locks = nestedLocks(real);
  const outer = await locks.acquire("a", "exclusive", 0);
  const inner = await locks.acquire("a", "shared", 0);
  t.equal(inner.fd, 7);
  await locks.acquire("b", "shared", 0);
  await inner.release();
  t.same(events, ["acquire a exclusive", "acquire b shared"], "still held");
  await outer.release();
  t.same(events.at(-1), "release a");
  await locks.acquire("a", "shared", 0);
  t.equal(events.at(-1), "acquire a shared", "acquired anew");
});
