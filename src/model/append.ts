/** Adds a value to those of a key. An array of one value is created for it alone; a spread reserves room for 17. */
export function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
