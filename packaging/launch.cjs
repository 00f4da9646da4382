// The main script of the executable: runs the bundle, with the code that V8 made of it when it was packaged.
"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

const asset = (name) => Buffer.from(getRawAsset(name));
// All of the code takes longer to take in than a call like --version takes without.
const isShort = process.argv.length === 3 && process.argv[2].startsWith("--");
const bundle = new Script(asset("bundle").latin1Slice(), {
  filename: __filename,
  // With other flags of V8 than it was made with it is refused, and everything is compiled anew.
  cachedData: asset(isShort ? "start.cache" : "full.cache"),
});
bundle.runInThisContext()(exports, require, module, __filename, __dirname);
