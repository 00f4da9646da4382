import { parseJson } from "../../schema/index.ts";

/** One place in which two JSON values differ. */
export interface Difference {
  /** JSON pointer; a member of a list of records with ids is named by its id instead of its index. */
  readonly at: string;
  /** Left out when there was nothing. */
  readonly old?: unknown;
  /** Left out when there is nothing any more. */
  readonly new?: unknown;
}

const MAX_ENTRIES = 10_000;

/**
 * Where two JSON texts differ, as far as this can be said without knowing what they mean.
 * @returns at most 10,000 entries, and how many more there are
 */
export function differenceOf(
  old: Uint8Array,
  next: Uint8Array,
): { readonly entries: readonly Difference[]; readonly leftOut: number } {
  const entries: Difference[] = [];
  let count = 0;
  const put = (entry: Difference) => {
    count += 1;
    if (entries.length < MAX_ENTRIES) entries.push(entry);
  };
  compare("", parseJson(old, "the old metadata"), parseJson(next, "the new metadata"), put);
  return { entries, leftOut: count - entries.length };
}

type Put = (entry: Difference) => void;

function compare(at: string, old: unknown, next: unknown, put: Put): void {
  const [before, after] = [membersOf(old), membersOf(next)];
  if (!before || !after || before.kind !== after.kind) {
    if (JSON.stringify(old) !== JSON.stringify(next)) put({ at, old, new: next });
    return;
  }
  for (const [key, value] of before.members) {
    const below = `${at}/${escaped(key)}`;
    if (after.members.has(key)) compare(below, value, after.members.get(key), put);
    else put({ at: below, old: value });
  }
  for (const [key, value] of after.members)
    if (!before.members.has(key)) put({ at: `${at}/${escaped(key)}`, new: value });
}

interface Members {
  readonly kind: "object" | "records" | "list";
  readonly members: ReadonlyMap<string, unknown>;
}

/** What a value is made of; undefined for one that has no parts. */
function membersOf(value: unknown): Members | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!Array.isArray(value)) return { kind: "object", members: new Map(Object.entries(value)) };
  const byId = new Map(value.map((each) => [idOf(each), each] as const));
  if (value.length > 0 && !byId.has(undefined) && byId.size === value.length)
    return { kind: "records", members: byId as Map<string, unknown> };
  // A list that is empty can become one of records, and the other way round.
  return {
    kind: value.length === 0 ? "records" : "list",
    members: new Map(value.map((each, i) => [`${i}`, each])),
  };
}

const idOf = (value: unknown): string | undefined =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"
    ? value.id
    : undefined;

const escaped = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
