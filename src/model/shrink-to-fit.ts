/** Returns a copy without unused capacity, to save memory. Arrays from `flatMap` and `filter` have room for 17 values. */
export function shrinkToFit<T>(values: readonly T[]): T[] {
  return [...values];
}
