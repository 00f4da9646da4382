/** LVM2's ids, and dvm's that follow from them. */
import { sha256 } from "../base/bytes.ts";

const PLAIN = /^[0-9A-Za-z!#]{32}$/;
const DASHED = /^[0-9A-Za-z!#]{6}(?:-[0-9A-Za-z!#]{4}){5}-[0-9A-Za-z!#]{6}$/;

/** As labels and dm uuids have one: 32 characters. */
export const isPlainId = (text: string): boolean => PLAIN.test(text);

/** An id as texts and people write it, without its dashes; undefined when it is none. */
export const plainId = (text: string): string | undefined =>
  DASHED.test(text) ? text.replaceAll("-", "") : undefined;

/** As people write it: `6-4-4-4-4-4-6`. */
export const dashedId = (plain: string): string =>
  plain.replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, "$1-$2-$3-$4-$5-$6-$7");

/** dvm's id of what has this one in LVM2: the same for whoever asks. @param plain 32 characters */
export const idFrom = (plain: string): string =>
  sha256(Buffer.from(`dvm's of LVM2's ${plain}`)).toString("hex", 0, 16);
