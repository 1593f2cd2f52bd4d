/** Returns a copy without unused capacity. Nonempty `flatMap` and `filter` results have room for at least 17 values. */
export function shrinkToFit<T>(values: readonly T[]): T[] {
  return [...values];
}
