interface Entry {
  readonly key: string;
}

interface Pairing<E extends Entry> {
  /** Returns whether two entries with the same key are versions of one entry. */
  readonly isSameEntry: (base: E, entry: E) => boolean;
  /** Returns the texts that identify the resource of an entry. */
  readonly identifiersOf: (entry: E) => readonly string[];
  /** Returns false if two entries describe different resources, although they share identifiers. */
  readonly mayBeSame?: (base: E, entry: E) => boolean;
}

/**
 * Returns the earlier versions of entries at the base. A base entry is the earlier version of at most one entry.
 * Otherwise, if a value moved to a new entry, it would look as if someone had removed the value in Front from the
 * resource of the new entry.
 *
 * First pairs entries for which `isSameEntry` returns true. Then pairs each remaining base entry with the remaining
 * entry that shares the most identifiers with it.
 */
export function findEarlierVersions<E extends Entry>(
  base: readonly E[],
  entries: readonly E[],
  { isSameEntry, identifiersOf, mayBeSame = () => true }: Pairing<E>,
): ReadonlyMap<E, E> {
  const earlierVersions = new Map<E, E>();
  if (base.length === 0) return earlierVersions;
  const byKey = new Map(base.map((entry) => [entry.key, entry]));
  for (const entry of entries) {
    const sameKey = byKey.get(entry.key);
    if (sameKey !== undefined && isSameEntry(sameKey, entry) && mayBeSame(sameKey, entry))
      earlierVersions.set(entry, sameKey);
  }
  const paired = new Set(earlierVersions.values());
  const remaining = entries.filter((entry) => !earlierVersions.has(entry));
  const byIdentifier = new Map(
    remaining.flatMap((entry) => identifiersOf(entry).map((text) => [text, entry] as const)),
  );
  for (const earlier of base.filter((entry) => !paired.has(entry))) {
    const candidates = identifiersOf(earlier).flatMap((text) => byIdentifier.get(text) ?? []);
    const entry = mostFrequent(
      candidates.filter((candidate) => !earlierVersions.has(candidate) && mayBeSame(earlier, candidate)),
    );
    if (entry !== undefined) earlierVersions.set(entry, earlier);
  }
  return earlierVersions;
}

/**
 * Returns the most frequent entry. If several are equally frequent, returns the one whose key sorts first, as
 * `assignContacts` does.
 */
function mostFrequent<E extends Entry>(entries: readonly E[]): E | undefined {
  const countOf = (entry: E) => entries.filter((other) => other === entry).length;
  return entries.toSorted((a, b) => countOf(b) - countOf(a) || (a.key < b.key ? -1 : 1))[0];
}
