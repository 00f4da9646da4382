/** Keys that stand in table lines. Keys belong into the kernel's keyring: no document of ours holds one. */
import type { TableLine } from "../../schema/index.ts";
import { targetOf } from "./targets/index.ts";

/** @returns the line with `?` for each key; the line itself when it has none */
export function withoutSecrets(line: TableLine): TableLine {
  const params = targetOf(line.type).withoutSecrets?.(line.params) ?? line.params;
  return params === line.params ? line : { ...line, params };
}

export const hasSecret = (line: TableLine): boolean => withoutSecrets(line) !== line;

/** Its lines may have keys, of which the kernel shall leave no copies behind either. */
export const mayHaveSecrets = (type: string): boolean => targetOf(type).withoutSecrets !== undefined;
