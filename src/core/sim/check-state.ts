import { DvmError } from "../base/error.ts";
import { emptySimState, type SimState } from "./dm-state.ts";

type Is = (value: unknown) => boolean;
interface Shape {
  readonly [key: string]: Shape | Is;
}

/**
 * A value that was read as a state of the simulated device-mapper, with what an older one lacks. The file is
 * input as any other: whatever was given the simulator for its state is looked at before it is believed, and
 * before it is replaced.
 * @throws DvmError BAD_INPUT with the JSON pointer
 */
export function checkSimState(value: unknown, path: string): SimState {
  const refuse = (pointer: string): never => {
    throw new DvmError(
      "BAD_INPUT",
      `${path}: is no state of the simulated device-mapper: at ${pointer || "/"}`,
      {
        details: { source: path, pointer: pointer || "/" },
      },
    );
  };
  const look = (found: unknown, shape: Shape | Is, pointer: string): void => {
    if (typeof shape === "function") {
      if (!shape(found)) refuse(pointer);
      return;
    }
    const record = isRecord(found) ? found : refuse(pointer);
    for (const [key, each] of Object.entries(shape)) {
      if (key !== EACH) look(record[key], each, `${pointer}/${key}`);
      else for (const [name, entry] of Object.entries(record)) look(entry, each, `${pointer}/${name}`);
    }
  };
  if (!isRecord(value) || !Array.isArray(value["devices"])) return refuse("/devices");
  const state = { ...emptySimState(), ...value };
  look({ ...state, devices: { ...state.devices } }, STATE, "");
  for (const [at, device] of (state.devices as { live: unknown; inactive: unknown }[]).entries())
    for (const slot of ["live", "inactive"] as const)
      if (device[slot] !== null) look(device[slot], TABLE, `/devices/${at}/${slot}`);
  return state as SimState;
}

/** In a shape: whatever else the record has. */
const EACH = "*";

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText: Is = (value) => typeof value === "string" && value.length < 2 ** 16;
const isCount: Is = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isFlag: Is = (value) => typeof value === "boolean";
const isTableOrNone: Is = (value) => value === null || isRecord(value);
const listOf =
  (holds: Is): Is =>
  (value) =>
    Array.isArray(value) && value.every(holds);

const maybe =
  (is: Is): Is =>
  (value) =>
    value === undefined || is(value);

const isLine: Is = (value) =>
  isRecord(value) &&
  isCount(value["start"]) &&
  isCount(value["length"]) &&
  isText(value["type"]) &&
  typeof value["params"] === "string";
const isNeed: Is = (value) =>
  isRecord(value) && isText(value["device"]) && isCount(value["start"]) && isCount(value["length"]);

const isLearnt: Is = (value) => isRecord(value) && isFlag(value["ran"]) && listOf(isCount)(value["behind"]);

const TABLE: Shape = {
  rebuilt: maybe(isFlag),
  failed: maybe(listOf(isCount)),
  learnt: maybe(isLearnt),
  lines: listOf(isLine),
  readOnly: isFlag,
  uses: listOf(isText),
  needs: listOf(isNeed),
};
const DEVICE: Shape = {
  name: isText,
  uuid: isText,
  minor: isCount,
  live: isTableOrNone,
  inactive: isTableOrNone,
  suspended: isFlag,
  disk: isFlag,
  readOnly: isFlag,
  eventNr: isCount,
  opened: isCount,
  status: maybe((value) => isRecord(value) && Object.values(value).every(isText)),
};
const POOL: Shape = {
  transactionId: isCount,
  thins: isRecord,
  blockSize: isCount,
  blocks: isCount,
  metadataBlocks: maybe(isCount),
  used: maybe(isCount),
  held: maybe(isFlag),
};
const STATE: Shape = {
  devices: { [EACH]: DEVICE },
  leaves: { [EACH]: isCount },
  pools: { [EACH]: POOL },
  formats: { [EACH]: isText },
  broken: maybe(listOf(isText)),
  unread: maybe(listOf(isText)),
};
