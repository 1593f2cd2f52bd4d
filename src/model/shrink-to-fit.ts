/**
 * Returns a copy without unused capacity, to save memory. Arrays from `flatMap` and `filter` have capacity for at least
 * 17 values.
 */
export function shrinkToFit<T>(values: readonly T[]): T[] {
  return [...values];
}
