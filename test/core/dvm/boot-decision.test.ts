/** What the kernel's command line says, what LVs need, and what follows from that and the clock. */
import t from "tap";
import { type BootView, decideBoot } from "../../../src/core/dvm/boot/decide.ts";
import { type BootArguments, parseKernelLine, parseNamedLv } from "../../../src/core/dvm/boot/kernel-line.ts";
import { decodeNote, encodeNote, noteArrivals } from "../../../src/core/dvm/boot/note.ts";

const lines: readonly (readonly [string, Partial<BootArguments>])[] = [
  ["", { on: true, vgs: [], lvs: [], root: undefined, resume: undefined, policy: undefined, wrong: [] }],
  ["quiet rd.dvm=0", { on: false }],
  ["rd.dvm=0 rd.dvm=1", { on: true }],
  ["rd.dvm.vg=a rd.dvm.vg=b rd.dvm.lv=c/d", { vgs: ["a", "b"], lvs: [{ vg: "c", lv: "d" }] }],
  ["root=/dev/mapper/v--g-ro--ot", { root: { vg: "v-g", lv: "ro-ot" } }],
  [
    "root=/dev/vg/root mount.usr=/dev/vg/usr",
    { root: { vg: "vg", lv: "root" }, usr: { vg: "vg", lv: "usr" } },
  ],
  ["root=UUID=1234-5678", { root: undefined }],
  ["root=/dev/sda1", { root: undefined }],
  ["root=/dev/mapper/vg-root-rimage_0", { root: undefined }],
  ['BOOT_IMAGE="/a rd.dvm=0 b" rd.dvm.grace=5', { on: true, graceMs: 5000 }],
  ["rd.dvm.grace=soon rd.dvm.degraded=maybe", { wrong: ["rd.dvm.grace=soon", "rd.dvm.degraded=maybe"] }],
  ["rd.dvm.lv=nothing", { lvs: [], wrong: ["rd.dvm.lv=nothing"] }],
  [
    "rd.lvm.vg=a rd.lvm.lv=c/d rd.lvm.lv=e",
    { vgs: [], lvs: [], lvm2: { vgs: ["a"], lvs: [{ vg: "c", lv: "d" }] }, wrong: ["rd.lvm.lv=e"] },
  ],
  ["rd.lvm=0 rd.lvm.vg=a rd.lvm.lv=e", { lvm2: { vgs: [], lvs: [] }, wrong: [] }],
  ["rd.dvm.degraded=1", { policy: "writable" }],
  ["rd.dvm.degraded=readonly", { policy: "readonly" }],
  ["rd.dvm.degraded=never", { policy: "never" }],
  ["resume=/dev/vg/swap resume_offset=7", { resume: { vg: "vg", lv: "swap" }, resumeOffset: 7 }],
  ["resume=/dev/vg/swap noresume", { resume: undefined }],
  ["rd.dvm.degraded=__proto__", { policy: undefined, wrong: ["rd.dvm.degraded=__proto__"] }],
];
t.test("the kernel's command line", async (t) => {
  for (const [line, wanted] of lines) t.match(parseKernelLine(line), wanted, line);
  t.equal(parseNamedLv("/dev/mapper/control"), undefined);
});

const base: BootView = {
  lvs: [],
  nowMs: 1000,
  firstArrivalMs: 0,
  lastArrivalMs: 0,
  graceMs: 30_000,
  isOver: false,
  policy: undefined,
  mayChange: true,
  isUnlocking: false,
  hasMajority: false,
};
const lv = { id: "1", name: "lv", lacks: ["p"], up: undefined, mayDegrade: true } as const;
const late = { nowMs: 30_000 };

/** What is there, and what becomes of the one LV: a key of the decision, waits, or nothing. */
const cases: readonly (readonly [string, Partial<BootView>, Partial<BootView["lvs"][number]>, string])[] = [
  ["whole", {}, { need: "whole" }, "whole"],
  ["whole, long after", late, { need: "whole" }, "whole"],
  ["whole, and taken down since", {}, { need: "whole", up: "writable" }, ""],
  ["whole again, after it came up read-only", {}, { need: "whole", up: "readonly" }, "whole"],
  ["whole, whatever the policy", { policy: "never" }, { need: "whole" }, "whole"],
  ["without a stale leg", {}, { need: "stale" }, "degraded"],
  ["the same where nothing may change", { mayChange: false }, { need: "stale" }, "degraded"],
  ["the same, only to be read", { policy: "readonly" }, { need: "stale" }, "readOnly"],
  ["the same, never", { policy: "never" }, { need: "stale" }, "left"],
  ["a leg is missing", {}, { need: "legs" }, "waits"],
  ["a moment before the end", { nowMs: 29_999 }, { need: "legs" }, "waits"],
  ["at the end, half is there", late, { need: "legs" }, "readOnly"],
  ["at the end, most is there", { ...late, hasMajority: true }, { need: "legs" }, "goWithout"],
  ["a password may be missing only", { ...late, isUnlocking: true }, { need: "legs" }, "waits"],
  ["the same before too long", { nowMs: 89_999, isUnlocking: true }, { need: "legs" }, "waits"],
  [
    "the same for too long, most is there",
    { nowMs: 90_000, isUnlocking: true, hasMajority: true },
    { need: "legs" },
    "readOnly",
  ],
  [
    "the same, and somebody has said so",
    { nowMs: 90_000, isUnlocking: true, policy: "writable" },
    { need: "legs" },
    "goWithout",
  ],
  ["somebody says so", { ...late, policy: "writable" }, { need: "legs" }, "goWithout"],
  ["somebody forbids it", { ...late, hasMajority: true, policy: "readonly" }, { need: "legs" }, "readOnly"],
  ["somebody wants it whole", { ...late, hasMajority: true, policy: "never" }, { need: "legs" }, "left"],
  ["after a crash", { ...late, policy: "writable", mayChange: false }, { need: "legs" }, "readOnly"],
  ["it can wait for the system", late, { need: "legs", mayDegrade: false }, ""],
  ["it is up to be read already", late, { need: "legs", up: "readonly" }, ""],
  ["the same with a stale leg", {}, { need: "stale", up: "readonly" }, ""],
  ["the time is up by order", { isOver: true }, { need: "legs" }, "readOnly"],
  ["another one came late", { ...late, lastArrivalMs: 20_000 }, { need: "legs" }, "waits"],
  ["one comes after the other", { nowMs: 90_000, lastArrivalMs: 80_000 }, { need: "legs" }, "readOnly"],
  ["content is missing", {}, { need: "lost" }, "waits"],
  ["content is missing for good", late, { need: "lost" }, "left"],
  ["the same, of what can wait", late, { need: "lost", mayDegrade: false }, ""],
];
t.test("what becomes of an LV", async (t) => {
  for (const [what, view, of, wanted] of cases) {
    const { dueMs, ...decision } = decideBoot({ ...base, ...view, lvs: [{ ...lv, need: "whole", ...of }] });
    const done = Object.entries(decision).flatMap(([key, lvs]) => (lvs.length > 0 ? [key] : []));
    t.strictSame(done, wanted === "" || wanted === "waits" ? [] : [wanted], what);
    t.equal(dueMs !== undefined, wanted === "waits", `${what}: looks again`);
  }
});

t.test("when to look again", async (t) => {
  const lvs = [{ ...lv, need: "legs" }] as const;
  t.equal(decideBoot({ ...base, lvs }).dueMs, 30_000);
  t.equal(decideBoot({ ...base, lvs, lastArrivalMs: 900 }).dueMs, 30_900);
  t.equal(decideBoot({ ...base, lvs, nowMs: 85_000, lastArrivalMs: 84_000 }).dueMs, 90_000);
});

t.test("notes of who is there", async (t) => {
  const first = noteArrivals(undefined, ["a"], { nowMs: 5, initramfs: true });
  t.match(first, { firstArrivalMs: 5, lastArrivalMs: 5, present: ["a"], up: {} });
  t.match(noteArrivals(first, ["a"], { nowMs: 9, initramfs: true }), { firstArrivalMs: 5, lastArrivalMs: 5 });
  t.match(noteArrivals(first, ["a", "b"], { nowMs: 9, initramfs: true }), {
    firstArrivalMs: 5,
    lastArrivalMs: 9,
  });
  const up = { ...first, up: { l: "writable" as const } };
  t.match(noteArrivals(up, ["a"], { nowMs: 9, initramfs: false }), {
    firstArrivalMs: 9,
    up: { l: "writable" },
  });
  t.strictSame(decodeNote(encodeNote(up)), up);
  for (const odd of [undefined, "", "{", "null", "{}", '{"present":1}'])
    t.equal(decodeNote(odd), undefined, `${odd}`);
});
