/** Pictures: what stands in them, and that nothing in a document can be more than text. */
import { readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import type { ReportInput } from "../../../src/core/report/input.ts";
import { makeReport } from "../../../src/core/report/report.ts";
import { desired, discovery, dm, metadata, withoutThird } from "../../lib/report-vg.ts";

const all: ReportInput = { metadata, discovery, dm, desired };
const none = { columns: undefined, select: undefined, sort: undefined };
function draw(input: ReportInput, subject: string, format: string, select?: string): string {
  const made = makeReport(input, { ...none, subject, format, select });
  if (typeof made !== "string") throw new Error("no text");
  return made;
}
const count = (text: string, what: RegExp): number => [...text.matchAll(what)].length;

/** Ends with an error unless every element that begins ends in its turn. */
function checkNested(text: string): void {
  const open: string[] = [];
  const markup = text.replace(/^<!doctype html>/, "").replaceAll(/<meta [^>]*>/g, "");
  for (const [, end, name, alone] of markup.matchAll(
    /<(\/?)([a-z][a-z0-9]*)(?: [a-zA-Z:-]+="[^"<>]*")*(\/?)>/g,
  )) {
    if (alone) continue;
    if (!end) open.push(name as string);
    else if (open.pop() !== name) throw new Error(`${name} ends out of turn`);
  }
  if (open.length > 0) throw new Error(`${open} does not end`);
  if (/[<>]/.test(markup.replaceAll(/<[^<>]*>/g, ""))) throw new Error("a bracket is no element's");
}

t.test("what is drawn of whom", async (t) => {
  for (const subject of ["vg", "lv", "pv"])
    for (const format of ["svg", "html"]) {
      const drawn = draw(all, subject, format);
      t.matchSnapshot(drawn, `${format} of ${subject}`);
      checkNested(drawn);
      t.equal(count(drawn, /data-pv=/g), metadata.pvs.length, "each device");
      t.equal(count(drawn, /<script|<link|href|src=|url\((?!#)/g), 0, "nothing from elsewhere");
    }
  const runs = (text: string) => count(text, /<g data-lv="[^"]*"><title>/g);
  const { rows } = makeReport(all, { ...none, subject: "seg", format: "json" }) as {
    rows: readonly { pv?: string | null }[];
  };
  const places = rows.filter(({ pv }) => pv).length;
  t.ok(places > 3);
  t.equal(runs(draw(all, "pv", "svg")), places, "each run of extents");
  t.equal(count(draw(all, "pv", "svg", `path="${discovery.devices[0]?.path}"`), /data-pv=/g), 1);
  t.equal(count(draw(all, "lv", "html", "name=safe"), /<tr data-lv=/g), 1, "the LV that is asked for");
  t.equal(runs(draw(all, "lv", "svg", "name=safe")), places, "among the runs of all");
});

t.test("the picture in README is one", async (t) => {
  const file = new URL("../../../docs/picture.svg", import.meta.url);
  if (process.env["TAP_SNAPSHOT"]) writeFileSync(file, draw(all, "vg", "svg"));
  t.equal(readFileSync(file, "utf8"), draw(all, "vg", "svg"));
});

t.test("what is missing is seen, and said", async (t) => {
  const input = { metadata, discovery: withoutThird, dm: { devices: [] } };
  for (const format of ["svg", "html"]) {
    const [whole, drawn] = [draw(all, "vg", format), draw(input, "vg", format)];
    t.equal(count(whole, /class="gone"|, missing|unavailable/g), 0);
    t.equal(count(drawn, /class="gone"/g), 1);
    t.match(drawn, /<tspan class="bad">, missing</);
    t.match(drawn, /class="bad"[^>]*>[^<]*1 missing, /, "above all");
  }
});

t.test("names are text", async (t) => {
  const evil = `/dev/<script>alert("1")</script>&'\u001b[2J\u202e`;
  const [first, ...others] = discovery.devices;
  const input = {
    metadata,
    discovery: { ...discovery, devices: [{ ...first, path: evil } as never, ...others] },
  };
  for (const format of ["svg", "html"]) {
    const drawn = draw(input, "vg", format);
    checkNested(drawn);
    for (const wrong of ["<script", "\u001b", "\u202e"]) t.notOk(drawn.includes(wrong), format);
    t.match(drawn, "/dev/&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;\\u001b[2J\\u202e");
  }
});

t.test("what cannot be drawn", async (t) => {
  const refuses = (message: RegExp, subject: string, format: string, more = {}) =>
    t.throws(() => makeReport(all, { ...none, subject, format, ...more }), { code: "USAGE", message });
  refuses(/no svg of seg, only of vg, lv and pv/, "seg", "svg");
  refuses(/no html of dm/, "dm", "html");
  refuses(/a svg has no columns to choose/, "lv", "svg", { columns: "name" });
  t.throws(() => makeReport({ subject: "lv", rows: [] }, { ...none, subject: "lv", format: "html" }), {
    code: "USAGE",
    message: /needs --metadata/,
  });
});
