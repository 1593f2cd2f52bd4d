import type { DesiredState, Plan } from "../../src/index.ts";
import { type Environment, type Given, UsageError } from "../process-io.ts";
import { knownHandles, type Mask, maskFor, NO_MASK } from "../views/mask.ts";

const FORMATS = ["text", "json", "markdown"] as const;

/** The form of an answer. */
export type Format = (typeof FORMATS)[number];

/** `--json` is short for `--format json`. */
export function formatOf(given: Given): Format {
  const named = given["format"] ?? (given["json"] === true ? "json" : "text");
  const format = FORMATS.find((known) => known === named);
  if (format === undefined) {
    throw new UsageError(`--format ${named} is unknown`, `Choose one of ${FORMATS.join(", ")}.`);
  }
  if (given["json"] === true && format !== "json") {
    throw new UsageError(`--json and --format ${format} contradict each other`, "Give one of them.");
  }
  return format;
}

/** The same of a command line that could not be understood, or was not asked yet. */
export function formatIn(words: readonly string[]): Format {
  const separator = words.indexOf("--");
  const line = words.slice(0, separator === -1 ? words.length : separator).join("\n");
  if (/^--?json(=true)?$|^--?format[=\n]json$/m.test(line)) return "json";
  return /^--?format[=\n]markdown$/m.test(line) ? "markdown" : "text";
}

/** Markdown is made to be published, so it masks unless told not to. */
export function isMasked(given: Given): boolean {
  if (given["mask"] === true && given["no-mask"] === true) {
    throw new UsageError("--mask and --no-mask contradict each other", "Give one of them.");
  }
  const format = formatOf(given);
  return format !== "json" && given["no-mask"] !== true && (given["mask"] === true || format === "markdown");
}

/** What handles may be known by. */
export interface MaskedThings {
  readonly desired?: DesiredState | undefined;
  readonly plan?: Plan | undefined;
  readonly sources: ReadonlyMap<string, string>;
}

/** The mask for what is shown of files and a plan. */
export function maskOf(masked: boolean, { desired, plan, sources }: MaskedThings): Mask {
  return masked ? maskFor(knownHandles(desired, plan, sources)) : NO_MASK;
}

/** The outside as seen through a mask: nothing that looks like an email or a phone number is ever written to it. */
export function maskedIo(io: Environment, given: Given): Environment {
  if (!isMasked(given)) return io;
  const { text } = maskFor([]);
  return { ...io, out: (words) => io.out(text(words)), err: (words) => io.err(text(words)) };
}
