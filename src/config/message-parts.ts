import type { Remedy } from "../model/remedy.ts";

/** The diagnostic is an error, unless `severity` is `warning`. */
export interface Message {
  readonly severity?: "warning";
  readonly summary: string;
  readonly advice: string;
  readonly remedy?: Remedy;
}

/** By diagnostic code. */
export type Messages = Readonly<Record<string, (parameters: never) => Message>>;

export const MB = 1024 * 1024;

/** Returns a question such as `Did you mean "VIP"?`, or `otherwise` if there is no suggestion. */
export function didYouMean(suggestion: string | undefined, otherwise: string): string {
  return suggestion === undefined ? otherwise : `Did you mean "${suggestion}"?`;
}

export function withQuestion(summary: string, suggestion: string | undefined): string {
  return suggestion === undefined ? summary : `${summary}. ${didYouMean(suggestion, "")}`;
}

/** Returns advice about the text of a cell that is not a date. Some exports contain the numbers that Excel stores. */
export function adviseDate(cell: string, otherwise: string): string {
  return /^\d{5}(?:\.\d+)?$/.test(cell)
    ? "It may be the number that Excel stores for a date. Format the column as a date in Excel, and export the table again."
    : otherwise;
}
