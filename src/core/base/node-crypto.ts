let crypto: typeof import("node:crypto") | undefined;

/** Node's crypto, loaded when first wanted: that takes longer than many a call does all in all. */
export function nodeCrypto(): typeof import("node:crypto") {
  crypto ??= process.getBuiltinModule("node:crypto");
  return crypto;
}
