/** The state of the simulated device-mapper comes from a file that anybody may have given it. */
import { lstatSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { withSyncLock } from "../../../src/core/host/lock/sync-lock.ts";
import { openSimDm } from "../../../src/core/sim/dm-file.ts";
import { memoryDisks } from "../../../src/core/sim/memory-disks.ts";
import { simMemoryLock } from "../../../src/core/sim/memory-lock.ts";

const machine = { dryRun: false, exclusively: withSyncLock, memory: simMemoryLock() };
const open = (path: string) => openSimDm(path, memoryDisks(), machine);

const SOUND = {
  name: "a",
  uuid: "DVM-a",
  minor: 0,
  live: { lines: [{ start: 0, length: 8, type: "error", params: "" }], readOnly: false, uses: [], needs: [] },
  inactive: null,
  suspended: false,
  disk: true,
  readOnly: false,
  eventNr: 0,
  opened: 0,
};
const withDevice = (changed: object) => JSON.stringify({ devices: [{ ...SOUND, ...changed }] });

t.test("what is a state, and what is none", async (t) => {
  const path = join(t.testdir({}), "dm.json");
  const rows: readonly (readonly [content: string, problem: RegExp | undefined])[] = [
    ["", undefined],
    [" \n", undefined],
    ['{"devices":[]}', undefined],
    [withDevice({}), undefined],
    [withDevice({ live: null, unknown: "of a later one" }), undefined],
    ["root:$6$secret:19000:0:99999:7:::", /: is no JSON$/],
    ["[]", /at \/devices$/],
    ["null", /at \/devices$/],
    ['{"devices":{}}', /at \/devices$/],
    ['{"devices":[1]}', /at \/devices\/0$/],
    ['{"devices":[],"leaves":[]}', /at \/leaves$/],
    ['{"devices":[],"leaves":{"a":-1}}', /at \/leaves\/a$/],
    ['{"devices":[],"pools":{"p":{"transactionId":0}}}', /at \/pools\/p\/thins$/],
    [withDevice({ name: 1 }), /at \/devices\/0\/name$/],
    [withDevice({ minor: 1e300 }), /at \/devices\/0\/minor$/],
    [withDevice({ live: { ...SOUND.live, lines: [{}] } }), /at \/devices\/0\/live\/lines$/],
    [withDevice({ inactive: {} }), /at \/devices\/0\/inactive\/lines$/],
    [withDevice({ suspended: "no" }), /at \/devices\/0\/suspended$/],
    [withDevice({ status: { 0: 1 } }), /at \/devices\/0\/status$/],
    [withDevice({ live: { ...SOUND.live, failed: 1 } }), /at \/devices\/0\/live\/failed$/],
    ['{"devices":[],"broken":1}', /at \/broken$/],
    ['{"devices":[],"unread":[1]}', /at \/unread$/],
  ];
  for (const [content, problem] of rows) {
    writeFileSync(path, content);
    if (problem) {
      await t.rejects(open(path), { code: "BAD_INPUT", message: problem }, content);
      t.equal(readFileSync(path, "utf8"), content, "it is left as it was");
    } else (await open(path)).close();
  }
  writeFileSync(path, "secret");
  await t.rejects(open(path), { message: `${path}: is no state of the simulated device-mapper: is no JSON` });
});

t.test("what is no file of a bearable size is not read", async (t) => {
  const directory = t.testdir({ large: "" });
  truncateSync(join(directory, "large"), 2 ** 28 + 1);
  await t.rejects(open(join(directory, "large")), { code: "BAD_INPUT" });
  symlinkSync("/dev/zero", join(directory, "endless"));
  await t.rejects(open(join(directory, "endless")), { code: "BAD_INPUT" });
  await t.rejects(open(join(directory, "large", "in a file")), { code: "IO" });
});

t.test("it is written through no link that somebody laid where it is made or locked", async (t) => {
  const directory = t.testdir({ victim: "as it was" });
  const [victim, state] = [join(directory, "victim"), join(directory, "dm.json")];
  symlinkSync(victim, `${state}.new`);
  const dm = await open(state);
  dm.create("x", "DVM-x");
  dm.close();
  t.equal(readFileSync(victim, "utf8"), "as it was");
  t.ok(lstatSync(state).isFile());
  const other = join(directory, "other.json");
  symlinkSync(victim, `${other}.lock`);
  await t.rejects(open(other), { code: "IO", message: `${other}.lock: cannot lock: ELOOP` });
  t.equal(statSync(victim).size, "as it was".length);
});
