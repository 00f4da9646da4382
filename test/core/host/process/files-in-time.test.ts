/** Where a file system hangs nobody waits for ever; who reads a pipe takes his time. */
import { execFileSync } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { hostFiles } from "../../../../src/core/host/process/files.ts";
import { filesInTime } from "../../../../src/core/host/process/files-in-time.ts";
import type { Files, Sink, Source } from "../../../../src/core/port/files.ts";

const never = () => new Promise<never>(() => undefined);
const steps: (keyof Sink | keyof Files)[] = ["checkLinks", "openSink", "write", "finish"];

t.test("each step of a file that is written piece by piece has a deadline", async (t) => {
  for (const hangs of steps) {
    const directory = t.testdir({});
    const asked: string[] = [];
    const step = <T>(name: string, answer: T) => {
      asked.push(name);
      return hangs === name ? never() : Promise.resolve(answer);
    };
    const sink: Sink = {
      write: () => step("write", undefined),
      finish: () => step("finish", undefined),
      abandon: () => step("abandon", undefined),
    };
    const files = filesInTime(
      {
        ...hostFiles,
        checkLinks: () => step("checkLinks", undefined),
        openSink: () => step("openSink", sink),
      },
      200,
    );
    const path = join(directory, "f");
    const work = async () => {
      await files.checkLinks(path);
      const opened = await files.openSink(path);
      try {
        await opened.write(Buffer.alloc(1024));
        await opened.finish();
      } catch (failure) {
        await opened.abandon();
        throw failure;
      }
    };
    // All of it was written, at a second for each MiB, when it is flushed.
    const within = hangs === "write" || hangs === "finish" ? 201 : 200;
    const message = new RegExp(`/f: cannot write: no answer within ${within} ms$`);
    await t.rejects(work(), { code: "DEADLINE", message }, hangs);
    t.equal(asked.at(-1), hangs, "nothing is asked after that");
    await t.rejects(files.openSink(join(directory, "g")), { code: "DEADLINE" }, "nor of its neighbours");
  }
});

t.test("so has each step of one that is read piece by piece", async (t) => {
  for (const hangs of ["openSource", "read"]) {
    const directory = t.testdir({ f: "x" });
    const asked: string[] = [];
    const step = <T>(name: string, answer: T) => {
      asked.push(name);
      return hangs === name ? never() : Promise.resolve(answer);
    };
    const source: Source = {
      size: 1,
      read: () => step("read", 1),
      close: () => step("close", undefined),
    };
    const files = filesInTime({ ...hostFiles, openSource: () => step("openSource", source) }, 200);
    const path = join(directory, "f");
    const work = async () => {
      const opened = await files.openSource(path);
      try {
        t.equal(opened.size, 1);
        await opened.read(Buffer.alloc(1));
      } finally {
        await opened.close();
      }
    };
    const message = /\/f: cannot read: no answer within 200 ms$/;
    await t.rejects(work(), { code: "DEADLINE", message }, hangs);
    t.equal(asked.at(-1), hangs, "what hangs is not closed either");
    await t.rejects(files.openSource(path), { code: "DEADLINE" }, "nor opened again");
  }
});

t.test("so has a document, and each piece of it", async (t) => {
  for (const hangs of ["openSource", "read"]) {
    const directory = t.testdir({ f: "x" });
    const asked: string[] = [];
    const step = <T>(name: string, answer: T) => {
      asked.push(name);
      return hangs === name ? never() : Promise.resolve(answer);
    };
    const source: Source = { size: 1, read: () => step("read", 1), close: () => step("close", undefined) };
    const files = filesInTime({ ...hostFiles, openSource: () => step("openSource", source) }, 200);
    const read = files.read(join(directory, "f"), 1024);
    await t.rejects(read, { code: "DEADLINE", message: /\/f: cannot read: no answer within 200 ms$/ }, hangs);
    t.equal(asked.at(-1), hangs, "what hangs is not closed either");
  }
});

t.test("so has one on stdin, where that is a file", async (t) => {
  const path = join(t.testdir({ f: "x" }), "f");
  const from = (name: string) =>
    new URL(`../../../../src/core/host/process/${name}.ts`, import.meta.url).href;
  const script = `import { hostFiles } from "${from("files")}";
    import { filesInTime } from "${from("files-in-time")}";
    setTimeout(() => process.exit(1), 20_000);
    for (const read of [() => new Promise(() => {}), hostFiles.read])
      await filesInTime({ ...hostFiles, read }, 500).read("-", 10).then(
        (bytes) => console.log(String(bytes)), ({ code, message }) => console.log(code, message));
    process.exit();`;
  const out = execFileSync(process.execPath, ["--import=tsx", "--input-type=module", "-e", script], {
    stdio: [openSync(path, "r"), "pipe", "inherit"],
  });
  t.equal(String(out), "DEADLINE stdin: cannot read: no answer within 500 ms\nx\n");
});

t.test("a document that is read in time is as it is, up to its limit", async (t) => {
  const files = filesInTime(hostFiles, 60_000);
  const large = Buffer.alloc(2 * 2 ** 20 + 5, "abc");
  const directory = t.testdir({ empty: "", text: "text", large });
  const at = (name: string) => join(directory, name);
  t.equal((await files.read(at("empty"), 4)).length, 0);
  t.equal((await files.read(at("text"), 4)).toString(), "text");
  t.ok((await files.read(at("large"), large.length)).equals(large));
  t.match(
    (await files.read("/proc/self/status", 2 ** 20)).toString(),
    /^Name:/,
    "it says that it has no bytes",
  );
  const tooLong = { code: "BAD_INPUT", message: / more than the \d+ bytes allowed$/ };
  await t.rejects(files.read(at("text"), 3), tooLong);
  await t.rejects(files.read("/proc/self/status", 3), tooLong);
  await t.rejects(files.read(at("gone"), 3), { code: "BAD_INPUT", message: /: no such file$/ });
  await t.rejects(files.read(directory, 3), { code: "BAD_INPUT", message: /is a directory$/ });
  const growing: Source = { size: 4, read: async (into) => into.length, close: async () => undefined };
  const grows = filesInTime({ ...hostFiles, openSource: async () => growing }, 60_000);
  await t.rejects(grows.read(at("text"), 64), tooLong, "one that grows has its limit too");
});

t.test("a file that is read in time is as it would be", async (t) => {
  const path = join(t.testdir({ f: "text" }), "f");
  const source = await filesInTime(hostFiles, 60_000).openSource(path);
  const buffer = Buffer.alloc(16);
  t.same([source.size, await source.read(buffer), await source.read(buffer)], [4, 4, 0]);
  t.equal(buffer.toString("utf8", 0, 4), "text");
  await source.close();
  await t.rejects(filesInTime(hostFiles, 60_000).openSource(`${path}.gone`), { code: "BAD_INPUT" });
});

t.test("a file that is written in time is as it would be, and one that fails is taken away", async (t) => {
  const directory = t.testdir({});
  const files = filesInTime(hostFiles, 60_000);
  const sink = await files.openSink(join(directory, "f"));
  await sink.write(Buffer.from("first "));
  await sink.write(Buffer.from("second"));
  await sink.finish();
  const gone = await files.openSink(join(directory, "g"));
  await gone.write(Buffer.from("x"));
  await gone.abandon();
  t.same(execFileSync("ls", ["-A", directory]).toString(), "f\n");
  t.equal(readFileSync(join(directory, "f"), "utf8"), "first second");
  await t.rejects(files.openSink(directory), { code: "BAD_INPUT", message: /is a directory/ });
});

t.test("a pipe and a character device wait for whoever writes", async (t) => {
  const pipe = join(t.testdir({}), "p");
  execFileSync("mkfifo", [pipe]);
  for (const path of [pipe, "/dev/null"]) {
    const source: Source = { size: undefined, read: async () => 0, close: async () => undefined };
    const files = filesInTime({ ...hostFiles, openSource: async () => source }, 60_000);
    t.equal(await files.openSource(path), source, `${path} is as it is`);
  }
});

t.test("a pipe, stdout and a character device wait for whoever reads", async (t) => {
  const directory = t.testdir({});
  const pipe = join(directory, "p");
  execFileSync("mkfifo", [pipe]);
  for (const path of [pipe, "/dev/null", "-"]) {
    let end: () => void = () => undefined;
    const sink: Sink = {
      write: () =>
        new Promise((resolve) => {
          end = resolve;
        }),
      finish: async () => undefined,
      abandon: async () => undefined,
    };
    const files = filesInTime({ ...hostFiles, openSink: async () => sink }, 60_000);
    const opened = await files.openSink(path);
    t.equal(opened, sink, `${path} is as it is`);
    const written = opened.write(Buffer.from("x"));
    end();
    await written;
  }
});
