/**
 * Returns `text` or, if it is longer than `length`, its first `length` characters and an ellipsis. Does not split a
 * surrogate pair.
 */
export function truncateTo(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…` : text;
}
