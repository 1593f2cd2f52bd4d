/**
 * JSON that is harmless when a person looks at it in a terminal, or when a CI runner reads the log: no character of it
 * acts on the screen, and nothing in it is a command. Whoever parses it gets the exact text back.
 */
export function harmlessJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]|#(?=#\[)/gu, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
