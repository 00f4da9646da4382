/** This many elements of a list make a piece. */
const PIECE = 500;

/**
 * A document as it stands on stdout: one line, or indented for a person. A long one comes in pieces, since
 * megabytes in one piece would be copied several times.
 */
export function* encodeDocument(value: unknown, style: "compact" | "pretty"): Generator<string, void> {
  if (style === "pretty") yield `${JSON.stringify(value, undefined, 2)}\n`;
  else {
    yield* isObject(value) ? encodeObject(value) : [JSON.stringify(value)];
    yield "\n";
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function* encodeObject(value: object): Generator<string, void> {
  let text = "{";
  let comma = "";
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    text += `${comma}${JSON.stringify(key)}:`;
    comma = ",";
    if (!Array.isArray(entry) || entry.length <= PIECE) text += JSON.stringify(entry);
    else {
      text += "[";
      for (let at = 0; at < entry.length; at += PIECE) {
        // Two pieces, since joining them would copy the longer one.
        yield text;
        yield JSON.stringify(entry.slice(at, at + PIECE)).slice(1, -1);
        text = ",";
      }
      text = "]";
    }
  }
  yield `${text}}`;
}
