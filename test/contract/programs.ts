/**
 * Programs, and what they come to on any device-mapper: the contract of dmexec run. Each begins with no
 * devices but those that `given` makes.
 */
import { toDvmError } from "../../src/core/base/error.ts";
import { assemble } from "../../src/core/dmexec/assemble.ts";
import { disassemble } from "../../src/core/dmexec/disassemble.ts";
import { runProgram } from "../../src/core/dmexec/run.ts";
import { dmState } from "../../src/core/dmexec/state.ts";
import type { Dm } from "../../src/core/port/dm.ts";
import type { ProgramResult } from "../../src/schema/index.ts";
import { swapProgram } from "../lib/dm-programs.ts";
import { linear, live } from "./dm-steps.ts";

export interface ProgramCase {
  readonly name: string;
  /** Assembly; DISK stands for a disk of 8192 sectors and more. */
  readonly text: string;
  /** `op device errno` of what was done, errno left out for what went well. */
  readonly trace: readonly string[];
  readonly exit?: number;
  /** Of the reason of the last failure. */
  readonly reason?: RegExp;
  /** Devices that were suspended, in the order in which they came free. */
  readonly suspensions?: readonly string[];
  /** Values gathered. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Afterwards: name, "suspended" if so, live table. */
  readonly state: readonly string[];
}

/** Two devices, the first on the disk and the second on the first. */
export function given(dm: Dm, disk: string): void {
  live(dm, "below", linear(disk));
  live(dm, "above", linear(dm.info("below").dev));
}

const TABLES = `
.table moved
  0 8192 linear DISK 8192
.end
.table long
  0 8192 linear @below 0
  8192 8192 linear DISK 0
.end
.table new
  0 8 zero
.end
.table on-new
  0 8 linear @new 0
.end
.table on-none
  0 8 linear @none 0
.end
.table wrong
  0 8 linear DISK
.end
.table outgrown
  0 16384 linear @below 0
.end
`;

export const programCases: readonly ProgramCase[] = [
  {
    name: "swap of a device below another",
    text: `load below moved\n${disassemble(swapProgram(["above", "below"]))}`,
    trace: ["load below", "suspend above", "suspend below", "resume below", "resume above"],
    suspensions: ["below", "above"],
    state: ["above: 0 8192 linear @below 0", "below: 0 8192 linear DISK 8192"],
  },
  {
    name: "everything while a device is suspended",
    text: `
        suspend below noflush
        jmp-fail end
        create new DVM-new
        jmp-fail back
        load new new
        jmp-fail back
        resume new
        jmp-fail back
        rename new newer
        jmp-fail back
        rename newer new
        jmp-fail back
        load above on-new
        jmp-fail back
        begin-object here
        info above key=info exists=true suspended=false
        jmp-fail open
        table above inactive key=table
        jmp-fail open
        deps below key=deps
        jmp-fail open
        status new key=status noflush
        jmp-fail open
        check-status new zero words word:0=""
        jmp-fail open
        literal said "so"
        end-object
        clear above
        jmp-fail back
        message new "hello"
        jmp-fail next
next:   remove new
        jmp-fail back
        jmp back
open:   end-object
back:   resume below
        jmp-fail first
        exit 0
first:  clear below
        jmp-fail second
second: resume below
        jmp-fail lost
end:    exit 1
lost:   exit 8
`,
    trace: [
      "suspend below",
      "create new",
      "load new",
      "resume new",
      "rename new",
      "rename newer",
      "load above",
      "info above",
      "table above",
      "deps below",
      "status new",
      "check-status new",
      "clear above",
      "message new EINVAL",
      "remove new",
      "resume below",
    ],
    suspensions: ["below"],
    values: {
      here: {
        info: {
          name: "above",
          uuid: "DVM-above",
          dev: "254:1",
          suspended: false,
          readOnly: false,
          openCount: 0,
          eventNr: 0,
          hasLive: true,
          hasInactive: true,
        },
        table: [{ start: 0, length: 8, type: "linear", params: "@new 0" }],
        deps: ["DISK"],
        status: [{ start: 0, length: 8, type: "zero", status: "" }],
        said: "so",
      },
    },
    state: ["above: 0 8192 linear @below 0", "below: 0 8192 linear DISK 0"],
  },
  {
    name: "failures while a device is suspended, with their reasons",
    text: `
        suspend below
        jmp-fail end
        load above on-none
        jmp-fail one
one:    info below uuid=DVM-other
        jmp-fail two
two:    check-status below striped
        jmp-fail three
three:  info nothing exists=true
        jmp-fail four
four:   info nothing exists=false
        jmp-fail five
five:   load above wrong
        jmp-fail back
back:   resume below
        jmp-fail first
        exit 3
first:  clear below
        jmp-fail second
second: resume below
        jmp-fail lost
end:    exit 1
lost:   exit 8
`,
    trace: [
      "suspend below",
      "load above ENXIO: the table names @none, which does not exist",
      'info below UNEXPECTED: uuid is "DVM-below", not "DVM-other"',
      "check-status below UNEXPECTED: target 0 is linear, not striped",
      "info nothing ENXIO",
      "info nothing",
      "load above EINVAL",
      "resume below",
    ],
    exit: 3,
    reason: /linear: Invalid argument count|^Invalid argument count/,
    suspensions: ["below"],
    state: ["above: 0 8192 linear @below 0", "below: 0 8192 linear DISK 0"],
  },
  {
    name: "a table that its resume refuses",
    text: `
        load above outgrown
        resume above
        jmp-fail back
        exit 0
back:   clear above
        jmp-fail next
next:   resume above
        jmp-fail lost
        exit 1
lost:   exit 8
`,
    trace: ["load above", "resume above EINVAL", "clear above", "resume above"],
    exit: 1,
    suspensions: ["above"],
    state: ["above: 0 8192 linear @below 0", "below: 0 8192 linear DISK 0"],
  },
  {
    name: "waiting, renaming and removing",
    text: `
        rename above other
        wait-event other 0 5000
        wait-event other 9 20
        jmp-fail next
next:   remove below attempts=2
        jmp-fail more
more:   remove other attempts=2
        remove below
        list key=left
`,
    trace: [
      "rename above",
      "wait-event other",
      "wait-event other ETIMEDOUT",
      "remove below EBUSY",
      "remove other",
      "remove below",
      "list",
    ],
    values: { left: [] },
    state: [],
  },
  {
    name: "a failure that nothing follows ends the program",
    text: "remove below\nremove above",
    trace: ["remove below EBUSY"],
    exit: 1,
    state: ["above: 0 8192 linear @below 0", "below: 0 8192 linear DISK 0"],
  },
  {
    name: "new devices are no danger to anybody",
    text: `
create new DVM-new
load new new
resume new
create newer DVM-newer
load newer on-new
resume newer
`,
    trace: ["create new", "load new", "resume new", "create newer", "load newer", "resume newer"],
    state: [
      "above: 0 8192 linear @below 0",
      "below: 0 8192 linear DISK 0",
      "new: 0 8 zero",
      "newer: 0 8 linear @new 0",
    ],
  },
];

export interface Came {
  readonly exit: number;
  readonly trace: readonly string[];
  readonly reason: string | undefined;
  readonly suspensions: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly state: readonly string[];
  /** Locked sections were entered. */
  readonly locked: boolean | undefined;
  readonly majorFaults: number | undefined;
}

/** Runs a case; the result in the words of the case. */
export async function runCase(dm: Dm, disk: string, { text }: ProgramCase): Promise<Came> {
  const anonymous = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(disk, "DISK"));
  const program = assemble(`${TABLES}${text}`.replaceAll("DISK", disk));
  const result = await runProgram(dm, program).catch((thrown) => {
    const { output } = toDvmError(thrown);
    if (output === undefined) throw thrown;
    return output as ProgramResult;
  });
  // What the kernel says beside the errno is in the kernel's words.
  const own = ({ errno, reason }: ProgramResult["trace"][number]): string =>
    reason !== undefined && (errno === "UNEXPECTED" || reason.startsWith("the table names"))
      ? `: ${reason}`
      : "";
  return anonymous({
    exit: result.exit,
    trace: result.trace.map((entry) =>
      [entry.op, entry.device, entry.errno]
        .filter((word) => word != null)
        .join(" ")
        .concat(own(entry)),
    ),
    reason: result.trace.findLast(({ reason }) => reason !== undefined)?.reason,
    suspensions: (result.suspensions ?? []).map(({ device }) => device),
    values: result.values,
    state: dmState(dm, { all: true }).devices.map(
      ({ name, suspended, table }) =>
        `${name}: ${suspended ? "suspended " : ""}${(table ?? []).map(({ start, length, type, params }) => `${start} ${length} ${type} ${params}`.trim()).join(", ")}`,
    ),
    locked: result.locked,
    majorFaults: result.faults?.major,
  });
}

/** What the case says that it comes to, for comparison. */
export const expectedOf = ({ exit = 0, trace, suspensions = [], values = {}, state }: ProgramCase) => ({
  exit,
  trace,
  suspensions,
  values,
  state,
});
