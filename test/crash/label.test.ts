/**
 * add, relabel and rm under a power cut at any moment and under any single fault of the device. After a cut a
 * label is the one from before or the new one, no label stands beside a signature of another use, and doing
 * it again makes it whole. After a fault everything is as before, or the exit status is 8.
 */
import t, { type Test } from "tap";
import { canonicalJson } from "../../src/core/base/canonical-json.ts";
import { derivedId } from "../../src/core/base/derived-id.ts";
import { DvmError, toDvmError } from "../../src/core/base/error.ts";
import { addDevices } from "../../src/core/discover/add.ts";
import { importClone } from "../../src/core/discover/import-clone.ts";
import { encodeLabel } from "../../src/core/discover/label.ts";
import { COPY_OFFSETS } from "../../src/core/discover/layout.ts";
import { probeSignatures } from "../../src/core/discover/probe.ts";
import { readLabel } from "../../src/core/discover/read-label.ts";
import { relabelDevices } from "../../src/core/discover/relabel.ts";
import { removeDevices } from "../../src/core/discover/remove.ts";
import type { LabelSys } from "../../src/core/discover/survey.ts";
import type { Disks } from "../../src/core/port/block.ts";
import { type Fault, faultyDisks } from "../../src/core/sim/faulty-disks.ts";
import { memoryDisks } from "../../src/core/sim/memory-disks.ts";
import { type Recorded, recordingDisks } from "../../src/core/sim/recording-disks.ts";
import type { Label } from "../../src/schema/index.ts";
import { crashStates } from "../lib/crash-states.ts";
import { adding, labelWorld, MIB } from "../lib/label-world.ts";

const SIZE = 1.75 * MIB;
const PATH = "/dev/a";
const VG = "0123456789abcdef0123456789abcdef";
const DEVICE = "fedcba9876543210fedcba9876543210";
const [FIRST = 0, SECOND = 0] = COPY_OFFSETS;

const label = (regions: number, more: Partial<Label["vg"]> = {}): Label => ({
  vg: { id: VG, name: "vg", generation: 1, members: 1, ...more },
  device: { id: DEVICE, size: SIZE / 512 },
  dataStart: 3072,
  dataLength: 512,
  regions: Array.from({ length: regions }, (_, index) => ({ offset: 2048 + index * 8, length: 8 })),
});

/** A device with these labels in its two places. */
function labelled(first?: [sequence: number, Label], second?: [sequence: number, Label]): Buffer {
  const bytes = Buffer.alloc(SIZE, 0x5a);
  bytes.fill(0, 0, MIB);
  for (const [offset, copy] of [
    [FIRST, first],
    [SECOND, second],
  ] as const) {
    if (copy) encodeLabel({ sequence: copy[0], label: copy[1] }, offset).copy(bytes, offset);
  }
  return bytes;
}

/**
 * What many have left: GPT with its backup, a file system, an md superblock at the end, the label of another
 * VG.
 */
function used(): Buffer {
  const other = label(0, { id: "e".repeat(32), name: "theirs" });
  const bytes = labelled([6, other], [5, other]);
  bytes.write("55aa", 510, "hex");
  bytes.write("EFI PART", 512);
  bytes.write("EFI PART", SIZE - 512);
  bytes.write("53ef", 1080, "hex");
  bytes.write("fc4e2ba9", SIZE - 8192, "hex");
  return bytes;
}

interface Scenario {
  readonly name: string;
  readonly before: () => Buffer;
  readonly run: (sys: LabelSys) => Promise<unknown>;
  /** The labels (or "none") that may be read afterwards. */
  readonly allowed: readonly (string | Label)[];
  /** Finishes what a cut left; the last of `allowed` is then read. */
  readonly again?: (sys: LabelSys) => Promise<unknown>;
}

const add = (regions: number, force: boolean) => (sys: LabelSys) =>
  addDevices(
    sys,
    adding("vg", [PATH], {
      isNew: true,
      vgId: VG,
      ids: [DEVICE],
      force,
      layout: {
        regions: label(regions).regions,
        data: { offset: 3072, length: 512 },
      },
    }),
  );
const relabelTo = (name: string) => (sys: LabelSys) =>
  relabelDevices(sys, {
    vg: VG,
    vgId: undefined,
    discovery: undefined,
    name,
    generation: 9,
    members: 3,
    only: [],
    devices: [],
  });
const relabel = relabelTo("new");
const remove = (sys: LabelSys) =>
  removeDevices(sys, { vg: VG, vgId: undefined, members: [PATH], devices: [] });
const NEW_VG = derivedId(VG, "1");
const imported = (): Label => {
  const { vg, device, ...rest } = label(1);
  return {
    vg: { ...vg, id: NEW_VG, name: "copy" },
    device: { ...device, id: derivedId(NEW_VG, DEVICE) },
    ...rest,
  };
};
const importIt = (sys: LabelSys) =>
  importClone(sys, { vg: "vg", vgId: undefined, paths: [PATH], name: "copy", devices: [] });
const tolerant = (run: (sys: LabelSys) => Promise<unknown>, code: string) => (sys: LabelSys) =>
  run(sys).catch((thrown: unknown) => {
    if (toDvmError(thrown).code !== code) throw thrown;
  });

const renamed = (regions: number, name = "new") => label(regions, { name, generation: 9, members: 3 });

const scenarios: readonly Scenario[] = [
  ...[0, 1, 64].map((regions) => ({
    name: `add with ${regions} regions to a device that was never used`,
    before: () => labelled(),
    run: add(regions, false),
    allowed: ["none", label(regions)],
    again: tolerant(add(regions, true), "EXISTS"),
  })),
  {
    name: "add --force to a device that carries everything",
    before: used,
    run: add(2, true),
    allowed: ["none", label(0, { id: "e".repeat(32), name: "theirs" }), label(2)],
    again: tolerant(add(2, true), "EXISTS"),
  },
  ...[1, 64].map((regions) => ({
    name: `relabel a device of ${regions} regions`,
    before: () => labelled([4, label(regions)], [4, label(regions)]),
    run: relabel,
    allowed: [label(regions), renamed(regions)],
    again: relabel,
  })),
  {
    name: "relabel a device whose first copy is out of date",
    before: () => labelled([3, label(1, { generation: 0 })], [4, label(1)]),
    run: relabel,
    allowed: [label(1), renamed(1)],
    again: relabel,
  },
  {
    name: "relabel a device whose second copy is damaged",
    before: () => {
      const bytes = labelled([4, label(1)], [4, label(1)]);
      bytes.fill(7, SECOND + 80, SECOND + 90);
      return bytes;
    },
    run: relabel,
    allowed: [label(1), renamed(1)],
    again: relabel,
  },
  ...(
    [
      [
        [4, label(1)],
        [4, label(1)],
      ],
      [
        [3, label(1, { generation: 0 })],
        [4, label(1)],
      ],
      [[4, label(1)], undefined],
    ] as const
  ).map(([first, second], index) => ({
    name: `import a copied device, ${["whole", "one copy out of date", "one copy gone"][index]}`,
    before: () => labelled(first && [...first], second && [...second]),
    run: importIt,
    allowed: [label(1), imported()],
    again: tolerant(importIt, "NOT_FOUND"),
  })),
  {
    name: "rm",
    before: () => labelled([4, label(1)], [4, label(1)]),
    run: remove,
    allowed: [label(1), "none"],
    again: tolerant(remove, "NOT_FOUND"),
  },
  {
    name: "rm of a device whose first copy is out of date",
    before: () => labelled([3, label(1, { generation: 0, name: "vg" })], [4, label(1)]),
    run: remove,
    allowed: [label(1), "none"],
    again: tolerant(remove, "NOT_FOUND"),
  },
];

/** The label that counts, "none", or "damaged"; never one beside a signature of somebody else. */
async function look(disks: Disks): Promise<string> {
  const device = await disks.open(PATH, { write: false });
  try {
    const { newest } = await readLabel(device);
    const others = (await probeSignatures(device)).filter(({ name }) => !name.includes("dvm"));
    if (newest && newest.label.vg.id === VG && others.length > 0) return `a label beside ${others[0]?.name}`;
    return newest ? canonicalJson(newest.label) : "none";
  } catch (thrown) {
    if (thrown instanceof DvmError && thrown.code === "CORRUPT") return "damaged";
    throw thrown;
  } finally {
    await device.close();
  }
}

const text = (label: string | Label): string => (typeof label === "string" ? label : canonicalJson(label));

/** A world with one device. */
function worldOf(bytes: Buffer, logicalBlockSize: number, through?: (disks: Disks) => Disks) {
  const world = labelWorld(through ? { through } : {});
  const live = world.disk(PATH, bytes, {}, { logicalBlockSize });
  return { ...world, live };
}

/** After a cut while a first label was written nothing valid may be there: that is as good as none. */
const isAllowed = (seen: string, allowed: readonly string[]): boolean =>
  allowed.includes(seen) || (seen === "damaged" && allowed.includes("none"));

async function cutAnywhere(t: Test, { before, run, allowed, again }: Scenario, blockBytes: number) {
  let recorded: ReturnType<typeof recordingDisks> | undefined;
  const world = worldOf(before(), blockBytes, (disks) => {
    recorded = recordingDisks(disks);
    return recorded;
  });
  await run(world.sys);
  const log = recorded?.log ?? [];
  const expected = allowed.map(text);
  t.equal(await look(world.disks), expected.at(-1), "without a cut it is done");

  const seen = new Map<string, number>();
  const disks = memoryDisks();
  const bytes = disks.create(PATH, before(), { logicalBlockSize: blockBytes });
  let states = 0;
  for (const { what } of crashStates(bytes, log, blockBytes)) {
    states += 1;
    const found = await look(disks);
    seen.set(found, 1 + (seen.get(found) ?? 0));
    if (!isAllowed(found, expected)) t.fail(`${what}: ${found}`);
    const after = worldOf(bytes, blockBytes);
    await again?.(after.sys);
    const finished = await look(after.disks);
    if (finished !== expected.at(-1)) t.fail(`${what}: done again it is ${finished}`);
    const device = await after.disks.open(PATH, { write: false });
    const sequences = (await readLabel(device)).copies.map(({ copy }) => copy?.sequence);
    if (finished !== "none" && sequences[0] !== sequences[1] && again === relabel)
      t.fail(`${what}: the copies have sequence ${sequences}`);
  }
  t.ok(expected.every((each) => seen.has(each)) || seen.has("damaged"), "states of each kind were met");
  t.ok(bytes.equals(world.live), "the log was complete");
  t.comment(`states ${states}`);
}

for (const scenario of scenarios) {
  for (const blockBytes of [512, 4096]) {
    t.test(`power cut: ${scenario.name}, blocks of ${blockBytes}`, (t) =>
      cutAnywhere(t, scenario, blockBytes),
    );
  }
}

/** The disk has taken what the first one wrote and may lose it, until something flushes. */
for (const [verb, second, allowed] of [
  ["relabel", relabelTo("other"), [label(20), renamed(20), renamed(20, "other")]],
  ["rm", remove, [label(20), renamed(20), "none"]],
] as const) {
  t.test(`killed in a relabel, then ${verb}, then a power cut`, async (t) => {
    const before = labelled([4, label(20)], [4, label(20)]);
    const logOf = async (bytes: Buffer, run: (sys: LabelSys) => Promise<unknown>) => {
      let log: readonly Recorded[] = [];
      const world = worldOf(bytes, 512, (disks) => {
        const recording = recordingDisks(disks);
        log = recording.log;
        return recording;
      });
      await run(world.sys);
      return log;
    };
    const whole = await logOf(before, relabel);
    for (let killed = 0; killed <= whole.length; killed += 1) {
      const first = whole.slice(0, killed);
      const shown = Buffer.from(before);
      for (const step of first) if (step.kind === "write") step.bytes.copy(shown, step.offset);
      const log = [...first, ...(await logOf(shown, second))];
      const disks = memoryDisks();
      const bytes = disks.create(PATH, before);
      for (const { what } of crashStates(bytes, log)) {
        const found = await look(disks);
        if (!allowed.map(text).includes(found)) t.fail(`killed after ${killed} steps, ${what}: ${found}`);
      }
    }
    t.pass("the label is one of those that were there");
  });
}

const faults: readonly (readonly [string, Fault, onwards: boolean])[] = [
  ["fails once", { kind: "fail" }, false],
  ["fails once, yet it happened", { kind: "fail-after" }, false],
  ["is torn at 512", { kind: "tear", bytes: 512 }, false],
  ["fails from then on", { kind: "fail" }, true],
  ["hangs", { kind: "hang" }, false],
  ["hangs, yet it happened", { kind: "hang", lands: true }, false],
];

for (const { name, before, run, allowed } of scenarios) {
  t.test(`a fault: ${name}`, async (t) => {
    const image = before();
    const expected = allowed.map(text);
    let states = 0;
    const codes = new Map<string, number>();
    for (const [what, fault, onwards] of faults) {
      for (let at = 0; ; at += 1) {
        let met = false;
        const world = worldOf(image, 512, (disks) =>
          faultyDisks(disks, ({ number }) => {
            if (onwards ? number < at : number !== at) return undefined;
            met = true;
            return fault;
          }),
        );
        const code = await run(world.sys).then(
          () => "done",
          (thrown: unknown) => toDvmError(thrown).code,
        );
        if (!met) break;
        states += 1;
        codes.set(code, 1 + (codes.get(code) ?? 0));
        const when = `operation ${at} ${what}: ${code}`;
        const found = await look(world.disks);
        if (!isAllowed(found, expected)) t.fail(`${when}: ${found}`);
        if (code === "BUG") t.fail(when);
        if (code === "done" && found !== expected.at(-1)) t.fail(`${when}: but it is ${found}`);
        if (code !== "done" && code !== "HALF_DONE" && !world.live.equals(image))
          t.fail(`${when}: the device has changed`);
      }
    }
    t.ok(codes.has("HALF_DONE"), "some faults leave it half done");
    t.comment(`states ${states}: ${[...codes].map(([code, count]) => `${code} ${count}`).join(", ")}`);
    t.pass("no fault did harm");
  });
}
