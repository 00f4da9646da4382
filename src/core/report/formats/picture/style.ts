/** How pictures look, by day and by night: colours of LVs are the same, and dark letters stand on them. */
export const style = [
  ":root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#5c6570;",
  "--line:#c8ced6;--free:#eef1f4;--bad:#b3261e}",
  "@media(prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e8ebef;--soft:#9aa4b0;",
  "--line:#3d454f;--free:#22272e;--bad:#ff8a80}}",
  // What does not know of variables takes the first of two.
  "svg text{font:13px ui-monospace,monospace;fill:#1b1f24;fill:var(--ink)}",
  "svg .paper{fill:#fff;fill:var(--paper)}",
  "svg .free{fill:#eef1f4;fill:var(--free);stroke:#c8ced6;stroke:var(--line)}",
  "svg .soft{fill:#5c6570;fill:var(--soft)}",
  "svg .bad{fill:#b3261e;fill:var(--bad);font-weight:bold}",
  "svg .gone{stroke:#b3261e;stroke:var(--bad);stroke-width:2;fill:none}",
  "svg .title{font-size:16px;font-weight:bold}",
  "svg .run{fill:#1b1f24;pointer-events:none}",
  "svg .hatch{stroke:#1b1f24;stroke-width:2}",
].join("");

/** What a page needs besides. */
export const pageStyle = [
  "body{margin:16px auto;max-width:1000px;padding:0 16px;background:var(--paper);color:var(--ink);",
  "font:14px system-ui,sans-serif}",
  "h1{font-size:20px}h2{font-size:16px}svg{width:100%;height:auto;display:block}",
  "table{border-collapse:collapse;width:100%}",
  "th,td{text-align:left;padding:4px 8px;border-bottom:1px solid var(--line);vertical-align:top;",
  "overflow-wrap:anywhere}",
  "th{color:var(--soft);font-weight:normal}td.number{text-align:right;white-space:nowrap}",
  ".swatch{display:inline-block;width:12px;height:12px;margin-right:6px}",
  ".bad{color:var(--bad);font-weight:bold}",
  "summary{cursor:pointer}ul{margin:2px 0;padding-left:18px}li{font:12px ui-monospace,monospace}",
].join("");
