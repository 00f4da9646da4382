import { targets } from "./targets/index.ts";

/** The kernel's modules, by name, that LVs of any type may need, dm-mod first. */
export const kernelModules = (): readonly string[] => [
  ...new Set(["dm-mod", ...targets.flatMap(({ modules = [] }) => modules)]),
];
