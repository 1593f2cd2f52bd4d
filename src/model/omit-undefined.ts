/** The same object type with every property that may be undefined made optional instead. */
export type WithoutUndefined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Returns the object without undefined properties: an omitted property means "unmanaged", in memory as in JSON. */
export function omitUndefined<T extends object>(value: T): WithoutUndefined<T> {
  const present: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) if (entry !== undefined) present[key] = entry;
  return present as WithoutUndefined<T>;
}
