import { DvmError } from "../../core/base/error.ts";
import type { Applet } from "../applet.ts";
import { bash } from "./bash.ts";
import { fish } from "./fish.ts";
import { type CommandPoint, grammarOf } from "./grammar.ts";
import { zsh } from "./zsh.ts";

const shells: Readonly<
  Record<string, (places: readonly CommandPoint[], commands: readonly string[]) => string>
> = {
  bash,
  zsh,
  fish,
};

/**
 * A script that makes a shell complete `dvm` and the symlinks `dvm_NAME`.
 * @throws DvmError USAGE for a shell that it does not know
 */
export function completionFor(shell: string, applets: readonly Applet[]): string {
  const render = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
  if (!render)
    throw new DvmError("USAGE", `no completion for "${shell}"; there is ${Object.keys(shells).join(", ")}`);
  const commands = applets.map(({ name }) => (name === "dvm" ? name : `dvm_${name}`));
  return render(grammarOf(applets), commands);
}
