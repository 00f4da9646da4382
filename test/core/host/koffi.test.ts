/** The bundle unpacks native code to load it: nothing of that is left behind, however the process ends. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { bundle, run } from "../../lib/dvm.ts";

/** Notes what gets a name and what loses one; kills the process when the native code is half written. */
const HOOK = `
  const fs = require("node:fs");
  const { appendFileSync, mkdtempSync, openSync, unlinkSync, writeFileSync, writeSync } = fs;
  const { KILL, NAMELESS, NOTES } = process.env;
  const note = (text) => appendFileSync(NOTES, text + "\\n");
  const O_TMPFILE = 0o20000000;
  fs.mkdtempSync = (prefix) => { note("named " + prefix); return mkdtempSync(prefix); };
  fs.openSync = (path, flags, mode) => {
    if (NAMELESS === "no" && flags & O_TMPFILE) throw new Error("no files without a name here");
    if (flags & fs.constants.O_CREAT) note("named " + path);
    return openSync(path, flags, mode);
  };
  fs.unlinkSync = (path) => { unlinkSync(path); note("unnamed " + path); };
  fs.writeFileSync = (file, bytes, options) => {
    if (!(bytes.length > 100000)) return writeFileSync(file, bytes, options);
    note("native code");
    if (KILL !== "yes") return writeFileSync(file, bytes, options);
    writeSync(file, bytes, 0, 4096);
    process.kill(process.pid, "SIGKILL");
  };
`;

for (const [nameless, killed, status] of [
  ["yes", "yes", 137],
  ["yes", "no", 0],
  ["no", "yes", 137],
  ["no", "no", 0],
] as const) {
  t.test(`files without a name: ${nameless}; killed: ${killed}`, async (t) => {
    const directory = t.testdir({
      "hook.cjs": HOOK,
      notes: "",
      "dvm.json": JSON.stringify({
        common: { lockDir: "locks" },
        dm: { backend: "sim" },
        discover: { scan: ["*.img"] },
      }),
    });
    const ran = await run([process.execPath, bundle, "doctor"], {
      cwd: directory,
      env: {
        PATH: process.env["PATH"] ?? "",
        DVM_CONFIG: "dvm.json",
        NODE_OPTIONS: "--require ./hook.cjs",
        NOTES: join(directory, "notes"),
        NAMELESS: nameless,
        KILL: killed,
      },
    });
    t.equal(ran.status, status, ran.stderr);
    const notes = readFileSync(join(directory, "notes"), "utf8").split("\n");
    const at = notes.indexOf("native code");
    t.ok(at >= 0, "it was unpacked");
    const named = notes.slice(0, at).flatMap((note) => (note.startsWith("named ") ? [note.slice(6)] : []));
    t.equal(named.length, nameless === "yes" ? 0 : 1);
    for (const path of named) {
      t.ok(notes.slice(0, at).includes(`unnamed ${path}`), "before anything is written to it");
      t.notOk(existsSync(path));
    }
  });
}
