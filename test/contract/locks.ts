/** What every implementation of Locks must do. */
import t, { type Test } from "tap";
import type { Locks } from "../../src/core/port/locks.ts";

const NAME = "0123456789abcdef0123456789abcdef";
const OTHER = "ffffffffffffffffffffffffffffffff";

/** @param make a place of its own; each call of what it gives is one more process there */
export function locksContract(name: string, make: (t: Test) => () => Locks): void {
  t.test(`${name}: who may hold a lock together with whom`, async (t) => {
    const table = [
      ["shared", "shared", true],
      ["shared", "exclusive", false],
      ["exclusive", "shared", false],
      ["exclusive", "exclusive", false],
    ] as const;
    const open = make(t);
    for (const [first, second, together] of table) {
      const held = await open().acquire(NAME, first, 0);
      const attempt = open().acquire(NAME, second, 0);
      if (together) await (await attempt).release();
      else await t.rejects(attempt, { code: "LOCKED" }, `${second} beside ${first}`);
      await held.release();
      await (await open().acquire(NAME, second, 0)).release();
    }
  });

  t.test(`${name}: the message names the holder`, async (t) => {
    const open = make(t);
    const held = await open().acquire(NAME, "exclusive", 0);
    await t.rejects(open().acquire(NAME, "shared", 3), {
      code: "LOCKED",
      message: /by process \d+ \(.+\)/,
    });
    await held.release();
  });

  t.test(`${name}: other names are other locks`, async (t) => {
    const open = make(t);
    const one = await open().acquire(NAME, "exclusive", 0);
    const two = await open().acquire(OTHER, "exclusive", 0);
    await one.release();
    await two.release();
  });

  t.test(`${name}: whoever waits gets it when it is given back`, async (t) => {
    const open = make(t);
    const held = await open().acquire(NAME, "exclusive", 0);
    let given = false;
    const waiting = open()
      .acquire(NAME, "exclusive", 60_000)
      .then((lock) => {
        t.ok(given, "not before");
        return lock.release();
      });
    await new Promise((resolve) => setImmediate(resolve));
    given = true;
    await held.release();
    await waiting;
  });

  t.test(`${name}: of twenty that count, none loses a count`, async (t) => {
    const open = make(t);
    let counter = 0;
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const lock = await open().acquire(NAME, "exclusive", 60_000);
        const seen = counter;
        await new Promise((resolve) => setImmediate(resolve));
        counter = seen + 1;
        await lock.release();
      }),
    );
    t.equal(counter, 20);
  });

  t.test(`${name}: a process that holds a lock shares it with the tools that it calls`, async (t) => {
    const open = make(t);
    const [one, other] = [open(), open()];
    const outer = await one.acquire(NAME, "exclusive", 0);
    const inner = await one.acquire(NAME, "shared", 0);
    await outer.release();
    await outer.release();
    await t.rejects(other.acquire(NAME, "shared", 0), { code: "LOCKED" }, "as long as one of them lasts");
    await inner.release();
    const shared = await other.acquire(NAME, "shared", 0);
    await t.rejects(other.acquire(NAME, "exclusive", 0), /asks for more/);
    await shared.release();
  });

  t.test(`${name}: who looks sees what others hold, and by whom`, async (t) => {
    const open = make(t);
    const [one, other] = [open(), open()];
    t.strictSame(await open().held(`${NAME}.`), [], "nobody has any");
    const held = [
      await one.acquire(NAME, "exclusive", 0),
      await one.acquire(`${NAME}.a.content`, "exclusive", 0),
      await one.acquire(`${NAME}.b.place`, "shared", 0),
      await other.acquire(`${NAME}.b.place`, "shared", 0),
      await one.acquire(`${OTHER}.c.content`, "shared", 0),
    ];
    for (const looking of [open(), one])
      t.match(await looking.held(`${NAME}.`), [
        { name: `${NAME}.a.content`, mode: "exclusive", by: /^process \d+ \(.+\)/ },
        { name: `${NAME}.b.place`, mode: "shared", by: /^process \d+ \(.+\)/ },
      ]);
    await t.rejects(other.acquire(`${NAME}.a.content`, "shared", 0), /the LV is locked/);
    await held[2]?.release();
    t.equal((await one.held(`${NAME}.`)).length, 2, "another one has it still");
    for (const lock of held) await lock.release();
    t.strictSame(await one.held(`${NAME}.`), []);
    await (await other.acquire(`${NAME}.a.content`, "exclusive", 0)).release();
  });
}
