/**
 * Runs the device-mapper contract on the kernel below. One line on stdout for each case; ends with 0 if all
 * hold.
 */
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { openHostDm } from "../../src/core/host/dm/open-dm.ts";
import { libc } from "../../src/core/host/native.ts";
import { hostChance } from "../../src/core/host/process/chance.ts";
import { hostTerminal } from "../../src/core/host/process/terminal.ts";
import { type DmWorld, dmCases, KEY, removeAll } from "../contract/dm.ts";

/** On x86-64; there is no function of the C library for it. */
const SYS_ADD_KEY = 248;
/** KEY_SPEC_USER_KEYRING of keyctl(2). */
const USER_KEYRING = -4;

const dm = openHostDm({
  config: {},
  terminal: hostTerminal(false),
  chance: hostChance(undefined),
});
const numberOf = (path = ""): string => {
  const { rdev } = statSync(path);
  return `${rdev >> 8}:${rdev & 0xff}`;
};
const [first = "", second = "", third = ""] = process.argv.slice(2).map(numberOf);
const world: DmWorld = {
  dm,
  disks: [first, second, third],
  hold: (name) => {
    const fd = openSync(`/dev/mapper/${name}`, "r");
    return { release: () => closeSync(fd) };
  },
  key: () => {
    const [, size, type, description] = KEY.split(":");
    const addKey = libc().declare("long syscall(long, const char *, const char *, void *, size_t, int)");
    const length = Number(size);
    if (addKey(SYS_ADD_KEY, type, description, Buffer.alloc(length, 7), length, USER_KEYRING) < 0)
      throw new Error(`add_key: errno ${libc().errno()}`);
  },
};
let status = 0;
for (const { name, run } of dmCases) {
  try {
    run(world);
    console.log(`ok ${name}`);
  } catch (error) {
    status = 1;
    console.log(`not ok ${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  }
  try {
    removeAll(dm);
  } catch (error) {
    console.log(`cannot clean up after ${name}: ${error}\n${readFileSync("/proc/misc", "utf8")}`);
    process.exit(2);
  }
}
dm.close();
process.exit(status);
