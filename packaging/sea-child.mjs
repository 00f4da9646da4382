// Run by sea.mjs in a process of its own with one argument, the job as JSON.
import { createRequire } from "node:module";
import { seaOptions } from "./environment.mjs";

const { default: sea } = createRequire(import.meta.url)("@yao-pkg/pkg/lib-es5/sea.js");
const { entry, output, nodePath, assets } = JSON.parse(process.argv[2]);

await sea(entry, {
  nodePath,
  seaConfig: {
    // That would be a cache of the launcher only.
    useCodeCache: false,
    disableExperimentalSEAWarning: true,
    ...seaOptions,
    assets,
  },
  targets: [{ nodeRange: "node24", platform: "linux", arch: "x64", output }],
});
