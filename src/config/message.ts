import type { Remedy } from "../model/remedy.ts";

/** The text of a diagnostic. It is an error, unless the severity is `warning`. */
export interface Message {
  readonly severity?: "warning";
  readonly summary: string;
  readonly advice: string;
  readonly remedy?: Remedy;
}

/** Functions that return messages, by diagnostic code. */
export type Messages = Readonly<Record<string, (parameters: never) => Message>>;

export const MB = 1024 * 1024;

/** Returns the question whether a similar name was meant; `otherwise` if there is no similar name. */
export function didYouMean(suggestion: string | undefined, otherwise: string): string {
  return suggestion === undefined ? otherwise : `Did you mean "${suggestion}"?`;
}

/** Returns a summary, followed by the question whether a similar name was meant if there is one. */
export function withQuestion(summary: string, suggestion: string | undefined): string {
  return suggestion === undefined ? summary : `${summary}. ${didYouMean(suggestion, "")}`;
}
