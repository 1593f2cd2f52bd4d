/** Returns a copy without unused capacity. Arrays from `flatMap` and `filter` have capacity for at least 17 values. */
export function shrinkToFit<T>(values: readonly T[]): T[] {
  return [...values];
}
