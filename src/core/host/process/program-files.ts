/** What this process runs: one executable, or Node and the script that it was given. */
export function programFiles(): readonly string[] {
  const [, script] = process.argv;
  const isNode = /(^|\/)node[^/]*$/.test(process.execPath);
  return isNode && script !== undefined ? [process.execPath, script] : [process.execPath];
}
