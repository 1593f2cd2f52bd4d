/**
 * Adds a value to the array of a key. A new array has capacity for only one value, to save memory. Spreading values
 * into an array would reserve capacity for 17.
 */
export function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
