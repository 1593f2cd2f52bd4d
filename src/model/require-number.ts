/** Throws a `RangeError` if an option of the library is not a number of at least `min` and at most `max`. */
export function requireNumber(name: string, value: number, min: number, max = Number.POSITIVE_INFINITY): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  const range = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new RangeError(`${name} must be a number ${range}, not ${String(value)}`);
}
