/** Snapshots of a VG on image files: what they hold is kept, put back and lost as a kernel does it. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { ImageVg } from "../../lib/image-vg.ts";

const KIB = 1024;
const filled = (byte: number, kib: number) => Buffer.alloc(kib * KIB, byte);

async function vgOf(t: Test) {
  const vg = new ImageVg({});
  t.teardown(() => vg.remove());
  await vg.init("a", "b");
  const change = (...command: string[]) => vg.tm("update", { command: ["manip", ...command] });
  const dvm = (verb: string, operands: object, options = {}) =>
    vg.call({ applet: "dvm", verb, operands: { ...operands }, options });
  const file = join(vg.images, "content");
  const put = async (lv: string, bytes: Buffer) => {
    writeFileSync(file, bytes);
    await dvm("import", { lv: `vg/${lv}`, file });
  };
  const get = async (lv: string): Promise<Buffer> => {
    await dvm("export", { lv: `vg/${lv}`, file });
    return readFileSync(file);
  };
  const row = async (lv: string, columns: string): Promise<Record<string, unknown>> => {
    const said = await dvm(
      "report",
      { vg: "vg", what: "lv" },
      { format: "json", columns: `name,${columns}` },
    );
    const { rows } = said as { rows: Record<string, unknown>[] };
    return rows.find(({ name }) => name === lv) ?? {};
  };
  const down = () => dvm("deactivate", { vg: "vg" });
  const up = () => dvm("activate", { vg: "vg" });
  return { vg, change, dvm, put, get, row, down, up };
}

t.test("what is overwritten is kept, and put back by a merge", async (t) => {
  const { change, dvm, put, get, row, down, up } = await vgOf(t);
  await change("create-lv", "--name", "x", "--size", "512k");
  await down();
  await put("x", filled(1, 512));
  await up();
  await change("snapshot", "--origin", "x", "--name", "s", "--size", "512k");
  t.match(await row("s", "type,fill"), { type: "snapshot", fill: 1.5 });
  await down();
  await put("x", filled(2, 64));
  await put("s", filled(3, 16));
  const [origin, snapshot] = [await get("x"), await get("s")];
  t.ok(origin.equals(Buffer.concat([filled(2, 64), filled(1, 448)])));
  t.ok(snapshot.equals(Buffer.concat([filled(3, 16), filled(1, 496)])));
  await up();
  t.match(await row("s", "fill"), { fill: 14 }, "64 KiB are in the store");

  await change("merge", "--name", "s");
  await change("merge", "--name", "s", "--finish");
  await down();
  t.ok((await get("x")).equals(snapshot), "the origin is what the snapshot was");
  t.same(await row("s", "type"), {});
  await t.rejects(dvm("export", { lv: "vg/s", file: "-" }), { code: "NOT_FOUND" });
});

t.test("down, a merge has put nothing back, and the origin is read with the store", async (t) => {
  const { change, put, get, down, up } = await vgOf(t);
  await change("create-lv", "--name", "x", "--size", "512k");
  await change("snapshot", "--origin", "x", "--name", "s", "--size", "512k");
  await down();
  await put("x", filled(2, 64));
  await change("merge", "--name", "s");
  t.ok((await get("x")).equals(filled(0, 512)), "as it will be");
  const message = "vg/s is being merged into vg/x, which shows what it held: read that";
  await t.rejects(get("s"), { code: "UNSUPPORTED", message });
  const refused = await change("merge", "--name", "s", "--finish").catch(toDvmError);
  t.match(refused, { code: "WOULD_LOSE_DATA" });
  await t.rejects(put("x", filled(4, 4)), { code: "UNSUPPORTED" });
  await up();
  await change("merge", "--name", "s", "--finish");
  await down();
  t.ok((await get("x")).equals(filled(0, 512)), "as it is");
});

t.test("one that is to be merged later begins when the VG is next activated", async (t) => {
  const { change, put, get, row, down, up } = await vgOf(t);
  await change("create-lv", "--name", "x", "--size", "512k");
  await change("snapshot", "--origin", "x", "--name", "s", "--size", "512k");
  await down();
  await put("x", filled(2, 64));
  await change("merge", "--name", "s", "--later");
  t.ok((await get("x")).equals(Buffer.concat([filled(2, 64), filled(0, 448)])), "nothing has begun");
  await up();
  t.match(await row("x", "sync,state"), { sync: 100, state: "active" });
  await change("merge", "--name", "s", "--finish");
  await down();
  t.ok((await get("x")).equals(filled(0, 512)));
});

t.test("where somebody has it open, it comes up as it is", async (t) => {
  const { vg, change, row, up } = await vgOf(t);
  await change("create-lv", "--name", "x", "--size", "512k");
  await change("snapshot", "--origin", "x", "--name", "s", "--size", "512k");
  await change("merge", "--name", "s", "--later");
  const open = (count: number) => {
    const file = join(vg.images, "dm.json");
    const sim = JSON.parse(readFileSync(file, "utf8")) as ImageVg["dmState"];
    for (const device of sim.devices) if (device.name === "vg-x") device.opened = count;
    writeFileSync(file, JSON.stringify(sim));
  };
  open(1);
  await up();
  t.match(await row("s", "state"), { state: "active" });
  open(0);
  await up();
  t.match(await row("x", "sync"), { sync: 100 }, "until nobody has");
});

t.test("without the disk of the store both are told to lack something", async (t) => {
  const { vg, change, row, down } = await vgOf(t);
  const [a = "", b = ""] = (await vg.find()).devices.map(({ id }) => id);
  await change("create-lv", "--name", "x", "--size", "512k", "--pv", a);
  await change("snapshot", "--origin", "x", "--name", "s", "--size", "512k", "--pv", b);
  await down();
  const [, path = ""] = (await vg.find()).devices.map((device) => device.path);
  rmSync(path);
  t.match(await row("x", "availability,problems"), { availability: "degraded", problems: ["lv-incomplete"] });
  t.match(await row("s", "availability,problems"), {
    availability: "unavailable",
    problems: ["lv-incomplete"],
  });
});
