import t from "tap";
import { asciiJson, printable, printableLines } from "../../../src/core/base/printable.ts";

t.test("what steers a terminal or misleads the eye is shown, not done", async (t) => {
  const rows = [
    ["plain ~ text", "plain ~ text"],
    ["größe 磁盘 🖴 é", "größe 磁盘 🖴 é"],
    ["\x1b]0;owned\x07", "\\u001b]0;owned\\u0007"],
    ["\0\r\n\t\x7f", "\\u0000\\u000d\\u000a\\u0009\\u007f"],
    ["\x9b2J\x85\xad", "\\u009b2J\\u0085\\u00ad"],
    ["sda\u202etxt.\u2066x\u2069\u061c\u200f", "sda\\u202etxt.\\u2066x\\u2069\\u061c\\u200f"],
    ["a\u200bb\u2060c\ufeff\u2028", "a\\u200bb\\u2060c\\ufeff\\u2028"],
    ["\u{e0041}", "\\udb40\\udc41"],
    ["\ud800 \udfff \u{1f600}", "\\ud800 \\udfff \u{1f600}"],
  ] as const;
  for (const [text, shown] of rows) {
    t.equal(printable(text), shown);
    t.equal(JSON.parse(`"${shown}"`), text, "as JSON it is what it was");
    t.equal(printable(shown), shown, "nothing twice");
  }
  t.equal(printableLines("a\n\tb\r\x1b\n"), "a\n\tb\\u000d\\u001b\n");
  t.equal(asciiJson({ é: "\x7f🖴\n" }), '{"\\u00e9":"\\u007f\\ud83d\\uddb4\\n"}');
});
