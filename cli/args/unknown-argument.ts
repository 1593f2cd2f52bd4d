import { suggest } from "../../src/index.ts";
import { UsageError } from "../process-io.ts";
import { COMMANDS, GLOBAL_OPTIONS } from "./command-definitions.ts";

/** Says of the first word that nobody knows what it may have been meant to be. */
export function explainUnknown(unknown: string, words: readonly string[]): UsageError {
  const verb = COMMANDS.find(({ name }) => words.includes(name));
  const isFlag = words.some((word) => word === `--${unknown}` || word.startsWith(`--${unknown}=`));
  const help = `Run front-contacts ${verb === undefined ? "" : `${verb.name} `}--help to see what there is.`;
  if (isFlag) {
    const near = suggest(unknown, Object.keys({ ...GLOBAL_OPTIONS, ...verb?.flags }));
    return new UsageError(`Unknown flag --${unknown}`, advise(near && `--${near}`, help));
  }
  if (verb !== undefined) return new UsageError(`Unknown word ${unknown} after ${verb.name}`, help);
  const near = suggest(
    unknown,
    COMMANDS.map(({ name }) => name),
  );
  return new UsageError(`There is no verb ${unknown}`, advise(near && `front-contacts ${near}`, help));
}

function advise(near: string | undefined, help: string): string {
  return near === undefined ? help : `Did you mean ${near}? ${help}`;
}
