/**
 * JSON for machines that is harmless when a person looks at it in a terminal, or when a CI runner reads the log: no
 * character of it acts on the screen, and nothing in it is a command.
 */
export function renderJson(value: unknown): string {
  return harmless(JSON.stringify(value, null, 2));
}

/** The same on one line, for streams of objects. */
export function renderJsonLine(value: unknown): string {
  return harmless(JSON.stringify(value));
}

function harmless(json: string): string {
  return `${json.replaceAll(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]|#(?=#\[)/gu, escaped)}\n`;
}

/** As JSON writes it, so that whoever parses it gets the character back. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
