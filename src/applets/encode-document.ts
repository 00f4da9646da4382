/** A document as it stands on stdout: one line, or indented for a person. */
export function encodeDocument(value: unknown, style: "compact" | "pretty"): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, style === "pretty" ? 2 : 0)}\n`);
}
