import type { TableLine } from "../../../schema/index.ts";
import type { NoParams, Target, TargetRange } from "./target.ts";

/** Fails every I/O. Being a wildcard it may replace any table. The kernel ignores its parameters. */
export const error: Target<NoParams> = {
  type: "error",
  version: [1, 5, 0],
  features: { wildcard: true },
  worksAlone: false,
  growsInPlace: true,
  loadsQuietly: true,
  decodeParams: () => ({}),
  encodeParams: () => "",
  devicePositions: () => [],
  check() {},
  areas: () => [],
};

export const isErrorLine = ({ type }: Pick<TableLine, "type">): boolean => type === error.type;

/** A line that fails every I/O. */
export const errorLine = ({ start, length }: TargetRange): TableLine => ({
  start,
  length,
  type: error.type,
  params: "",
});
