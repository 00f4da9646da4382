import type { DmDevice, DmState, TableLine } from "../../schema/index.ts";
import { DvmError } from "../base/error.ts";
import { referenceOf } from "../dm/references.ts";
import { hasDifferences } from "../dm/snapshot-roles.ts";
import type { Layer, MappedTarget, Stack } from "./layer.ts";
import type { Leaves } from "./leaves.ts";
import { mapTable } from "./map-table.ts";
import { targets } from "./targets/index.ts";
import { Words } from "./words.ts";

/** The dm devices of one state, each mapped once, when something above it asks for it. */
export class Mapping {
  readonly #devices: ReadonlyMap<string, DmDevice>;
  readonly #leaves: Leaves;
  readonly #options: Pick<Stack, "write" | "warn" | "atEnd">;
  readonly #mapped = new Map<string, Layer>();

  constructor(state: DmState, leaves: Leaves, options: Pick<Stack, "write" | "warn" | "atEnd">) {
    this.#devices = new Map(state.devices.map((device) => [device.name, device]));
    this.#leaves = leaves;
    this.#options = options;
  }

  /**
   * @param above the devices that are being opened, outermost first: a name that comes again closes a circle
   * @throws DvmError as openMapped
   */
  async device(name: string, above: readonly string[] = []): Promise<Layer> {
    const known = this.#mapped.get(name);
    if (known) return known;
    if (above.includes(name))
      throw new DvmError("BAD_INPUT", `dm device ${name} stands on itself: ${[...above, name].join(" on ")}`);
    const device = this.#named(name, above);
    if (!device.table) throw new DvmError("BAD_INPUT", `dm device ${name} has no table`);
    const stack = this.#stack([...above, name]);
    const mapped: MappedTarget[] = [];
    for (const [index, line] of device.table.entries())
      mapped.push(await openTarget(line, stack, `${name}, target ${index} (${line.type})`));
    const layer = mapTable(name, device.table, mapped);
    this.#mapped.set(name, layer);
    return layer;
  }

  #named(name: string, above: readonly string[]): DmDevice {
    const device = this.#devices.get(name);
    if (device) return device;
    throw new DvmError(
      "BAD_INPUT",
      `the table of ${above.at(-1)} needs dm device ${name}, which is not in the state`,
    );
  }

  #stack(above: readonly string[]): Stack {
    return {
      ...this.#options,
      open: (token) => {
        const name = referenceOf(token);
        return name === undefined ? this.#leaves.open(leafPath(token)) : this.device(name, above);
      },
      device: (token) => this.#named(referenceOf(token) ?? token, above),
      flush: () => this.#leaves.flush(),
      snapshotsOf: (token) => this.#snapshotsOf(token),
    };
  }

  #snapshotsOf(token: string): { readonly name: string; readonly line: TableLine }[] {
    return [...this.#devices.values()].flatMap(({ name, table }) =>
      (table ?? [])
        .filter(
          ({ type, params }) => hasDifferences(type) && new Words(params, name).word("origin") === token,
        )
        .map((line) => ({ name, line })),
    );
  }
}

async function openTarget(line: TableLine, stack: Stack, where: string): Promise<MappedTarget> {
  const mapper = targets.get(line.type);
  if (!mapper) throw new DvmError("UNSUPPORTED", `${where} cannot be mapped without a kernel`);
  return mapper(line, stack, where);
}

const leafPath = (token: string): string => (/^\d+:\d+$/.test(token) ? `/dev/block/${token}` : token);
