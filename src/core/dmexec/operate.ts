/** The operations of a program, each done once on device-mapper. */
import { mapDevices, namesByDev, referenceOf, symbolicLine } from "../dm/references.ts";
import { type Dm, type DmAnswers, type DmInfo, DmRefused } from "../port/dm.ts";
import { failureOf, OperationFailed, unexpected } from "./failure.ts";
import type { Instruction } from "./instructions.ts";

/** Between attempts, while a device is in use. */
const RETRY_MS = 100;

type OperationOf<Op extends Instruction["op"]> = Extract<Instruction, { op: Op }>;

/**
 * Performs one operation.
 * @returns what it gathered, or undefined
 * @throws DmRefused, OperationFailed
 */
export function operate(dm: Dm, instruction: Instruction): unknown {
  switch (instruction.op) {
    case "create":
      return void dm.create(instruction.name, instruction.uuid);
    case "remove":
      return patiently(dm, instruction, () => dm.remove(instruction.name));
    case "load":
      return load(dm, instruction);
    case "clear":
      return dm.clear(instruction.name);
    case "suspend": {
      const { name, noflush = false, skipLockfs = false } = instruction;
      return dm.suspend(name, { noflush, skipLockfs });
    }
    case "resume":
      return dm.resume(instruction.name);
    case "rename":
      return dm.rename(instruction.name, instruction.newName);
    case "wait-event":
      return dm.waitEvent(instruction.name, instruction.eventNr, instruction.deadlineMs);
    case "info":
      return patiently(dm, instruction, () => info(dm, instruction));
    default:
      return inquire(dm, instruction);
  }
}

/**
 * What an operation that asks, rather than does, comes to.
 * @returns what it gathered, or undefined
 * @throws DmRefused, OperationFailed
 */
export function inquire(dm: DmAnswers, instruction: Instruction): unknown {
  switch (instruction.op) {
    case "message": {
      const answer = dm.message(instruction.name, instruction.sector ?? 0, instruction.message);
      return answer === "" ? undefined : answer;
    }
    case "info":
      return info(dm, instruction);
    case "table": {
      const names = namesByDev(dm.list());
      const table = dm.table(instruction.name, instruction.inactive ? "inactive" : "live");
      return table.map((line) => symbolicLine(line, names));
    }
    case "status":
      return dm.status(instruction.name, { noflush: instruction.noflush ?? false });
    case "check-status":
      return checkStatus(dm, instruction);
    case "deps":
      return dm.deps(instruction.name, instruction.inactive ? "inactive" : "live");
    case "list":
      return dm.list();
    case "version":
      return { version: dm.version(), targets: dm.targets() };
    default:
      return undefined;
  }
}

/** Whoever looks at a device for a moment (udev, blkid, a monitor) is no reason to fail. */
function patiently<T>(dm: Dm, { attempts = 1 }: OperationOf<"remove" | "info">, act: () => T): T {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return act();
    } catch (thrown) {
      if (attempt >= attempts || failureOf(thrown).errno !== "EBUSY") throw thrown;
      dm.pause(RETRY_MS);
    }
  }
}

/** The devices that the table names symbolically exist by now: their numbers are patched in. */
function load(dm: Dm, { name, table, readOnly = false }: OperationOf<"load">): void {
  const patched = table.map((line) =>
    line.params.includes("@")
      ? mapDevices(line, (token) => {
          const device = referenceOf(token);
          return device === undefined ? token : devOf(dm, device);
        })
      : line,
  );
  dm.load(name, patched, { readOnly });
}

function devOf(dm: Dm, name: string): string {
  try {
    return dm.info(name).dev;
  } catch (thrown) {
    if (!(thrown instanceof DmRefused)) throw thrown;
    const { errno } = thrown.failure;
    throw new OperationFailed({ errno, reason: `the table names @${name}, which does not exist` });
  }
}

function info(dm: DmAnswers, { name, key, expect }: OperationOf<"info">): unknown {
  const found = lookUp(dm, name, expect?.exists === false);
  if (!expect) return found;
  if (!found) return key === undefined ? undefined : null;
  if (expect.exists === false) throw unexpected(`it exists, with uuid "${found.uuid}"`);
  for (const what of ["uuid", "openCount", "suspended"] as const) {
    const wanted = expect[what];
    if (wanted !== undefined && wanted !== found[what])
      throw unexpected(`${what} is ${JSON.stringify(found[what])}, not ${JSON.stringify(wanted)}`);
  }
  const most = expect.openAtMost;
  if (most !== undefined && found.openCount > most) {
    const reason = `it is open ${timesOf(found.openCount)}, and ${most} is the most`;
    throw new OperationFailed({ errno: "EBUSY", reason });
  }
  return key === undefined ? undefined : found;
}

const timesOf = (count: number): string => (count === 1 ? "once" : `${count} times`);

function lookUp(dm: DmAnswers, name: string, mayBeMissing: boolean): DmInfo | undefined {
  try {
    return dm.info(name);
  } catch (thrown) {
    if (mayBeMissing && thrown instanceof DmRefused && thrown.failure.errno === "ENXIO") return undefined;
    throw thrown;
  }
}

function checkStatus(
  dm: DmAnswers,
  { name, target = 0, type, words = [] }: OperationOf<"check-status">,
): void {
  const [line] = dm.status(name, { noflush: true, target });
  if (!line) throw unexpected(`it has no target ${target}`);
  if (line.type !== type) throw unexpected(`target ${target} is ${line.type}, not ${type}`);
  const found = line.status.split(" ");
  for (const { at } of words) {
    const allowed = words.filter((word) => word.at === at).map(({ is }) => is);
    if (allowed.some((is) => isLike(found[at], is))) continue;
    const not = allowed.map((is) => `"${is}"`).join(" or ");
    throw unexpected(`word ${at} of the status "${line.status}" is "${found[at] ?? ""}", not ${not}`);
  }
}

/** `?` stands for any one character. */
function isLike(word: string | undefined, pattern: string): boolean {
  if (word?.length !== pattern.length) return false;
  for (let at = 0; at < word.length; at += 1)
    if (pattern[at] !== "?" && pattern[at] !== word[at]) return false;
  return true;
}
