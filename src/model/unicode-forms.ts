/** Returns whether two different texts look the same, because they differ only in the Unicode form of their characters. */
export function differOnlyInForm(a: string, b: string): boolean {
  return a !== b && hasForms(a) && a.normalize("NFC") === b.normalize("NFC");
}

/** Returns whether a text has characters that may have several Unicode forms. */
export function hasForms(text: string): boolean {
  return /[^\0-\x7f]/.test(text);
}

/**
 * Returns a text such as `Caf\u00e9`, with escape sequences for the characters that differ from `other`. YAML reads them
 * in double quotes.
 */
export function escapeDifference(text: string, other: string): string {
  const [letters, others] = [Array.from(text), Array.from(other)];
  const maxLength = Math.min(letters.length, others.length);
  let start = 0;
  while (start < maxLength && letters[start] === others[start]) start += 1;
  let suffix = 0;
  while (suffix < maxLength - start && letters.at(-1 - suffix) === others.at(-1 - suffix)) suffix += 1;
  const end = letters.length - suffix;
  return letters.map((letter, index) => (index < start || index >= end ? letter : escapeLetter(letter))).join("");
}

function escapeLetter(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  if (code < 0x80) return letter;
  const digits = code.toString(16);
  return code > 0xffff ? `\\U${digits.padStart(8, "0")}` : `\\u${digits.padStart(4, "0")}`;
}
