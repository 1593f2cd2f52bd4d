/**
 * Appends a value to the array under a key. Creates a new array with room for only one value, to save memory; spreading
 * into an array would reserve room for 17 values.
 */
export function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
