/** LVs that a process reads or writes in user space, beside others that want to change them. */
import t, { type Test } from "tap";
import { underLvLocks } from "../../../src/core/dvm/lv-locks.ts";
import { findLv } from "../../../src/core/dvm/open-lv.ts";
import { findVg } from "../../../src/core/dvm/vg.ts";
import type { LvUse } from "../../../src/core/port/lv-locks.ts";
import { Machine } from "../../lib/machine.ts";
import { mustType, type } from "../../lib/typed.ts";

async function machine(): Promise<Machine> {
  const made = new Machine({ config: { tm: { lockTimeoutMs: 0 } } });
  for (const letter of "bcd") made.disk(`/dev/sd${letter}`, 64 << 20);
  await mustType(made, "dvm init vg /dev/sdb /dev/sdc /dev/sdd --region-size 1M");
  await mustType(made, "dvm create-lv vg/used --size 8M --no-activate");
  await mustType(made, "dvm create-lv vg/other --size 8M --no-activate");
  return made;
}

/** Another process has it, until what is given back is called. */
async function held(made: Machine, lv: string, mode: "shared" | "exclusive", use: LvUse) {
  const sys = made.sys();
  const found = await findVg(sys, { vg: "vg", devices: [] });
  const take = async (look: Parameters<Parameters<typeof underLvLocks>[2]>[0]) =>
    look.take(findLv(look.metadata, lv), mode, use);
  return (await underLvLocks(sys, found, take)).release;
}

async function ends(t: Test, made: Machine, line: string, status: number, stderr = /^$/) {
  const got = await type(made, line);
  t.equal(got.status, status, `${line}: ${got.stderr}`);
  t.match(got.stderr, stderr, line);
}

const isRead = /LV used is read without a kernel by process 1 .*\[IN_USE\]/;
const isWritten = /LV used is written without a kernel by process 1 .*\[IN_USE\]/;

t.test("one that is read", async (t) => {
  const made = await machine();
  made.files.set("content", Buffer.alloc(4096));
  const release = await held(made, "used", "shared", "content");
  t.strictSame(
    made.locks.held.map((name) => name.split(".")[2]),
    ["content"],
    "and nothing of the VG is locked",
  );
  await ends(t, made, "dvm activate vg", 3, /LV used is in use without a kernel by process 1 .*\[IN_USE\]/);
  t.strictSame(
    made.dmState.devices.map(({ name }) => name),
    ["vg-other"],
    "others come up",
  );
  await ends(t, made, "dvm remove-vg vg --force", 3, /\[IN_USE\]/);
  await ends(t, made, "dvm deactivate vg", 0);
  await ends(t, made, "dvm remove-vg vg --force", 3, /LVs of VG vg are in use .* by process 1.*\[IN_USE\]/);
  await ends(t, made, "dvm remove-lv vg/used", 3, isRead);
  await ends(t, made, "dvm reduce-lv vg/used --size 4M --no-activate", 3, isRead);
  await ends(t, made, "dvm import vg/used content", 5, /the LV is locked by process 1 .*\[LOCKED\]/);
  for (const line of [
    "dvm tag vg/used --add x",
    "dvm rename-lv vg/used --to again",
    "dvm rename-lv vg/again --to used",
    "dvm extend-lv vg/used --size +4M --no-activate",
    "dvm create-lv vg/new --size 4M",
    "dvm remove-lv vg/new",
    "dvm import vg/other content",
  ])
    await mustType(made, line);
  await mustType(made, "dvm tend vg");
  await release();
  for (const line of ["dvm reduce-lv vg/used --size 4M --no-activate", "dvm activate vg"])
    await mustType(made, line);
  t.strictSame(made.locks.held, []);
});

t.test("one that is written", async (t) => {
  const made = await machine();
  const release = await held(made, "used", "exclusive", "content");
  await ends(t, made, "dvm extend-lv vg/used --size +4M --no-activate", 3, isWritten);
  await ends(t, made, "dvm snapshot vg --origin used --name snap --size 4M --no-activate", 3, isWritten);
  await ends(t, made, "dvm mirror vg/used --mirrors 1 --no-activate", 3, isWritten);
  await ends(t, made, "dvm snapshot vg --origin other --name snap --size 4M --no-activate", 0);
  await ends(t, made, "dvm tag vg/used --add x", 0);
  await ends(t, made, "dvm export vg/used copy", 5, /\[LOCKED\]/);
  await ends(t, made, "dvm activate vg used", 3, /\[IN_USE\]/);
  await release();
  await mustType(made, "dvm snapshot vg --origin used --name second --size 4M --no-activate");
});

t.test("one that is live, and read below the kernel", async (t) => {
  const made = await machine();
  const release = await held(made, "used", "shared", "place");
  await ends(t, made, "dvm activate vg", 0);
  await ends(t, made, "dvm remove-lv vg/used", 3, isRead);
  await ends(t, made, "dvm extend-lv vg/used --size +4M", 0);
  await release();
  await mustType(made, "dvm remove-lv vg/used");
});

t.test("all that it is read through", async (t) => {
  const made = await machine();
  await mustType(made, "dvm snapshot vg --origin used --name snap --size 4M --no-activate");
  const release = await held(made, "snap", "shared", "content");
  await ends(t, made, "dvm activate vg used", 3, /LV used is in use/);
  await ends(t, made, "dvm remove-lv vg/snap", 3, /LV snap is read without/);
  await ends(t, made, "dvm activate vg other", 0);
  await release();
  await mustType(made, "dvm activate vg");
});

t.test("who waits for an LV does not lock the VG meanwhile", async (t) => {
  const made = await machine();
  const release = await held(made, "used", "shared", "content");
  made.config = { tm: { lockTimeoutMs: 600_000 } };
  let isHad = false;
  const waiting = held(made, "used", "exclusive", "content").then((own) => {
    isHad = true;
    return own;
  });
  await mustType(made, "dvm create-lv vg/new --size 4M");
  t.notOk(isHad);
  await release();
  await (await waiting)();
  t.strictSame(made.locks.held, []);
});
