import type { SourceLocation } from "../../model/diagnostic.ts";

interface Protectable {
  readonly key: string;
  readonly protect?: { readonly location: SourceLocation };
}

/**
 * Returns a function that finds the protection that an entry of the configuration declares. The entry is found by its
 * key or, if there is none with the key, by the first of `names` that an entry has.
 */
export function declaredProtection<Entry extends Protectable>(
  entries: readonly Entry[],
  namesOf: (entry: Entry) => readonly string[],
): (key: string, names: readonly string[]) => Protectable["protect"] {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const byName = new Map(entries.flatMap((entry) => namesOf(entry).map((name) => [name, entry] as const)));
  return (key, names) => {
    const found = [byKey.get(key), ...names.map((name) => byName.get(name))];
    return found.find((entry) => entry !== undefined)?.protect;
  };
}
