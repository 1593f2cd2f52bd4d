/** Returns the first `length` characters of a longer text and an ellipsis, without splitting a surrogate pair. */
export function truncateTo(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…` : text;
}
