import type { Applet, ReferenceTable, Verb } from "../applet.ts";
import { synopsis } from "../help.ts";
import { globalTerms, operandsOf, optionsOf, streamsOf, type Term } from "./describe.ts";

const NOTE = "<!-- Made from the table of applets by `npm run docs`. -->";

/** The pages of docs/applets: one for each applet and a list of them. File name -> text. */
export function markdownPages(applets: readonly Applet[]): ReadonlyMap<string, string> {
  return new Map([
    ["README.md", listPage(applets)],
    ...applets.map((applet): [string, string] => [`${applet.name}.md`, appletPage(applet)]),
  ]);
}

function listPage(applets: readonly Applet[]): string {
  const rows = applets.map(({ name, summary }) => [`[${name}](${name}.md)`, summary]);
  return `${[
    NOTE,
    "# Commands",
    table({ title: "", head: ["command", "what for"], rows }),
    "`dvm NAME …` and a symlink named `NAME` or `dvm_NAME` do the same thing.",
    "## Options of every command",
    "They stand before or after the command's name.",
    termTable("option", globalTerms()),
    "How commands end: [exit codes](../exit-codes.md).",
  ].join("\n\n")}\n`;
}

function appletPage(applet: Applet): string {
  return `${[
    NOTE,
    `# ${applet.name}`,
    `${applet.summary}.`,
    ...applet.verbs.map((verb) => verbText(applet, verb)),
    ...(applet.tables ?? []).map((each) => `## ${each.title}\n\n${table(each)}`),
    "[Options of every command](README.md#options-of-every-command)",
  ].join("\n\n")}\n`;
}

function verbText(applet: Applet, verb: Verb): string {
  const parts = [
    verb.name === "" ? "" : `## ${verb.name}`,
    `\`\`\`\n${synopsis(applet, verb)}\n\`\`\``,
    `${verb.summary}. ${verb.description ?? ""}`.trim(),
    streamsOf(verb),
    termTable("", [...operandsOf(verb), ...optionsOf(verb)]),
    examplesOf(verb),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const examplesOf = ({ examples = [] }: Verb): string =>
  examples.length === 0 ? "" : `Examples:\n\n\`\`\`sh\n${examples.join("\n")}\n\`\`\``;

function termTable(head: string, terms: readonly Term[]): string {
  if (terms.length === 0) return "";
  return table({ title: "", head: [head, ""], rows: terms.map(({ term, text }) => [`\`${term}\``, text]) });
}

function table({ head, rows }: ReferenceTable): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
