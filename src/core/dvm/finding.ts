import type { FindingRecord } from "../../schema/index.ts";
import { toDvmError } from "../base/error.ts";
import type { Sys } from "../port/sys.ts";
import { type DetailsOf, type FindingCode, isSound, textOf } from "./findings.ts";

export type Finding = FindingRecord;

/** What it is about. */
export type FindingSubject = FindingRecord["subject"];

/** A finding in words. */
export const finding = <C extends FindingCode>(
  code: C,
  subject: FindingSubject,
  details: DetailsOf<C> & Readonly<Record<string, unknown>>,
): Finding => ({ code, ok: isSound(code), subject, text: textOf(code, details), details });

/** What was found; a failure is a finding too. */
export async function look(
  sys: Sys,
  subject: FindingSubject,
  unless: "dm-unusable" | "locks-unusable" | "devices-unreadable" | "vg-unreadable",
  ask: (subject: FindingSubject) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const put = (each: Finding): Finding => ({ ...each, text: sys.terminal.wording.of(each.text) });
  try {
    return (await ask(subject)).map(put);
  } catch (thrown) {
    const { message, code, details } = toDvmError(thrown);
    return [put(finding(unless, subject, { message, error: code, ...details }))];
  }
}
