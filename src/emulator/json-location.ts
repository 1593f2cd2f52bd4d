/** A position in a JSON text, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Returns the start of the value at a path such as `contacts[2].name`, or of the innermost part of the path that
 * exists. The text must be valid JSON.
 */
export function locateValue(text: string, path: string): Position {
  let offset = skipSpace(text, 0);
  for (const [, key, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    const inner = key === undefined ? itemAt(text, offset, Number(index)) : propertyAt(text, offset, key);
    if (inner === undefined) break;
    offset = inner;
  }
  return positionAt(text, offset);
}

export function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

function propertyAt(text: string, object: number, key: string): number | undefined {
  if (text[object] !== "{") return undefined;
  let offset = skipSpace(text, object + 1);
  while (text[offset] === '"') {
    const end = skipString(text, offset);
    const name: unknown = JSON.parse(text.slice(offset, end));
    const value = skipSpace(text, skipSpace(text, end) + 1);
    if (name === key) return value;
    offset = endOfValue(text, value);
  }
  return undefined;
}

function itemAt(text: string, array: number, index: number): number | undefined {
  if (text[array] !== "[") return undefined;
  let offset = skipSpace(text, array + 1);
  for (let skipped = 0; skipped < index && text[offset] !== "]" && offset < text.length; skipped += 1)
    offset = endOfValue(text, offset);
  return text[offset] === "]" ? undefined : offset;
}

/** Returns the offset after a value and its comma. */
function endOfValue(text: string, value: number): number {
  const end = skipSpace(text, skipValue(text, value));
  return text[end] === "," ? skipSpace(text, end + 1) : end;
}

/** Matches brackets, commas and whole strings, so that brackets in strings are skipped. */
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
  let offset = start + 1;
  while (offset < text.length && text[offset] !== '"') offset += text[offset] === "\\" ? 2 : 1;
  return offset + 1;
}

function skipSpace(text: string, start: number): number {
  let offset = start;
  while (offset < text.length && " \n\r\t".includes(text[offset] ?? "")) offset += 1;
  return offset;
}
