/** Returns a copy without unused capacity, to save memory: `flatMap` and `filter` reserve room for 17 values. */
export function fitted<T>(values: readonly T[]): T[] {
  return [...values];
}
