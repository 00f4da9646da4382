import { DvmError } from "../core/base/error.ts";
import type { Sys } from "../core/port/sys.ts";
import type { Toolbox, ToolCall } from "../core/port/toolbox.ts";
import type { Applet, Verb } from "./applet.ts";
import { parseArguments } from "./arguments.ts";
import { encodeDocument } from "./encode-document.ts";
import { runVerb } from "./run-verb.ts";

/** Applets called in this process, through the same doors as in processes of their own. */
export function inProcessToolbox(applets: readonly Applet[], sys: () => Sys): Toolbox {
  const find = (name: string, verbName = ""): [Applet, Verb] => {
    const applet = applets.find((each) => each.name === name);
    const verb = applet?.verbs.find((each) => each.name === verbName);
    if (!applet || !verb) throw new Error(`no applet ${name} ${verbName}`);
    return [applet, verb];
  };
  return {
    call: ({ applet: name, verb: verbName, operands = {}, options = {}, stdin, command = [] }: ToolCall) => {
      const [applet, verb] = find(name, verbName);
      return runVerb(sys(), applet, verb, { operands, options, stdin, command });
    },
    has: (argv) => applets.some(({ name }) => name === argv[0]),
    mutate: async (argv, stdin) => {
      const applet = applets.find(({ name }) => name === argv[0]);
      if (!applet) throw new DvmError("NOT_FOUND", `no applet ${argv[0]}`);
      const { verb, operands, options, command } = parseArguments(applet, argv.slice(1));
      if (!verb) throw new DvmError("USAGE", `${argv[0]} is no mutator without a verb`);
      const result = await runVerb(sys(), applet, verb, { operands, options, stdin, command });
      return result instanceof Uint8Array ? result : encodeDocument(result, "compact");
    },
  };
}
