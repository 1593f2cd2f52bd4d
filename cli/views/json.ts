/** JSON for machines that is harmless when a person looks at it in a terminal: no character of it acts on the screen. */
export function renderJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replaceAll(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu, escaped);
  return `${text}\n`;
}

/** As JSON writes it, so that whoever parses it gets the character back. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
