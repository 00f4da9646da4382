/** Runs a random program on a device-mapper, and tells everything about it that another must do alike. */
import { mapDevices, referenceOf } from "../../src/core/dm/references.ts";
import { type Dm, DmRefused } from "../../src/core/port/dm.ts";
import type { Step } from "./dm-random.ts";

/** Holds a device open as a program outside of dm does. */
export type Hold = (name: string) => { release: () => void };

/** A device that nobody has. */
const NOBODY = "254:9999";

/** @returns a line for each step, then some for each device that there is at the end */
export function account(dm: Dm, steps: readonly Step[], hold: Hold): string[] {
  const held = new Map<string, { release: () => void }>();
  const lines = steps.map(
    (step) => `${JSON.stringify(step)}: ${outcome(() => perform(dm, step, hold, held))}`,
  );
  lines.push(...dm.list().flatMap(({ name, dev }) => describe(dm, name, dev)));
  for (const { release } of held.values()) release();
  return lines;
}

function outcome(attempt: () => string | undefined): string {
  try {
    return attempt() ?? "done";
  } catch (thrown) {
    if (thrown instanceof DmRefused) return thrown.failure.errno;
    throw thrown;
  }
}

function perform(
  dm: Dm,
  step: Step,
  hold: Hold,
  held: Map<string, { release: () => void }>,
): string | undefined {
  switch (step.op) {
    case "create":
      return dm.create(step.name, step.uuid).dev;
    case "load":
      dm.load(
        step.name,
        step.table.map((line) => mapDevices(line, (token) => devOf(dm, token))),
        { readOnly: step.readOnly },
      );
      return undefined;
    case "rename":
      // Who has it open holds the device, whatever its name.
      dm.rename(step.name, step.newName);
      return undefined;
    case "suspend":
      dm.suspend(step.name, step);
      return undefined;
    case "message":
      return dm.message(step.name, step.sector, step.message);
    case "hold": {
      const { dev, hasLive } = dm.info(step.name);
      if (!hasLive || held.has(dev)) return "nothing to hold";
      held.set(dev, hold(step.name));
      return undefined;
    }
    case "release": {
      const { dev } = dm.info(step.name);
      held.get(dev)?.release();
      held.delete(dev);
      return undefined;
    }
    default:
      dm[step.op](step.name);
      return undefined;
  }
}

function devOf(dm: Dm, token: string): string {
  const name = referenceOf(token);
  if (name === undefined) return token;
  return dm.list().find((each) => each.name === name)?.dev ?? NOBODY;
}

function describe(dm: Dm, name: string, dev: string): string[] {
  const info = dm.info(name);
  const { eventNr, ...state } = info;
  const tables = (["live", "inactive"] as const).map((which) => {
    const lines = dm
      .table(name, which)
      .map(({ start, length, type, params }) => `${start} ${length} ${type} ${params}`);
    return (
      `${which}: ${lines.map((line) => line.trim()).join("; ")} uses ` +
      `${[...dm.deps(name, which)].sort().join()}`
    );
  });
  const status = dm.status(name, { noflush: true });
  // What works by itself has events of its own.
  const quiet = status.every(({ type }) => SETTLED.has(type));
  return [
    `${name} ${dev} ${JSON.stringify(state)}${quiet ? ` event ${eventNr}` : ""}`,
    ...tables,
    `status: ${status.map(({ type, status: text }) => settled(type, text)).join("; ")}`,
  ];
}

const SETTLED = new Set(["linear", "striped", "zero", "error", "snapshot", "snapshot-origin", "thin"]);

/** The part of a status line that does not depend on what goes on by itself, nor on sizes of metadata. */
function settled(type: string, text: string): string {
  const words = text.trim().split(" ");
  if (SETTLED.has(type)) return text;
  if (type === "raid") return words.slice(0, 2).join(" ");
  if (type === "mirror") return words.slice(0, 1 + Number(words[0])).join(" ");
  if (type === "thin-pool") return [words[0], words[2], words[3] === "-", words[4], words[6]].join(" ");
  return type;
}
