// The main script of the executable: runs the bundle, with the code that V8 made of it when it was packaged.
"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

const asset = (name) => Buffer.from(getRawAsset(name));
// All of the code takes longer to take in than a short call takes without, so there are smaller pieces of it.
const [, , first = "", ...more] = process.argv;
const isMeant = {
  replicate: first === "replicate" || /(^|\/)replicate$/.test(process.argv0),
  activate: first === "activate" || first === "deactivate",
  report: first === "report",
  start: first.startsWith("--") && more.length === 0,
};
const code = Object.keys(isMeant).find((piece) => isMeant[piece]) ?? "full";
const bundle = new Script(asset("bundle").latin1Slice(), {
  filename: __filename,
  // With other flags of V8 than it was made with it is refused, and everything is compiled anew.
  cachedData: asset(`${code}.cache`),
});
bundle.runInThisContext()(exports, require, module, __filename, __dirname);
