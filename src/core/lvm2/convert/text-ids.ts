/** LVM2's id of something that has come to be under dvm: the same for whoever makes it. */
import { sha256 } from "../../base/bytes.ts";
import { dashedId } from "../ids.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const LENGTH = 32;

/** @returns as texts have it, with dashes */
export function newTextId(...of: readonly string[]): string {
  const bytes = sha256(Buffer.from(`LVM2's of dvm's ${of.join(" ")}`));
  const characters = Array.from(bytes.subarray(0, LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]);
  return dashedId(characters.join(""));
}
