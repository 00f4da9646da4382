/** What dvm tells of itself. */
import { DvmError } from "../../core/base/error.ts";
import { documentNames, isDocumentName, schemaOf } from "../../schema/index.ts";
import { type Applets, verb } from "../applet.ts";
import { asJson } from "./common.ts";

export const schema = verb({
  name: "schema",
  summary: "Print the JSON Schema of a document",
  examples: ["dvm schema metadata", "dvm schema config"],
  operands: { name: { summary: `One of ${documentNames.join(", ")}`, required: true } },
  output: "text",
  run: async (_sys, { operands: { name } }) => {
    if (isDocumentName(name)) return asJson(await schemaOf(name));
    throw new DvmError("NOT_FOUND", `no document "${name}"; there are ${documentNames.join(", ")}`);
  },
});

export const completion = (applets: Applets) =>
  verb({
    name: "completion",
    summary: "Print what makes a shell complete dvm's commands",
    description: "For bash: source <(dvm completion bash).",
    examples: ["dvm completion bash", "dvm completion fish"],
    operands: { shell: { summary: "bash, zsh or fish", required: true } },
    output: "text",
    run: async (_sys, { operands: { shell } }) => {
      const { completionFor } = await import("../completion/index.ts");
      return completionFor(shell, await applets.all());
    },
  });
