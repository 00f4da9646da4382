/**
 * A file is replaced whole or not at all, whatever ends the machine, and nobody else reads or leads astray
 * what is written.
 */
import fs, { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import t from "tap";
import { hostFiles } from "../../../../src/core/host/process/files.ts";
import { hostTrace, traceAnswers } from "../../../../src/core/host/process/trace.ts";

/** Notes what is done to files until it is told to stop. */
async function noted(dir: string, work: () => Promise<void>): Promise<string[]> {
  const notes: string[] = [];
  const promises = fs.promises as unknown as Record<string, (...args: never[]) => Promise<unknown>>;
  const { open, rename } = promises as Record<"open" | "rename", (...args: unknown[]) => Promise<never>>;
  promises["open"] = async (...args: unknown[]) => {
    const [path, flags, mode] = args as [string, string, number | undefined];
    const name = path === dir ? "the directory" : "a temporary name";
    notes.push(`open ${name} ${flags}${mode === undefined ? "" : ` ${mode.toString(8)}`}`);
    const file: fs.promises.FileHandle = await open(...args);
    for (const method of ["writeFile", "sync", "close"] as const) {
      const original = file[method].bind(file) as (...args: unknown[]) => Promise<void>;
      Object.assign(file, {
        [method]: (...args: unknown[]) => {
          notes.push(`${method} ${name}`);
          return original(...args);
        },
      });
    }
    return file;
  };
  promises["rename"] = (...args: unknown[]) => {
    notes.push("rename");
    return rename(...args);
  };
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(promises, { open, rename });
    syncBuiltinESMExports();
  }
  return notes;
}

t.test("write, flush, rename, flush the directory", async (t) => {
  const dir = t.testdir({});
  t.same(await noted(dir, () => hostFiles.write(join(dir, "f"), Buffer.from("bytes"))), [
    "open a temporary name wx 600",
    "writeFile a temporary name",
    "sync a temporary name",
    "close a temporary name",
    "rename",
    "open the directory r",
    "sync the directory",
    "close the directory",
  ]);
  t.same(readdirSync(dir), ["f"]);
});

t.test("who may read it", async (t) => {
  const dir = t.testdir({ old: "" });
  fs.chmodSync(join(dir, "old"), 0o640);
  for (const [name, mode] of [
    ["new", 0o600],
    ["old", 0o640],
  ] as const) {
    await hostFiles.write(join(dir, name), Buffer.from("x"));
    t.equal(statSync(join(dir, name)).mode & 0o777, mode, name);
  }
});

t.test("a trace is asked for in time", async (t) => {
  await t.rejects(
    traceAnswers("/dead", 1, () => new Promise(() => undefined)),
    {
      code: "DEADLINE",
      message: "trace /dead: no answer within 1 ms",
    },
  );
  await traceAnswers(join(t.testdir({}), "not there yet"), 30_000);
});

t.test("what is kept takes the place of no disk by way of a link", async (t) => {
  const dir = t.testdir({ "disk.img": "data", link: t.fixture("symlink", "disk.img") });
  const written = hostFiles.write(join(dir, "link"), Buffer.from("{}"));
  await t.rejects(written, { code: "BAD_INPUT", message: /link: is a symlink, which is not followed$/ });
  t.equal(readFileSync(join(dir, "disk.img"), "utf8"), "data");
});

t.test("a trace", async (t) => {
  const warnings: string[] = [];
  const traceIn = (directory: string) =>
    hostTrace({ directory, files: hostFiles, warn: (message) => void warnings.push(message) });
  const dir = t.testdir({ file: "", there: {} });

  const trace = traceIn(join(dir, "new/deep"));
  await trace.keep("a", Buffer.from("first"));
  await trace.keep("b", Buffer.from("second"));
  const [first = "", second = "", ...more] = readdirSync(join(dir, "new/deep")).sort();
  t.same(more, []);
  t.match(first, /^\d+-\d+-0000-a$/);
  t.match(second, /-0001-b$/);
  t.equal(readFileSync(join(dir, "new/deep", second), "utf8"), "second");
  t.equal(statSync(join(dir, "new/deep", first)).mode & 0o777, 0o600);

  for (const unusable of ["file", "file/below", `there/${"x".repeat(300)}`])
    t.throws(() => traceIn(join(dir, unusable)), { code: "BAD_INPUT", message: /^trace / }, unusable);
  symlinkSync("loop", join(dir, "loop"));
  t.throws(() => traceIn(join(dir, "loop")), { code: /BAD_INPUT|IO/ });

  const doomed = traceIn(join(dir, "doomed"));
  fs.rmSync(join(dir, "doomed"), { recursive: true });
  await doomed.keep("a", Buffer.from("a"));
  mkdirSync(join(dir, "doomed"));
  await doomed.keep("b", Buffer.from("b"));
  t.equal(warnings.length, 1, "one warning, and no more is tried");
  t.match(warnings[0], /nothing more is kept in the trace: .*doomed/);
  t.same(readdirSync(join(dir, "doomed")), []);
  writeFileSync(join(dir, "there/x"), "");
});
