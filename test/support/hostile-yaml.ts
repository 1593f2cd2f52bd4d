/** YAML that repeats `unit` between `head` and `tail`. */
export interface HostileYaml {
  readonly unit: string | ((index: number) => string);
  readonly head?: string;
  readonly tail?: string;
}

/**
 * YAML that takes far more time or memory than its size suggests, unless the parser has limits. The keys are names for
 * tests.
 */
export const HOSTILE_YAML: Readonly<Record<string, HostileYaml>> = {
  "closing brackets": { unit: "]" },
  "closing braces in a value": { unit: "}", head: "a: " },
  "opening brackets": { unit: "[" },
  "opening braces": { unit: "{" },
  commas: { unit: ",", head: "a: [", tail: "]" },
  "commas and spaces": { unit: ", ", head: "a: {", tail: "}" },
  "empty directives": { unit: "%\n" },
  "unknown directives": { unit: "%a\n" },
  "%TAG directives": { unit: (index) => `%TAG !a${index}! x\n` },
  "%YAML directives": { unit: "%YAML 1.2\n" },
  "a directive for each document": { unit: "%YAML 1.2\n---\n" },
  "anchors of one value": { unit: "&a " },
  "anchors in brackets": { unit: "&a x, ", head: "a: [", tail: "]" },
  ampersands: { unit: "& " },
  "consecutive aliases": { unit: "*a " },
  "aliases without an anchor": { unit: "- *a\n" },
  "aliases as keys": { unit: (index) => `*a${index} : x\n` },
  "one long alias": { unit: "*" },
  "tags of one value": { unit: "!a " },
  "tags of values": { unit: "- !a x\n" },
  "double quotes": { unit: '"' },
  "single quotes": { unit: "' " },
  "lines with a quote": { unit: (index) => `k${index}: "\n` },
  "items with a quote": { unit: "- '\n" },
  "unknown escapes": { unit: "\\q", head: 'a: "', tail: '"' },
  "values with an unknown escape": { unit: (index) => `k${index}: "\\q"\n` },
  "question marks": { unit: "? " },
  "question marks in braces": { unit: "? ,", head: "{", tail: "}" },
  "explicit keys": { unit: "? [a]\n" },
  "lines of colons": { unit: ":\n" },
  dashes: { unit: "- " },
  "lines of dashes": { unit: "-\n" },
  "starts of documents": { unit: "---\n" },
  "documents with an error": { unit: "--- ]\n" },
  "ends of documents": { unit: "...\n" },
  comments: { unit: "#\n" },
  "comments without a space": { unit: "a#\n", head: "[", tail: "]" },
  "blank lines": { unit: "\n" },
  tabs: { unit: "\ta: b\n" },
  "growing indents": { unit: (index) => `${" ".repeat(index)}a:\n` },
  "one long block header": { unit: "|" },
  "blocks of tabs": { unit: "\t\n", head: "a: |\n" },
  "one long value": { unit: "x\n", head: "a: >\n" },
  "one key many times": { unit: "a: 1\n" },
  "many keys": { unit: (index) => `k${index}: 1\n` },
  "many contacts": { unit: (index) => `  k${index}: {}\n`, head: "contacts:\n" },
  "many items": { unit: "a,", head: "[", tail: "]" },
  "collections in collections": { unit: `[${"[a,a,a,a,a,a,a,a],".repeat(20)}],`, head: "a: [", tail: "]" },
  "merge keys": { unit: "<<: {a: b}\n" },
  "every special character": { unit: "[{,]}:?-&*!|>'\"%@`# \n" },
};

/** Returns YAML of at most `size` characters. */
export function hostileYamlText({ unit, head = "", tail = "" }: HostileYaml, size: number): string {
  const maxLength = size - head.length - tail.length;
  const parts: string[] = [];
  for (let length = 0, index = 0; ; index += 1) {
    const part = typeof unit === "string" ? unit : unit(index);
    length += part.length;
    if (length > maxLength) return `${head}${parts.join("")}${tail}`;
    parts.push(part);
  }
}
