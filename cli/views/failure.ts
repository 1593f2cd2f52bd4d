import { showForeign } from "../../src/index.ts";
import type { Paint } from "../paint.ts";

/** What ended the run, and what to do about it. The message may quote Front, so it is foreign text. */
export function renderFailure({ message, advice }: { message: string; advice: string }, paint: Paint): string {
  return `\n${paint.red(paint.bold("Error:"))} ${paint.bold(showForeign(message, { limit: 300 }))}\n\n  ${advice}\n`;
}
