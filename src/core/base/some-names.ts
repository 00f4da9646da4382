const NAMED = 5;

/** The first of some names, and how many more there are. */
export const someNames = (names: readonly string[]): string =>
  `${names.slice(0, NAMED).join(", ")}${names.length > NAMED ? ` and ${names.length - NAMED} more` : ""}`;
