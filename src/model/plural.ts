/**
 * Returns a number such as `2,000`. Does not use `Intl`, because loading its number formats takes 30 ms.
 */
export function groupDigits(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** Returns text such as `1 list` or `2,000 lists`. */
export function plural(count: number, one: string, several = `${one}s`): string {
  return `${groupDigits(count)} ${count === 1 ? one : several}`;
}
