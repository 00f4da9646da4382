// Run by code-cache.mjs: node train.cjs JOB ARGUMENTS… runs the bundle as the executable will, and at its end adds
// what V8 has compiled to the code cache.
"use strict";
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const v8 = require("node:v8");
const { Script } = require("node:vm");

const [node, train, job, ...args] = process.argv;
const { bundle, cache, koffiNodePath } = JSON.parse(job);
process.argv = [node, train, ...args];

const builtin = process.getBuiltinModule;
process.getBuiltinModule = (name) =>
  name === "node:sea"
    ? { isSea: () => true, getRawAsset: () => new Uint8Array(readFileSync(koffiNodePath)).buffer }
    : builtin(name);

const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
const script = new Script(readFileSync(bundle, "latin1"), { filename: bundle, cachedData });
if (script.cachedDataRejected) throw new Error("packaging: V8 refuses the code cache that it made");
// A cache is good for the flags that it was written under, so those have to be as they were by then.
const { setFlagsFromString } = v8;
v8.setFlagsFromString = () => {};
setFlagsFromString("--no-flush-bytecode");
process.on("exit", () => {
  setFlagsFromString("--flush-bytecode");
  writeFileSync(cache, script.createCachedData());
});
script.runInThisContext()(exports, require, module, bundle, __dirname);
