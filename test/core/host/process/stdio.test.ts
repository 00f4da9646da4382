/** Stdout may be a pipe that does not block and takes a part at a time. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import t from "tap";

const source = new URL("../../../../src/core/host/process/stdio.ts", import.meta.url).href;

/**
 * What a reader gets when writeStdout writes the value of this expression into a pipe that does not block.
 */
async function written(expression: string, fifo: string): Promise<string> {
  execFileSync("mkfifo", [fifo]);
  const readEnd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  const script =
    `const { writeStdout } = await import(${JSON.stringify(source)}); await ` + `writeStdout(${expression});`;
  const node = ["--import=tsx", "--no-warnings", "--input-type=module", "-e", script];
  const child = spawn(process.execPath, node, { stdio: ["ignore", writeEnd, "inherit"] });
  closeSync(writeEnd);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const pieces: Buffer[] = [];
  for await (const piece of new Socket({ fd: readEnd, readable: true, writable: false })) pieces.push(piece);
  t.equal(await ended, 0);
  return Buffer.concat(pieces).toString();
}

t.test("a text of many bytes a character, of which a pipe takes parts", async (t) => {
  const text = "€".repeat(200_000);
  const expression = '"€".repeat(200_000)';
  t.ok((await written(expression, join(t.testdir(), "text"))) === text, "as a text");
  t.ok((await written(`Buffer.from(${expression})`, join(t.testdir(), "bytes"))) === text, "as bytes");
});

t.test("a disk that is full", (t) => {
  const full = openSync("/dev/full", "w");
  const main = new URL("../../../../src/main.ts", import.meta.url).pathname;
  const node = ["--import=tsx", "--no-warnings", main, "schema", "label"];
  const { status, stderr } = spawnSync(process.execPath, node, { stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  t.equal(status, 1);
  t.match(
    `${stderr}`,
    /^dvm schema: stdout: no space left: the result could not be written, all else is done \[IO\]\n$/,
  );
  t.end();
});
