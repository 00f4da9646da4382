import type { Applet, Verb } from "../applet.ts";
import { synopsis } from "../help.ts";
import { globalTerms, operandsOf, optionsOf, streamsOf, type Term } from "./describe.ts";
import { exitStatuses } from "./exit-statuses.ts";

/** The name of an applet's page in section 8: that of its symlink. */
export const pageName = ({ name }: Pick<Applet, "name">): string => (name === "dvm" ? name : `dvm_${name}`);

/** An applet's page in section 8, in the man macros. */
export function manPage(applet: Applet, all: readonly Applet[], version: string): string {
  const others = all
    .filter(({ name }) => name !== applet.name)
    .map((other) => `\\fB${pageName(other)}\\fR(8)`);
  const typed = applet.name === "dvm" ? "" : `Also called as \\fBdvm ${applet.name}\\fR.\n`;
  return [
    `.TH ${pageName(applet).toUpperCase()} 8 "" "dvm ${version}" "System Administration"`,
    ".SH NAME",
    `${pageName(applet)} \\- ${roff(lowerFirst(applet.summary))}`,
    ".SH SYNOPSIS",
    applet.verbs.map((verb) => `.B ${roff(synopsis(applet, verb))}`).join("\n.br\n"),
    ".SH DESCRIPTION",
    `${roff(applet.summary)}.\n${typed}`.trimEnd(),
    ...applet.verbs.map((verb) => verbSection(applet, verb)),
    ".SH OPTIONS OF EVERY COMMAND",
    terms(globalTerms()),
    ...(applet.tables ?? []).flatMap(({ title, head, rows }) => [
      `.SH ${roff(title.toUpperCase())}`,
      terms(rows.map(([first = "", ...rest]) => ({ term: first, text: cells(head.slice(1), rest) }))),
    ]),
    ".SH EXIT STATUS",
    terms(exitStatuses.map(([status, meaning]) => ({ term: String(status), text: `${meaning}.` }))),
    ...(applet.looksForConfig
      ? [
          ".SH FILES",
          terms([
            {
              term: "/etc/dvm/config.json",
              text:
                "The config, unless --config or $DVM_CONFIG names another. Its schema: dvm schema " +
                "config.",
            },
          ]),
        ]
      : []),
    ".SH SEE ALSO",
    `${others.join(",\n")}`,
    "",
  ].join("\n");
}

function verbSection(applet: Applet, verb: Verb): string {
  const parts = [
    verb.name === "" ? "" : `.SS ${roff(verb.name)}`,
    `.B ${roff(synopsis(applet, verb))}`,
    `.PP\n${roff(verb.summary)}.`,
    verb.description === undefined ? "" : `.PP\n${roff(verb.description)}`,
    streamsOf(verb) === "" ? "" : `.PP\n${roff(streamsOf(verb))}`,
    terms([...operandsOf(verb), ...optionsOf(verb)]),
    examplesOf(verb),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

const examplesOf = ({ examples = [] }: Verb): string =>
  examples.length === 0
    ? ""
    : `.PP\nExamples:\n.PP\n.nf\n${examples.map((line) => `.B ${roff(line)}`).join("\n")}\n.fi`;

const terms = (list: readonly Term[]): string =>
  list.map(({ term, text }) => `.TP\n.B ${roff(term)}\n${roff(text)}`).join("\n");

const cells = (head: readonly string[], row: readonly string[]): string =>
  row.map((cell, at) => (at === row.length - 1 ? cell : `${head[at]}: ${cell}`)).join("; ");

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** Text for roff: a backslash, a dash and what would begin a request stand for themselves. */
const roff = (text: string): string =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("`", "")
    .replace(/^(?=[.'])/gm, "\\&");
