import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Bundles a program for a guest, where Node starts slowly and compiling would be slower still.
 * @param entry its TypeScript file
 * @param directory inside of the project, so that koffi's native part is found from there
 * @returns the path of the bundle, for `node`
 */
export async function guestBundle(entry: string | URL, directory: string): Promise<string> {
  const outfile = join(directory, "guest.cjs");
  await build({
    entryPoints: [typeof entry === "string" ? entry : fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: { "import.meta.url": "__importMetaUrl" },
    logLevel: "error",
  });
  return outfile;
}
