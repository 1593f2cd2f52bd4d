/** An object whose properties have not been checked yet, such as parsed JSON or YAML. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns the value of a JSON text; undefined if the text is not valid JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function isListOf<T>(
  value: unknown,
  isItem: ((item: unknown) => item is T) | ((item: unknown) => boolean),
): value is readonly T[] {
  return Array.isArray(value) && value.every((item) => isItem(item));
}
