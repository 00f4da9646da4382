/**
 * The dm devices of LVs are those that LVM2 makes, by name, uuid and table, with all PVs and without some; and
 * their content, read without a kernel, is what the kernel read.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import t, { type Test } from "tap";
import { toDvmError } from "../../../src/core/base/error.ts";
import { activateVg } from "../../../src/core/dvm/activate.ts";
import { stopAll } from "../../../src/core/dvm/boot/stop.ts";
import { exportLv } from "../../../src/core/dvm/contents.ts";
import type { DmState, Report } from "../../../src/schema/index.ts";
import { ImageVg } from "../../lib/image-vg.ts";
import { goldenContent, goldenDevices, restoreLvm2 } from "../../lib/lvm2-fixtures.ts";
import { lvm2Rows } from "../../lib/lvm2-rows.ts";

const scratch = mkdtempSync(join(tmpdir(), "dvm-lvm2-"));
t.teardown(() => rmSync(scratch, { recursive: true, force: true }));
const conf = join(scratch, "lvm.conf");
writeFileSync(conf, `local { system_id = "host-A.1" }\nglobal { system_id_source = "lvmlocal" }\n`);

function worldOf(t: Test, fixture: string, without: readonly string[] = []): ImageVg {
  const world = new ImageVg({ lvm2: { conf } });
  t.teardown(() => world.remove());
  restoreLvm2(fixture, world.images, without);
  return world;
}

for (const [name, { vgs, without = [], partial = false, left }] of Object.entries(lvm2Rows))
  t.test(name, async (t) => {
    const [fixture = "", variant = ""] = name.split("/");
    const world = worldOf(t, fixture, without);
    const sys = world.sys();
    const options = { devices: [], lvs: [], degraded: false, partial, dryRun: false } as const;
    for (const vg of vgs)
      await activateVg(sys, { ...options, vg, direction: "activate" }).catch((thrown: unknown) => {
        const { code } = toDvmError(thrown);
        if (code !== "UNSUPPORTED" && code !== "INCOMPLETE") throw thrown;
      });
    const state = (await world.call({ applet: "dmexec", verb: "state", options: { all: true } })) as DmState;
    const wanted = goldenDevices(fixture, variant).filter((device) => !left?.test(device.name));
    t.strictSame(state.devices.map(shown).sort(byName), wanted.map(golden).sort(byName));
    for (const vg of without.length === 0 ? vgs : [])
      for (const lv of await liveLvs(world, vg)) t.match(lv, { availability: "complete", problems: [] });
    for (const vg of vgs) await activateVg(sys, { ...options, vg, direction: "deactivate", partial: false });
    const content = goldenContent(fixture, variant) ?? {};
    for (const { name: dm, uuid } of wanted) {
      const { sha256 } = content[dm] ?? {};
      const lv = /^LVM-.{32}(.{32})$/.exec(uuid)?.[1];
      if (sha256 === undefined || lv === undefined) continue;
      const vg = vgs.find((each) => dm.startsWith(`${each.replaceAll("-", "--")}-`)) ?? "";
      t.equal(await exported(sys, `${vg}/${lv}`), sha256, `content of ${dm}`);
    }
  });

t.test("in a rescue image what is up goes down too, elsewhere it is LVM2's", async (t) => {
  const options = { devices: [], lvs: [], degraded: false, partial: false, dryRun: false } as const;
  for (const rescue of [false, true]) {
    const world = new ImageVg({ lvm2: { conf }, boot: { rescue } });
    t.teardown(() => world.remove());
    restoreLvm2("linear", world.images);
    await activateVg(world.sys(), { ...options, vg: "lin", direction: "activate" });
    const up = world.dmState.devices.length;
    t.ok(up > 1);
    // Somebody has one of them open.
    const state = world.dmState;
    const [first] = state.devices;
    const opened = state.devices.map((each) => (each === first ? { ...each, opened: 1 } : each));
    writeFileSync(world.config.dm?.state ?? "", JSON.stringify({ ...state, devices: opened }));
    await stopAll(world.sys());
    t.strictSame(
      world.dmState.devices.map(({ name }) => name),
      rescue ? [first?.name] : state.devices.map(({ name }) => name),
      "all but what is open",
    );
  }
});

interface Shown {
  readonly name: string;
  readonly uuid: string;
  readonly readOnly: boolean;
  readonly table: readonly string[];
}

const byName = (a: Shown, b: Shown): number => (a.name < b.name ? -1 : 1);

const shown = ({ name, uuid, readOnly, table }: DmState["devices"][number]): Shown => ({
  name,
  uuid,
  readOnly: Boolean(readOnly),
  table: (table ?? []).map(({ start, length, type, params }) =>
    `${start} ${length} ${type} ${params.replace(/\S+\/(\w+)\.img/g, "@$1")}`.trim(),
  ),
});

const golden = ({ name, uuid, readonly, table }: ReturnType<typeof goldenDevices>[number]): Shown => ({
  name,
  uuid,
  readOnly: readonly,
  table: table.map((line) => line.trim()),
});

/** What report says of the LVs that are live. */
async function liveLvs(world: ImageVg, vg: string): Promise<readonly object[]> {
  const call = { applet: "dvm", verb: "report", operands: { vg, what: "lv" }, options: { format: "json" } };
  const { rows } = (await world.call(call)) as Report;
  return rows.filter((row) => "state" in row && row.state === "active");
}

/** The SHA-256 of an LV's content. */
async function exported(sys: Parameters<typeof exportLv>[0], lv: string): Promise<string> {
  const hash = createHash("sha256");
  const sink = {
    write: async (part: Uint8Array) => void hash.update(part),
    finish: async () => {},
    abandon: async () => {},
  };
  await exportLv(sys, { devices: [], lv, file: "-" }, async () => sink);
  return hash.digest("hex");
}

t.test("what would change a VG of LVM2 is refused", async (t) => {
  const world = worldOf(t, "linear");
  const before = [...world.content].map(
    ([file, bytes]) => `${basename(file)} ${createHash("sha256").update(bytes).digest("hex")}`,
  );
  const discovery = await world.call({ applet: "lvm2", verb: "find", operands: { vg: "lin" } });
  const metadata = (await world.call({
    applet: "lvm2",
    verb: "read",
    operands: { vg: "lin" },
  })) as Uint8Array;
  for (const [applet, verb, rest] of [
    ["tm", "read", { stdin: discovery }],
    ["tm", "update", { stdin: discovery, command: ["manip", "tag", "--lv", "one", "--add", "x"] }],
    ["tm", "recover", { stdin: discovery }],
    ["manip", "tag", { stdin: metadata, options: { lv: ["one"], add: ["x"] } }],
    ["manip", "remove-lv", { stdin: metadata, options: { name: "one" } }],
  ] as const) {
    const failure = await world.call({ applet, verb, ...rest }).then(() => undefined, toDvmError);
    t.match(failure, { code: "UNSUPPORTED", message: /is LVM2's/ }, `${applet} ${verb}`);
  }
  t.strictSame(
    [...world.content].map(
      ([file, bytes]) => `${basename(file)} ${createHash("sha256").update(bytes).digest("hex")}`,
    ),
    before,
  );
});
