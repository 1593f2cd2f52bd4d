/** An object type in which every property that may be undefined is optional instead. */
export type WithoutUndefined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

export function omitUndefined<T extends object>(value: T): WithoutUndefined<T> {
  const result: Record<string, unknown> = {};
  // `Object.entries` would create an array for each property, and this runs several times for each contact.
  for (const key of Object.keys(value)) {
    const property = value[key as keyof T];
    if (property !== undefined) result[key] = property;
  }
  return result as WithoutUndefined<T>;
}

export function unlessEmpty<T>(values: readonly T[] | undefined): readonly T[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values;
}
