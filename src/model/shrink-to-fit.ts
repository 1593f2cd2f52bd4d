/** Frees unused capacity. Nonempty arrays from `flatMap` and `filter` have room for at least 17 values. */
export function shrinkToFit<T>(values: readonly T[]): T[] {
  return [...values];
}
