/** dvm suspends the device that it runs from, and comes back, because it has locked itself in memory. */
import t from "tap";
import { bundle, packaged } from "../lib/dvm.ts";
import { requireKernel } from "../lib/kernel.ts";
import { orNightly } from "../lib/nightly.ts";
import {
  interrupted,
  prelude,
  rootImage,
  squeezed,
  stuck,
  suspendingProgram,
  swapImage,
} from "../lib/suspended-root.ts";
import { bootUml } from "../lib/uml.ts";

/** Programs one after the other, and how often each suspends everything. */
const PROGRAMS = 2;
const TIMES = orNightly(4, 10);

interface Squeezed {
  readonly during: boolean;
  readonly came: boolean;
}

interface Ended {
  readonly status: number;
  readonly errors: string;
  readonly result: {
    readonly locked?: boolean;
    readonly faults?: { readonly minor: number; readonly major: number };
    readonly suspensions?: readonly { readonly device: string; readonly durationUs: number }[];
  } | null;
}

function records<T>(output: string, kind: string): T[] {
  return [...output.matchAll(new RegExp(`^${kind} (.*)$`, "gm"))].map(([, text]) => JSON.parse(text ?? ""));
}

const OPTIONS = {
  modules: ["dm-mod", "dm-zero"],
};

t.test("dvm on the device that it suspends", async (t) => {
  if (!requireKernel(t)) return;
  const directory = t.testdir({});
  const disks = [
    rootImage(directory, { "/node": process.execPath, "/dvm": bundle, "/dvm-linux-x64": packaged }),
    swapImage(directory),
  ];
  for (const [what, command] of [
    ["the bundle on Node", "/node /dvm"],
    ["the packaged executable", "/dvm-linux-x64"],
  ] as const) {
    await t.test(what, async (t) => {
      const chroot = `chroot $TMPDIR/root ${command}`;
      const unlocked = `${chroot} -c /run/unlocked.json`;
      const { output, console } = await bootUml({
        ...OPTIONS,
        disks,
        env: { PROGRAM: JSON.stringify(suspendingProgram(TIMES)) },
        script: [
          prelude,
          ...Array.from({ length: PROGRAMS }, () => squeezed(chroot, TIMES)),
          interrupted(["TERM", "INT", "HUP"], chroot),
          `echo '{"dm":{"backend":"kernel","lockMemory":false}}' >/run/unlocked.json`,
          stuck(unlocked),
        ].join("\n"),
      });
      const log = { output: output.slice(-4000), console: console.slice(-2000) };
      const squeezes = records<Squeezed>(output, "SQUEEZED");
      const ended = records<Ended>(output, "ENDED");
      t.equal(squeezes.length, PROGRAMS * TIMES + 2, "times", log);
      t.ok(
        squeezes.every(({ during }) => during),
        "memory was taken, and signals came, while the devices were suspended",
        log,
      );
      t.strictSame(
        squeezes.map(({ came }) => came),
        [...Array.from({ length: PROGRAMS * TIMES + 1 }, () => true), false],
        "dvm comes through each time, and without the lock it is stuck",
      );
      for (const { status, errors, result } of ended.slice(0, PROGRAMS)) {
        t.equal(status, 0, errors);
        t.equal(result?.locked, true);
        t.equal(result?.faults?.major, 0, "major faults");
        t.equal(result?.suspensions?.length, 3 * TIMES);
      }
      const stopped = ended[PROGRAMS]?.status;
      t.ok(
        [128 + 15, 128 + 2, 128 + 1].includes(stopped ?? 0),
        `a signal ends it after that: ${stopped}`,
        log,
      );
      t.equal(ended.length, PROGRAMS + 2);
      const minor = ended.slice(0, PROGRAMS).map(({ result }) => result?.faults?.minor);
      t.comment(`states ${what}: ${PROGRAMS * TIMES} times 0 major faults, minor ones: ${minor.join(", ")}`);
      t.notMatch(output, /^SUSPENDED/m);
    });
  }
});
