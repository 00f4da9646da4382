import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { errnoName } from "../../../src/core/host/errno.ts";
import { checked, LOCK, libc } from "../../../src/core/host/native.ts";

t.test("flock on two descriptors of one file", (t) => {
  const path = join(t.testdir({ lock: "" }), "lock");
  const first = openSync(path, "r");
  const second = openSync(path, "r");
  t.teardown(() => closeSync(first));
  t.teardown(() => closeSync(second));
  const { flock, errno } = libc();

  t.equal(flock(first, LOCK.EX | LOCK.NB), 0, "the first descriptor gets the lock");
  // errno must be asked for before anything else is called.
  const refused = [flock(second, LOCK.EX | LOCK.NB), errnoName(errno())];
  t.same(refused, [-1, "EAGAIN"], "the second does not, which is EWOULDBLOCK");
  t.equal(flock(first, LOCK.UN), 0);
  t.equal(flock(second, LOCK.EX | LOCK.NB), 0, "until the first one gives it back");
  t.end();
});

t.test("ioctl writes into the buffer that it is given", (t) => {
  const fd = openSync("/dev/null", "r");
  const lock = openSync(join(t.testdir({ file: "twelve bytes" }), "file"), "r");
  t.teardown(() => closeSync(fd));
  t.teardown(() => closeSync(lock));
  const FIONREAD = 0x541b;
  const buffer = Buffer.alloc(4, 0xff);

  t.equal(checked("ioctl", libc().ioctl(lock, FIONREAD, buffer)), 0);
  t.equal(buffer.readInt32LE(), 12, "how much of the file is left to read");
  t.throws(() => checked("ioctl", libc().ioctl(fd, FIONREAD, buffer)), {
    code: "ENOTTY",
    syscall: "ioctl",
  });
  t.end();
});

t.test("further functions are declared from their prototype", (t) => {
  const getpid = libc().declare("int getpid()");
  t.equal(getpid(), process.pid);
  t.end();
});

t.test("errno names", (t) => {
  t.equal(errnoName(16), "EBUSY");
  t.equal(errnoName(11), "EAGAIN");
  t.equal(errnoName(4711), "errno 4711");
  t.end();
});
