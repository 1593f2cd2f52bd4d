/** A position in a JSON text, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Returns the start of the value at a path such as `contacts[2].name` in a valid JSON text. If the path does not exist,
 * returns the innermost value that does.
 */
export function locateValue(text: string, path: string): Position {
  let at = skipSpace(text, 0);
  for (const [, key, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    const found = key === undefined ? itemAt(text, at, Number(index)) : propertyAt(text, at, key);
    if (found === undefined) break;
    at = found;
  }
  return positionAt(text, at);
}

/** Returns the line and column of an offset. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let found = before.indexOf("\n"); found !== -1; found = before.indexOf("\n", found + 1)) line += 1;
  return { line, column: offset - start + 1 };
}

function propertyAt(text: string, object: number, key: string): number | undefined {
  if (text[object] !== "{") return undefined;
  let at = skipSpace(text, object + 1);
  while (text[at] === '"') {
    const end = skipString(text, at);
    const name: unknown = JSON.parse(text.slice(at, end));
    const value = skipSpace(text, skipSpace(text, end) + 1);
    if (name === key) return value;
    at = endOfValue(text, value);
  }
  return undefined;
}

function itemAt(text: string, array: number, index: number): number | undefined {
  if (text[array] !== "[") return undefined;
  let at = skipSpace(text, array + 1);
  for (let left = index; left > 0 && text[at] !== "]" && at < text.length; left -= 1) at = endOfValue(text, at);
  return text[at] === "]" ? undefined : at;
}

/** Returns the offset after a value and its comma. */
function endOfValue(text: string, value: number): number {
  const end = skipSpace(text, skipValue(text, value));
  return text[end] === "," ? skipSpace(text, end + 1) : end;
}

/** Matches strings as a whole, so that brackets in them do not count. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]/gs;
const DEPTHS: Readonly<Record<string, number>> = { "{": 1, "[": 1, "}": -1, "]": -1 };

function skipValue(text: string, start: number): number {
  const tokens = new RegExp(TOKENS);
  tokens.lastIndex = start;
  let depth = 0;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    const change = DEPTHS[token[0]] ?? 0;
    if (depth + change < 0 || (depth === 0 && token[0] === ",")) return token.index;
    depth += change;
  }
  return text.length;
}

function skipString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && " \n\r\t".includes(text[at] ?? "")) at += 1;
  return at;
}
