import { basename } from "node:path";
import { SCRIPTS } from "../args/completion-scripts.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";

/** Prints what a shell has to read to complete verbs and flags. */
export async function run({ shell }: Given, io: Environment): Promise<number> {
  const name = typeof shell === "string" ? shell : basename(io.env["SHELL"] ?? "");
  const script = Object.hasOwn(SCRIPTS, name) ? SCRIPTS[name] : undefined;
  if (script === undefined) {
    const what = name === "" ? "SHELL does not say which shell this is" : `There is no completion for ${name}`;
    throw new UsageError(what, `Name one of ${Object.keys(SCRIPTS).join(", ")}: front-contacts completion bash.`);
  }
  io.out(script);
  return EXIT.ok;
}
