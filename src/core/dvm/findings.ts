/**
 * What doctor can find: each code with what people are told of it, and what to type. A code keeps its meaning
 * for ever, since scripts match on it.
 */
import { shellWord } from "../base/shell-word.ts";
import { formatSize } from "../base/units.ts";
import { ofLvs } from "./findings-of-lvs.ts";

interface OfVg {
  readonly vg: string;
}

/** What is well. */
const sound = {
  "dm-usable": ({ said }: { said: string }) => said,
  "locks-usable": () => "can be taken",
  "devices-seen": ({ labelled }: { labelled: number }) => `${labelled} labelled`,
  "foreign-noted": ({ said }: { said: string }) => said,
  "vg-sound": ({ devices }: { devices: number }) =>
    `complete and in sync on ${devices} device${devices === 1 ? "" : "s"}`,
};

const ofSurroundings = {
  "dm-unusable": ({ message, error }: Failure) => `${message} [${error}]`,
  "locks-unusable": ({ message, error }: Failure) => `${message} [${error}]`,
  "devices-unreadable": ({ message, error }: Failure) => `${message} [${error}]`,
  "foreign-problem": ({ said }: { said: string }) => said,
  "label-damaged": ({ path, problem, vg }: OfVg & { path: string; problem: string }) =>
    `${path}: ${problem}: run dvm recover ${vg} to mend it`,
  "dm-suspended": ({ name, vg }: OfDm) => `dm device ${name} is suspended: run dvm recover ${vg}`,
  "dm-table-loaded": ({ name, vg }: OfDm) =>
    `dm device ${name} has a table loaded that never came to live: run dvm recover ${vg}`,
  "dm-without-table": ({ name, vg }: OfDm) => `dm device ${name} has no table: run dvm recover ${vg}`,
  "dm-without-lv": ({ name, vg }: OfDm) =>
    `dm device ${name} is of no LV that VG ${vg} has: what it shows may be another's by now: run dvm ` +
    `recover ${vg}`,
  "dm-stray": ({ name, uuid, vg }: { name: string; uuid: string; vg: string | null }) =>
    `dm device ${name} (${uuid}): its VG was not ` +
    `found${
      vg === null
        ? ""
        : `: attach or name its disks, or take down what is live of it: run dvm deactivate ${vg}`
    }`,
};

interface Failure {
  readonly message: string;
  readonly error: string;
}

interface OfDm {
  readonly name: string;
  readonly vg: string;
}

interface OfShort extends OfVg {
  readonly path: string;
  readonly room: number;
  readonly recorded: number;
  /** The VG has not gone on without it. */
  readonly isMember: boolean;
}

const told = ({ message }: { message: string }): string => message;

const ofVgs = {
  "vg-unreadable": ({ message, error }: Failure) => `${message} [${error}]`,
  "vg-without-metadata": ({ vg }: OfVg) =>
    `its devices are labelled, but it has no metadata: run dvm remove-vg ${vg} to begin anew`,
  "vg-interrupted": ({ vg, state }: OfVg & { state: string }) =>
    `a transaction was interrupted (${state}): run dvm recover ${vg}`,
  "label-behind": ({ vg, path }: OfVg & { path: string }) =>
    `the label of ${path} is behind: run dvm recover ${vg}`,
  "pv-short": ({ vg, path, room, recorded, isMember }: OfShort) =>
    `${path} is shorter than recorded: ${formatSize(room)} of ${formatSize(recorded)} are there: give it ` +
    "back all of its length, or, once no LV is without what lay behind that, run dvm " +
    (isMember ? "" : `recover ${vg} --resync ${shellWord(path)}, then dvm `) +
    `missing-pv ${vg} --pv ${shellWord(path)}, then dvm evacuate ${vg} ${shellWord(path)}, then dvm ` +
    `reduce ${vg} ${shellWord(path)}`,
  "pv-read-only": ({ path, vg }: OfVg & { path: string }) =>
    `${path} is read-only: writes to LVs on it fail, and VG ${vg} cannot be changed: make it writable, ` +
    `or dvm recover ${vg} --without ${shellWord(path)} goes on without it`,
  "pv-blocks": ({ vg, path, recorded, found }: OfVg & { path: string; recorded: number; found: number }) =>
    `${path} has not the logical blocks of ${recorded} bytes that are recorded: attach it as it was, ` +
    `or take down what it has: dvm run ${vg} -- pv-blocks --pv ${shellWord(path)} --block-size ${found}b ` +
    "--allow-mixed-blocks",
  warned: told,
  // What tm verify finds, in its words.
  "vg-out-of-sync": told,
  "vg-empty": told,
  "vg-foreign": told,
  "vg-missing": told,
  "vg-strangers": told,
  "vg-labels-ahead": told,
  "vg-unfinished": told,
  "vg-outdated": told,
  "vg-labels-behind": told,
};

const texts = { ...sound, ...ofSurroundings, ...ofVgs, ...ofLvs };

export type FindingCode = keyof typeof texts;
export const findingCodes = Object.keys(texts) as readonly FindingCode[];
export type LvFindingCode = keyof typeof ofLvs;

/** What a code's text is made of. */
export type DetailsOf<C extends FindingCode> =
  Parameters<(typeof texts)[C]> extends [infer D] ? D : Record<never, never>;

/** False for a code that tells of a problem. */
export const isSound = (code: FindingCode): boolean => Object.hasOwn(sound, code);

export const isFindingCode = (word: string): word is FindingCode => Object.hasOwn(texts, word);

/** What people are told. */
export const textOf = <C extends FindingCode>(code: C, details: DetailsOf<C>): string =>
  (texts[code] as (details: DetailsOf<C>) => string)(details);
