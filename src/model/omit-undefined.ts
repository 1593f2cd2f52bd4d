/** The same object type with every property that may be undefined made optional instead. */
export type WithoutUndefined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Returns the object without undefined properties: an omitted property means "unmanaged", in memory as in JSON. */
export function omitUndefined<T extends object>(value: T): WithoutUndefined<T> {
  const present: Record<string, unknown> = {};
  // Without `Object.entries`, which makes an array for each property: this is called several times for each contact.
  for (const key of Object.keys(value)) {
    const entry = value[key as keyof T];
    if (entry !== undefined) present[key] = entry;
  }
  return present as WithoutUndefined<T>;
}
