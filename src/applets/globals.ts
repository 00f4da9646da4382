import type { Parameters } from "../core/port/parameters.ts";

/** The options that every applet has; they stand before or after the applet's name. */
export const globalOptions = {
  config: { summary: "Read the config from FILE", placeholder: "FILE" },
  verbose: { summary: "Tell more on stderr", type: "flag" },
  "json-errors": { summary: "Report a failure as one line of JSON on stderr", type: "flag" },
  trace: { summary: "Keep every document taken in and given out in DIR", placeholder: "DIR" },
  now: { summary: "Take TIME (ISO 8601) for the current time, for tests", placeholder: "TIME" },
  seed: { summary: "Derive all ids and random numbers from TEXT, for tests", placeholder: "TEXT" },
  help: { summary: "Show help", type: "flag" },
  version: { summary: "Show the version", type: "flag" },
} as const satisfies Parameters;

export const globalAliases: Readonly<Record<string, string>> = { c: "config", v: "verbose", h: "help" };
