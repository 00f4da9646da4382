// The entry of the packaged executable: runs the bundle with the bytecode that packaging kept (warm.mjs).
"use strict";
const { getRawAsset } = require("node:sea");
const { Script } = require("node:vm");

// The bundle is ASCII (sea.mjs), so each byte is a character and V8 keeps it in half the memory.
const script = new Script(Buffer.from(getRawAsset("dvm.cjs")).latin1Slice(), {
  filename: __filename,
  cachedData: new Uint8Array(getRawAsset("dvm.cache")),
});
script.runInThisContext()(exports, require, module, __filename, __dirname);
