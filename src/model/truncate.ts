/**
 * Returns `text` or, if it is longer than `length` UTF-16 code units, its first `length` code units followed by an
 * ellipsis. Does not split a surrogate pair.
 */
export function truncateTo(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…` : text;
}
