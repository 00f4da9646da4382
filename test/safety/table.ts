import type { SafetyRule } from "./rules.ts";

/** docs/safety.md, whole. */
export function safetyPage(rules: readonly SafetyRule[]): string {
  const byFolder = new Map<string, SafetyRule[]>();
  for (const rule of rules) {
    const folder = /^src\/(?:core\/)?([^/]+)/.exec(rule.file)?.[1] ?? "";
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), rule]);
  }
  const sections = [...byFolder].map(([folder, own]) => [`## ${folder}`, "", ...tableOf(own), ""].join("\n"));
  return `${HEAD}\n${sections.join("\n")}`;
}

const HEAD = `# What must never be

Each row is a rule of safety, the file that keeps it, and the tests that die without it. That they do is tried:
\`npm run mutants\` plants, for each row, the bug that would break the rule in a copy of the tree, runs the tests and says which
bugs none of them has noticed. \`npm run mutants -- WORD…\` takes the rows that have a word in the rule or the file.

The rows are made from \`test/safety/rules.ts\`, where the bugs stand; \`npm run mutants -- --page\` writes this page.
`;

function tableOf(rules: readonly SafetyRule[]): string[] {
  const rows = rules.map(({ never, file, tests }) => [
    never.replaceAll("|", "\\|"),
    `\`${file}\``,
    tests.map((test) => `\`${test}\``).join(", "),
  ]);
  const all = [["never", "kept by", "shown by"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = all;
  return [line(head), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...body.map(line)];
}
