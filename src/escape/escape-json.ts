const UNSAFE = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]|#(?=#(?:vso)?\[)/giu;

/**
 * Returns a value as JSON in which control characters, format characters and CI commands are escaped, for terminals and
 * CI logs. It parses to the same value as unescaped JSON.
 */
export function escapeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(UNSAFE, escapeCharacter);
}

/**
 * Yields the JSON of a value line by line, because the whole JSON may be too large for one string. Each member
 * of an object or array is on its own line, down to `depth` levels.
 */
export function* escapedJsonLines(value: unknown, depth: number): Generator<string> {
  yield* jsonLines(value, { depth, indent: "", before: "", after: "" });
}

interface LineContext {
  readonly depth: number;
  readonly indent: string;
  /** The text before the value: its key with a colon, or empty. */
  readonly before: string;
  /** The text after the value: a comma, or empty. */
  readonly after: string;
}

function* jsonLines(value: unknown, { depth, indent, before, after }: LineContext): Generator<string> {
  const members = depth === 0 ? [] : membersOf(value);
  if (members.length === 0) {
    yield `${indent}${before}${escapeJson(value)}${after}`;
    return;
  }
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  yield `${indent}${before}${open}`;
  for (const [index, [key, member]] of members.entries()) {
    const comma = index === members.length - 1 ? "" : ",";
    yield* jsonLines(member, { depth: depth - 1, indent: `${indent}  `, before: key, after: comma });
  }
  yield `${indent}${close}${after}`;
}

function membersOf(value: unknown): (readonly [key: string, member: unknown])[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.map((member) => ["", member] as const);
  const defined = Object.entries(value).filter(([, member]) => member !== undefined);
  return defined.map(([key, member]) => [`${escapeJson(key)}: `, member] as const);
}

function escapeCharacter(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
