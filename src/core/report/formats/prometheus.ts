import { sectorsToBytes } from "../../base/units.ts";
import type { Column, ReportSubject, Row, Value } from "../column.ts";

/** The columns that tell rows of a subject apart; of segments none do. */
const KEYS: Readonly<Partial<Record<ReportSubject, Readonly<Record<string, readonly string[]>>>>> = {
  vg: { vg: ["name"] },
  lv: { vg: ["vg"], lv: ["name"] },
  pv: { vg: ["vg"], device: ["path", "id"] },
  dm: { dm: ["name"] },
};

export const hasGauges = (subject: ReportSubject): boolean => subject in KEYS;

type Labels = Readonly<Record<string, string>>;

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly samplesOf: (row: Row) => readonly (readonly [Labels, number])[];
}

/**
 * Gauges in the text format of Prometheus (its page "Exposition formats", version 0.0.4), of whatever columns
 * there are: sizes in bytes, percents as ratios, flags as 0 and 1. Texts are labels of one gauge, `info`,
 * which is 1; of a list there is a sample for each of its words, how often that stands there. What is not
 * known has no sample.
 */
export function formatPrometheus(
  subject: ReportSubject,
  rows: readonly Row[],
  columns: readonly Column[],
): string {
  const keys = KEYS[subject] ?? {};
  const labelled = rows.map((row) => ({ row, labels: keyOf(row, keys) }));
  const taken = Object.values(keys).map(([first]) => first);
  const texts = columns.filter(({ name, kind }) => kind === "text" && !taken.includes(name));
  const gauges = [
    ...(texts.length > 0 ? [infoOf(subject, texts)] : []),
    ...columns.filter(({ kind }) => kind !== "text").map((column) => gaugeOf(subject, column)),
  ];
  return gauges.map((gauge) => lines(gauge, labelled)).join("");
}

function lines(
  { name, help, samplesOf }: Gauge,
  rows: readonly { readonly row: Row; readonly labels: Labels }[],
): string {
  const samples = rows.flatMap(({ row, labels }) =>
    samplesOf(row).map(([more, value]) => `${name}${braced({ ...labels, ...more })} ${value}\n`),
  );
  return samples.length === 0
    ? ""
    : `# HELP ${name} ${escaped(help)}\n# TYPE ${name} gauge\n${samples.join("")}`;
}

const infoOf = (subject: ReportSubject, columns: readonly Column[]): Gauge => ({
  name: `dvm_${subject}_info`,
  help: "what else is known, as labels",
  samplesOf: (row) => [[Object.fromEntries(columns.flatMap((column) => labelOf(row, column))), 1]],
});

const labelOf = (row: Row, { name }: Column): [string, string][] =>
  isText(row[name]) ? [[snake(name), row[name]]] : [];

function gaugeOf(subject: ReportSubject, { name: column, kind, summary }: Column): Gauge {
  const units = { sectors: "_bytes", percent: "_ratio", count: "", flag: "", list: "", text: "" };
  const name = `dvm_${subject}_${snake(column)}${units[kind]}`;
  const samplesOf = (row: Row): (readonly [Labels, number])[] => {
    const value = row[column] ?? null;
    if (Array.isArray(value))
      return counted(value).map(([word, count]) => [{ [snake(column)]: word }, count]);
    const number = numberOf(value, kind);
    return number === undefined ? [] : [[{}, number]];
  };
  return { name, help: summary, samplesOf };
}

function numberOf(value: Value, kind: Column["kind"]): number | undefined {
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "number") return undefined;
  return kind === "sectors" ? sectorsToBytes(value) : kind === "percent" ? value / 100 : value;
}

function counted(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts];
}

const keyOf = (row: Row, keys: Readonly<Record<string, readonly string[]>>): Labels =>
  Object.fromEntries(
    Object.entries(keys).flatMap(([label, columns]) => {
      const column = columns.find((name) => isText(row[name]));
      return column === undefined ? [] : [[label, String(row[column])]];
    }),
  );

const isText = (value: Value | undefined): value is string => typeof value === "string";

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const braced = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
};

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
