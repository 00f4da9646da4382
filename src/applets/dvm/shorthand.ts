/**
 * Every verb of manip as a verb of dvm: `dvm VERB VG[/LV] …` is `dvm run VG -- VERB [--name LV] …`. Made of
 * manip's own table; what the words mean is read by manip alone.
 */
import { assert } from "../../core/base/assert.ts";
import { DvmError } from "../../core/base/error.ts";
import { runChange } from "../../core/dvm/run.ts";
import type { ParameterSpec, Parameters, Values } from "../../core/port/parameters.ts";
import type { Applet, Verb } from "../applet.ts";
import { dryRun, noActivate, tellingWhatWasDone, told, where } from "./common.ts";

/** The options that name the LV that a verb is about. */
const LV_OPTIONS: readonly string[] = ["name", "lv"];
const added = { ...where, ...dryRun, ...noActivate } as const satisfies Parameters;

type Given = Readonly<Record<string, unknown>>;

/**
 * @param own verbs that dvm has itself: of those names there is no other
 * @returns a verb for each change of a VG that manip can make
 */
export const shorthands = (manip: Applet, own: readonly Verb[]): readonly Verb[] =>
  manip.verbs
    .filter(
      ({ name, stdin, output }) =>
        stdin === "metadata" && output === "metadata" && !own.some((each) => each.name === name),
    )
    .map(shorthand);

function shorthand(change: Verb): Verb {
  const { name, summary, groups, examples = [] } = change;
  const taken = Object.keys(added).find((each) => Object.hasOwn(change.options, each));
  assert(taken === undefined, `manip ${name} has an option --${taken} of its own`);
  const lvOption = LV_OPTIONS.find((each) => Object.hasOwn(change.options, each));
  const isSame = `The same as \`dvm run VG -- ${name}\`, paths of devices for ids of PVs included`;
  return {
    name,
    summary,
    description: [
      change.description,
      lvOption ? `${isSame}; VG/LV stands for --${lvOption} LV.` : `${isSame}.`,
    ]
      .filter((sentence) => sentence !== undefined)
      .join(" "),
    operands: {
      vg: {
        summary: lvOption ? "The VG's name or id, and that of the LV" : "The VG's name or id",
        required: true,
        placeholder: lvOption ? "VG[/LV]" : "VG",
      },
      ...asTyped(change.operands),
    },
    options: { ...asTyped(change.options, lvOption), ...added },
    ...(groups && { groups }),
    examples: examples.map((line) => inShort(line, lvOption)),
    output: "text",
    run: async (sys, { operands: { vg: named, ...operands }, options }) => {
      const {
        devices,
        "dry-run": isDry,
        "no-activate": isQuiet,
        ...others
      } = options as unknown as Given & Values<typeof added>;
      const [vg = "", lv] = splitOnce(String(named));
      const given = lv === undefined ? others : withLv(String(named), lv, others, lvOption);
      if (lvOption && change.options[lvOption]?.required && !isGiven(given[lvOption]))
        throw new DvmError("USAGE", `no LV is named: write VG/LV, or --${lvOption}`);
      const done = await tellingWhatWasDone(() =>
        runChange(sys, {
          vg,
          devices,
          change: [name, ...Object.values(operands).map(String), ...wordsOf(given)],
          activate: !isQuiet,
          dryRun: isDry,
        }),
      );
      return told(done, isDry);
    },
  };
}

/** Parameters whose values go on to manip as they are typed. @param lvOption may be left out */
const asTyped = (specs: Parameters, lvOption?: string): Parameters =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { document: _, type, required, ...spec }]): [string, ParameterSpec] => [
      name,
      {
        ...spec,
        ...(type === "flag" && { type }),
        ...(required && name !== lvOption && { required }),
      },
    ]),
  );

function withLv(named: string, lv: string, given: Given, lvOption: string | undefined): Given {
  if (lvOption === undefined) throw new DvmError("USAGE", `"${named}" names an LV: give the VG alone`);
  if (lv === "") throw new DvmError("USAGE", `"${named}" names no LV behind the /`);
  if (isGiven(given[lvOption]))
    throw new DvmError("USAGE", `the LV is named twice: by "${named}" and by --${lvOption}`);
  return { ...given, [lvOption]: lv };
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && !(Array.isArray(value) && value.length === 0);

/** `vg` and undefined, or `vg` and what is behind the first slash. */
function splitOnce(named: string): readonly string[] {
  const at = named.indexOf("/");
  return at < 0 ? [named] : [named.slice(0, at), named.slice(at + 1)];
}

const wordsOf = (given: Given): string[] =>
  Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    if (value === true) return [`--${name}`];
    return (Array.isArray(value) ? value : [value]).map((each) => `--${name}=${each}`);
  });

/** `manip VERB --name LV … < OLD > NEW` as a person types it to dvm. */
function inShort(line: string, lvOption: string | undefined): string {
  const words = line.replace(/ <.*$/, "").split(" ").slice(1);
  const at = words.indexOf(`--${lvOption}`);
  const [, lv] = at < 0 ? [] : words.splice(at, 2);
  words.splice(1, 0, lv === undefined ? "vg0" : `vg0/${lv}`);
  return ["dvm", ...words].join(" ");
}
