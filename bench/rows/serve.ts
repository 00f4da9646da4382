import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { images } from "../lib/devices.ts";
import { executable, makeVg } from "../lib/dvm.ts";
import { run, sideBySide } from "../lib/measure.ts";
import type { Place, Row } from "../lib/row.ts";

const MIB = 2 ** 20;
const SIZE = 256 * MIB;
const REQUESTS = 20_000;
/** From one read to the next: no power of two goes into it, so that all places come in turn. */
const STEP = 4096 * 12_345;

/** 4 KiB reads all over an LV, 16 at once, by QEMU's own client; and of the image it lies on, by qemu-nbd. */
export const serve: Row = {
  name: "serve",
  work: "4 KiB reads all over 256 MiB through `serve`, 16 at once, against `qemu-nbd` on the same file",
  reach: "≤ 2 ×",
  lacks: () => (spawnSync("qemu-nbd", ["--version"]).error ? "qemu-nbd (Debian: qemu-utils)" : undefined),
  async run(place) {
    const [image = ""] = images(place, "served", 1, SIZE + 64 * MIB);
    const vg = makeVg(place.directory, [image]);
    const command = ["create-lv", "--name", "lv", "--size", `${SIZE / MIB}M`];
    vg.dvm(["run", vg.name, "--no-activate", "--", ...command]);
    const content = join(place.directory, "content");
    writeFileSync(content, Buffer.alloc(SIZE, "what is read"));
    vg.dvm(["import", `${vg.name}/lv`, content]);
    const socketOf = (name: string): string => join(place.directory, `${name}.sock`);
    const uriOf = (name: string): string => `nbd+unix:///?socket=${socketOf(name)}`;
    const read = (name: string): unknown =>
      run([
        ...["qemu-img", "bench", "-f", "raw", "-c", String(REQUESTS), "-d", "16"],
        ...["-s", "4096", "-S", String(STEP), uriOf(name)],
      ]);
    await listening(place, socketOf("dvm"), [
      ...[executable, "serve", `${vg.name}/lv`, "--socket", socketOf("dvm"), "-c", vg.config],
    ]);
    const results = [];
    for (const cache of ["none", "writeback"]) {
      const peer = ["qemu-nbd", "-r", "-t", "-f", "raw", `--cache=${cache}`, "-k", socketOf(cache), image];
      await listening(place, socketOf(cache), peer);
      const { dvmMs, peerMs, ratio } = await sideBySide({
        dvm: () => read("dvm"),
        peer: () => read(cache),
        rounds: 5,
      });
      const perSecond = (ms: number): string => Math.round(REQUESTS / (ms / 1000)).toLocaleString("en");
      results.push({
        what: cache === "none" ? "both past the page cache" : "qemu-nbd by the page cache",
        measured: `${perSecond(dvmMs)} and ${perSecond(peerMs)} reads/s: ${ratio.toFixed(2)} ×`,
        reached: ratio <= 2,
      });
    }
    return results;
  },
};

/** Starts a server, until the row has ended. */
async function listening(
  place: Place,
  socket: string,
  [file = "", ...args]: readonly string[],
): Promise<void> {
  const child: ChildProcess = spawn(file, args, { stdio: ["ignore", "ignore", "inherit"] });
  place.atEnd(() => void child.kill());
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
