/** A real kernel takes the writes of an update as durable ones, in their order, down to the disk. */
import { readFileSync } from "node:fs";
import t, { type Test } from "tap";
import { bundle } from "../lib/dvm.ts";
import { emptyDisks } from "../lib/empty-disks.ts";
import { requireKernel } from "../lib/kernel.ts";
import { bootUml, shellQuote } from "../lib/uml.ts";

t.setTimeout(0);

const MIB = 2 ** 20;
/**
 * Of a log that the kernel's log-writes target keeps (<drivers/md/dm-log-writes.c>): one sector each, then
 * the data.
 */
const SECTOR = 512;
const MAGIC = 0x6a736677736872n;
const FLUSH = 1;
const FUA = 2;
const MARK = 8;

/** In the order in which they were done; a write is logged when it is durable. */
function entriesOf(t: Test, log: Buffer) {
  t.equal(log.readBigUInt64LE(0), MAGIC, "there is a log");
  const entries = [];
  for (let at = SECTOR, left = Number(log.readBigUInt64LE(16)); left > 0; left -= 1) {
    const [sector, sectors, flags, bytes] = [0, 8, 16, 24].map((field) =>
      Number(log.readBigUInt64LE(at + field)),
    ) as [number, number, number, number];
    entries.push({
      sector,
      sectors,
      flags,
      mark: flags === MARK ? log.toString("latin1", at + 32, at + 32 + bytes) : undefined,
    });
    at += SECTOR + (flags === MARK ? 0 : sectors * SECTOR);
  }
  return entries;
}

const script = `
  set -e
  dmsetup create logged --table "0 32768 log-writes $DISK0 $DISK1"
  echo '{"regions":[{"path":"/dev/mapper/logged","offset":2048,"length":2048}]}' >$TMPDIR/regions.json
  replicate() { verb=$1; shift; node ${shellQuote(bundle)} replicate $verb $TMPDIR/regions.json "$@" >/dev/null; }
  flushes() { awk '{ print $16 }' /sys/block/$(basename $DISK0)/stat; }
  mark() { dmsetup message logged 0 mark $1; }
  replicate format
  before=$(flushes)
  mark prepare
  echo new | replicate prepare -
  between=$(flushes)
  mark commit
  replicate commit
  mark end
  echo "FLUSHES $((between - before)) $(($(flushes) - between))"
  dmsetup remove logged
`;

t.test("writes are durable one by one", async (t) => {
  if (!requireKernel(t)) return;
  const disks = emptyDisks(t.testdir({}), 16 * MIB, "a", "log");
  const modules = ["dm-mod", "dm-log-writes"];
  const { status, output } = await bootUml({ disks, script, modules });
  t.equal(status, 0, "status of the script", { output });
  const entries = entriesOf(t, readFileSync(disks[1] ?? ""));
  const index = (mark: string) => entries.findIndex((entry) => entry.mark === mark);
  const during = (from: string, to: string) =>
    entries
      .slice(index(from) + 1, index(to))
      .map(({ sector, flags }) => ({ superblock: sector === 2048, flags }));
  t.same(
    during("prepare", "commit"),
    [
      { superblock: false, flags: FUA },
      { superblock: true, flags: FUA },
    ],
    "prepare: the pages, then the superblock",
  );
  t.same(during("commit", "end"), [{ superblock: true, flags: FUA }], "commit: the superblock");
  t.notOk(
    entries.some(({ flags }) => flags & FLUSH),
    "and nobody asked for a flush",
  );
  t.match(output, /^FLUSHES 2 1$/m, "a disk without forced unit access was flushed after each");
});
