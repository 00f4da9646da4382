/** What a VG was, and back to it. */
import { printable } from "../../core/base/printable.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { historyOf } from "../../core/dvm/history.ts";
import { undo as goBack } from "../../core/dvm/undo.ts";
import type { Column } from "../../core/report/column.ts";
import { formatTable } from "../../core/report/formats/table.ts";
import type { TmHistory } from "../../schema/index.ts";
import { verb } from "../applet.ts";
import { dryRun, noActivate, tellingWhatWasDone, told, vg, where } from "./common.ts";

export const history = verb({
  name: "history",
  summary: "Tell who made which state of a VG, by which command",
  description:
    "Newest first, as far as the regions still hold them. uid is whoever ran the command, login who had " +
    "logged in. `undo --to` goes back to any of them.",
  examples: ["dvm history vg0", "dvm history vg0 --json"],
  operands: { vg },
  options: { json: { summary: "Give a document (tm-history) instead of text", type: "flag" }, ...where },
  output: "tm-history",
  run: async (sys, { operands, options: { json, devices } }) => {
    const states = await historyOf(sys, { ...operands, devices });
    return json ? states : Buffer.from(listed(states));
  },
});

export const undo = verb({
  name: "undo",
  summary: "Go back to the state before the last transaction, or to an earlier one",
  description:
    "It is a transaction too: undoing that does again what was undone. An LV comes back only with its own " +
    "bytes, and what would shrink or remove one is refused unless --allow names it.",
  examples: ["dvm undo vg0 --dry-run", "dvm undo vg0 --allow remove:vg0/data"],
  operands: { vg },
  options: {
    to: { summary: "To this state, as history shows it", type: "count", placeholder: "TXID" },
    allow: {
      summary: "Let this LV shrink, or go: shrink:VG/LV or remove:VG/LV",
      many: true,
      placeholder: "WHAT",
    },
    ...where,
    ...dryRun,
    ...noActivate,
  },
  output: "text",
  run: async (sys, { operands, options: { devices, to, allow, ...options } }) => {
    const how = { to, allow, activate: !options["no-activate"], dryRun: options["dry-run"] };
    const done = await tellingWhatWasDone(() => goBack(sys, { ...operands, devices, ...how }));
    return told(done, how.dryRun);
  },
});

const columns: readonly Column[] = ["state", "txid", "time", "uid", "login", "host", "command"].map(
  (name) => ({
    name,
    kind: name === "txid" ? "count" : "text",
    usual: true,
    summary: "",
  }),
);

const listed = ({ states }: TmHistory): string =>
  formatTable(
    states.map(({ txid, time, active, by }) => ({
      state: active ? "active" : "",
      txid,
      time,
      uid: by?.uid ?? null,
      login: by?.loginUid ?? null,
      host: by ? printable(by.host) : null,
      command: by ? printable([...by.words.map(shellWord), ...(by.cut ? ["..."] : [])].join(" ")) : null,
    })),
    columns,
  );
