// Run by warm.mjs with the bundle, the cache and koffi's native part, then the arguments of dvm: runs the bundle as
// the executable does, and at the end writes the bytecode of all that has been compiled.
"use strict";
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");

const [bundle, cache, koffiNodePath, ...argv] = process.argv.slice(2);
process.argv = [process.argv[0], "dvm", ...argv];

// The bundle is to find koffi where it finds it in the executable.
const { getBuiltinModule } = process;
const sea = { isSea: () => true, getRawAsset: () => readFileSync(koffiNodePath) };
process.getBuiltinModule = (id) => (id === "node:sea" ? sea : getBuiltinModule.call(process, id));

const script = new Script(readFileSync(bundle, "latin1"), {
  filename: __filename,
  ...(existsSync(cache) ? { cachedData: readFileSync(cache) } : {}),
});
process.on("exit", () => writeFileSync(cache, script.createCachedData()));
script.runInThisContext()(exports, require, module, __filename, __dirname);
