import { DvmError } from "../core/base/error.ts";
import type { Sys } from "../core/port/sys.ts";
import type { Toolbox, ToolCall } from "../core/port/toolbox.ts";
import type { Applets } from "./applet.ts";
import { parseArguments } from "./arguments.ts";
import { encodeDocument } from "./encode-document.ts";
import { runVerb } from "./run-verb.ts";
import { withPvs, wordsOf } from "./words.ts";

/** Applets called in this process, through the same doors as in processes of their own. */
export function inProcessToolbox(applets: Applets, sys: () => Sys): Toolbox {
  // What one applet gives another is never meant for a person, wherever the result goes in the end.
  const quiet = (): Sys => ({ ...sys(), terminal: { ...sys().terminal, outputIsTerminal: false } });
  const find = async ({ applet: name, verb: verbName = "" }: ToolCall) => {
    const applet = await applets.find(name);
    const verb = applet?.verbs.find((each) => each.name === verbName);
    if (!applet || !verb) throw new Error(`no applet ${name} ${verbName}`);
    return { applet, verb };
  };
  return {
    async call(call: ToolCall) {
      const { operands = {}, options = {}, stdin, command = [] } = call;
      const { applet, verb } = await find(call);
      // The compiler knows what it gives by the table, and runVerb holds it against the schema.
      return (await runVerb(quiet(), applet, verb, { operands, options, stdin, command })) as never;
    },
    async words(call: ToolCall) {
      const { applet, verb } = await find(call);
      return wordsOf(applet, verb, call.operands ?? {}, call.options ?? {});
    },
    async withPvs([name = "", ...argv], naming) {
      const applet = await applets.find(name);
      return [name, ...(applet ? await withPvs(applet, argv, naming) : argv)];
    },
    has: ([name]) => name !== undefined && applets.names.includes(name),
    async mutate([name = "", ...argv], stdin) {
      const applet = await applets.find(name);
      if (!applet) throw new DvmError("NOT_FOUND", `no applet ${name}`);
      const { globals, verb, operands, options, command } = parseArguments(applet, argv);
      const [general] = Object.keys(globals);
      if (general === "help" || general === "version")
        throw new DvmError("USAGE", `--${general} changes nothing: ${name} ${verb?.name ?? ""} --${general}`);
      if (general !== undefined)
        throw new DvmError("USAGE", `--${general} is the whole command's: write it before --`);
      if (!verb) throw new DvmError("USAGE", `${name} is no mutator without a verb`);
      const result = await runVerb(quiet(), applet, verb, { operands, options, stdin, command });
      return result instanceof Uint8Array
        ? result
        : Buffer.from([...encodeDocument(result, "compact")].join(""));
    },
  };
}
