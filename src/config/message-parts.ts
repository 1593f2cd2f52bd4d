import type { Remedy } from "../model/remedy.ts";
import { differOnlyInForm, escapeDifference } from "../model/unicode-forms.ts";

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

/** Returns the contacts directory for messages. A directory named `.` would look like punctuation. */
export function showRoot(root: string): string {
  return root === "." ? "the working directory" : root;
}

function didYouMean(suggestion: string): string {
  return `Did you mean "${suggestion}"?`;
}

/**
 * Returns a question about a mistyped name, followed by what differs if the two names look the same; `otherwise` if
 * there is no suggestion.
 */
export function didYouMeanName(name: string, suggestion: string | undefined, otherwise: string): string {
  if (suggestion === undefined) return otherwise;
  const explanation = differOnlyInForm(name, suggestion) ? ` ${explainForms(name, suggestion)}` : "";
  return `${didYouMean(showForm(suggestion, name))}${explanation}`;
}

/** Returns a question about a mistyped name, followed by a difference that is hard to see. */
export function suggestName(name: string, suggestion: string): string {
  return `${didYouMean(showForm(suggestion, name))} ${explainDifference(name, suggestion)}`.trimEnd();
}

/** Returns a suggestion, with escape sequences if it looks the same as the name. */
export function showForm(suggestion: string, name: string): string {
  return differOnlyInForm(name, suggestion) ? escapeDifference(suggestion, name) : suggestion;
}

/** Returns a sentence if two names differ only in their Unicode forms or in letter case; otherwise an empty string. */
export function explainDifference(name: string, suggestion: string): string {
  if (differOnlyInForm(name, suggestion)) return explainForms(name, suggestion);
  return name.toLowerCase() === suggestion.toLowerCase() ? "Names are case-sensitive." : "";
}

export function explainForms(name: string, other: string): string {
  const [a, b] = [escapeDifference(name, other), escapeDifference(other, name)];
  return `"${a}" and "${b}" look the same, but their accented letters have different Unicode forms.`;
}

export function withQuestion(summary: string, suggestion: string | undefined): string {
  return suggestion === undefined ? summary : `${summary}. ${didYouMean(suggestion)}`;
}

/** Returns advice about the text of a cell that is not a date. Some exports contain the numbers that Excel stores. */
export function adviseDate(cell: string, otherwise: string): string {
  return /^\d{5}(?:\.\d+)?$/.test(cell)
    ? "It may be the number that Excel stores for a date. Format the column as a date in Excel, and export the table again."
    : otherwise;
}

/** Part of the advice on a number without a country code. */
export const COUNTRY_CODE_ADDED =
  "If Front adds a country code, later plans report an error and skip an entry whose only handles are numbers without a country code.";

/** Returns advice to add a country code. `country` is the country of numbers without one. */
export function adviseCountryCode(country: string | undefined): string {
  const advice = 'Write it with + and its country code, such as "+13605550123"';
  return country === undefined ? `${advice}, or set settings.phone_country. ${COUNTRY_CODE_ADDED}` : `${advice}.`;
}
