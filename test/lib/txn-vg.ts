import { initVg } from "../../src/core/tm/init.ts";
import { readMetadata } from "../../src/core/tm/read.ts";
import { recoverVg } from "../../src/core/tm/recover.ts";
import { type UpdateOptions, updateVg } from "../../src/core/tm/update.ts";
import type { Discovery, TmRecovered, TmResult } from "../../src/schema/index.ts";
import { TxnWorld } from "./txn-world.ts";

export const OLD = '{"vg":"old"}\n';
export const NEW = '{"vg":"new, and a little longer"}\n';

/**
 * The same metadata of a VG with another name, as the mutators `rename NAME` and `change-and-rename NAME`
 * give it.
 */
export const named = (metadata: string, name: string): string =>
  `${JSON.stringify({ ...JSON.parse(metadata), name })}\n`;

/** A VG over `count` devices with OLD as its metadata, live in dm. */
export async function worldWithVg(count = 3): Promise<TxnWorld> {
  const world = new TxnWorld(count);
  world.commands["first"] = () => Buffer.from(OLD);
  world.commands["change"] = () => Buffer.from(NEW);
  world.commands["rename"] = ([name = ""], input) => Buffer.from(named(String(input), name));
  world.commands["change-and-rename"] = ([name = ""]) => Buffer.from(named(NEW, name));
  world.commands["cat"] = (_args, input) => input;
  world.commands["fails"] = () => 3;
  await initVg(world.sys(), world.discovery(), {
    command: ["first"],
    force: false,
    dryRun: false,
    lockTimeoutMs: 0,
  });
  world.dm.live = OLD;
  world.restart();
  return world;
}

export const update = (
  world: TxnWorld,
  options: Partial<UpdateOptions> = {},
  discovery: Discovery = world.discovery(),
): Promise<TmResult> =>
  updateVg(world.sys(), discovery, {
    command: ["change"],
    activate: true,
    rename: undefined,
    dryRun: false,
    lockTimeoutMs: 0,
    ...options,
  });

export const read = async (world: TxnWorld, discovery: Discovery = world.discovery()): Promise<string> =>
  String(await readMetadata(world.sys(), discovery, { txid: undefined, partial: false, lockTimeoutMs: 0 }));

export const recover = (world: TxnWorld, discovery = world.discovery()): Promise<TmRecovered> =>
  recoverVg(world.sys(), discovery, { activate: true, lockTimeoutMs: 0 });
