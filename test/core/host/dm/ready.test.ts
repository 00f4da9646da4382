/**
 * Operations made ready, on a kernel of a few lines: answers that are longer than the first room for them.
 */
import t from "tap";
import { AT, DM_COMMAND, DM_FLAG, dmRequest, HEADER_BYTES } from "../../../../src/core/dm/ioctl.ts";
import { encodeTable } from "../../../../src/core/dm/ioctl-data.ts";
import { MESSAGE_ROOM, ROOM } from "../../../../src/core/dm/requests.ts";
import { assemble } from "../../../../src/core/dmexec/assemble.ts";
import { runProgram } from "../../../../src/core/dmexec/run.ts";
import { noNodes } from "../../../../src/core/host/dm/nodes.ts";
import { ReadyPackets } from "../../../../src/core/host/dm/ready.ts";
import { noEvents } from "../../../../src/core/host/udev/events.ts";
import type { Dm } from "../../../../src/core/port/dm.ts";
import { memoryStore } from "../../../../src/core/sim/dm-file.ts";
import { simDm } from "../../../../src/core/sim/dm-sim.ts";
import { emptySimState } from "../../../../src/core/sim/dm-state.ts";
import type { TableLine } from "../../../../src/schema/index.ts";

/** Addresses of pieces of memory. */
const APART = 2 ** 32;

/**
 * Knows one device, and whether it is suspended.
 * @param now bytes of an answer when the operations are made ready
 * @param then of each kind when they are performed
 */
function kernel(
  now: number,
  then: { readonly tableStatus: number; readonly message: number; readonly interrupts?: number },
) {
  const arenas: Buffer[] = [];
  const seen = { suspended: false, interrupted: 0, isOver: false };
  const answer = (arena: Buffer, at: number, length: number): void => {
    const room = arena.readUInt32LE(at + AT.dataSize) - HEADER_BYTES;
    const isFull = length > room;
    arena.writeUInt32LE(isFull ? DM_FLAG.bufferFull : 0, at + AT.flags);
    arena.writeUInt32LE(0, at + AT.targetCount);
  };
  const ready: Dm["ready"] = (operations) => {
    const packets = new ReadyPackets(
      {
        addressOf: (buffer) => (arenas.push(buffer) - 1) * APART,
        ioctl(request, address) {
          const arena = arenas[Math.floor(address / APART)] ?? Buffer.alloc(0);
          const at = address % APART;
          if (request === dmRequest(DM_COMMAND.suspend) && (then.interrupts ?? 0) > seen.interrupted) {
            seen.interrupted += 1;
            seen.isOver = seen.interrupted === then.interrupts;
            return 4;
          }
          if (request === dmRequest(DM_COMMAND.suspend))
            seen.suspended = (arena.readUInt32LE(at + AT.flags) & DM_FLAG.suspend) !== 0;
          if (request === dmRequest(DM_COMMAND.tableStatus)) answer(arena, at, then.tableStatus);
          if (request === dmRequest(DM_COMMAND.message)) answer(arena, at, then.message);
          return 0;
        },
        log: { mark() {}, keep: () => 0, reason: () => undefined, drop() {}, close() {} },
        events: noEvents,
        nodes: noNodes,
        deadline: () => ({ ms: 500, begin() {}, isOver: () => seen.isOver, end() {} }),
        uuidOf: () => "",
        answerBytes: () => now,
      },
      operations,
    );
    return {
      perform: (at) => packets.perform(at),
      failure: (at) => packets.failure(at),
      answers: (at) => packets.answers(at),
      finish: () => packets.finish(),
    };
  };
  const dm = simDm(memoryStore(emptySimState()), { leafSize: () => undefined, pause() {} });
  dm.create("a", "DVM-a");
  dm.load("a", [{ start: 0, length: 8, type: "zero", params: "" }], { readOnly: false });
  dm.resume("a");
  return { dm: { ...dm, ready }, seen };
}

const inside = (operations: readonly string[]): string =>
  [
    "        suspend a",
    "        jmp-fail failed",
    ...operations.flatMap((each) => [each, "jmp-fail back"]),
    "back:   resume a",
    "        jmp-fail again",
    "        exit 0",
    "again:  clear a",
    "        jmp-fail next",
    "next:   resume a",
    "        jmp-fail lost",
    "failed: exit 1",
    "lost:   exit 8",
  ].join("\n");

const LINES: readonly TableLine[] = Array.from({ length: 1000 }, (_, index) => ({
  start: index * 8,
  length: 8,
  type: "linear",
  params: `@below${index} 0`,
}));
const LONG = [
  ".table long",
  ...LINES.map(({ start, length, type, params }) => `${start} ${length} ${type} ${params}`),
  ".end",
];
const TABLE_BYTES = encodeTable(LINES).length;

for (const [what, now, then, operations, errnos] of [
  ["as long as before", 20_000, 20_000, ["table a key=t", "status a key=s"], {}],
  [
    "twice as long as before",
    20_000,
    40_000,
    ["table a key=t", "check-status a zero"],
    { "check-status": "UNEXPECTED" },
  ],
  ["longer than that", 20_000, 40_001, ["table a key=t"], { table: "ENOBUFS" }],
  ["as long as the first room", 0, ROOM, ["status a key=s"], {}],
  ["longer than that, of a short one", 0, ROOM + 1, ["check-status a zero"], { "check-status": "ENOBUFS" }],
  ["of a table that the program loads", 0, TABLE_BYTES, ["load a long", "table a inactive key=t"], {}],
  [
    "of one that it loads and renames",
    0,
    TABLE_BYTES,
    ["create b DVM-b", "load b long", "rename b c", "status c key=s"],
    {},
  ],
  ["of a message", 0, MESSAGE_ROOM, ["message a x"], {}],
  ["of a message, too long", 0, MESSAGE_ROOM + 1, ["message a x"], { message: "ENOBUFS" }],
] as const) {
  t.test(`an answer ${what}`, async (t) => {
    const { dm, seen } = kernel(now, { tableStatus: then, message: then });
    const { trace, exit } = await runProgram(dm, assemble([...LONG, inside(operations)].join("\n")));
    const failed = trace.flatMap(({ op, errno }) => (errno === null ? [] : [[op, errno]]));
    t.strictSame(Object.fromEntries(failed), errnos);
    t.equal(exit, 0);
    t.equal(seen.suspended, false, "nothing stays suspended");
    const { reason } = trace.find(({ errno }) => errno === "ENOBUFS") ?? {};
    if (reason !== undefined)
      t.match(
        reason,
        then > MESSAGE_ROOM ? /it was done, but its answer is longer than/ : /has become longer/,
      );
  });
}

t.test("a suspend that is interrupted goes on until its time is over", async (t) => {
  const { dm } = kernel(0, { tableStatus: 0, message: 0, interrupts: 3 });
  const packets = dm.ready([{ op: "suspend", name: "a" }]);
  t.equal(packets.perform(0), false);
  t.match(packets.failure(0), { errno: "ETIMEDOUT", reason: /not answered within 500 ms/ });
});
