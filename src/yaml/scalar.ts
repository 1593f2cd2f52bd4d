import { HIDDEN_CHARACTER } from "../model/hidden-character.ts";
import type { ScalarTree } from "./read-tree.ts";
import { parseDocument, YAML_OPTIONS } from "./yaml-package.ts";

/** The YAML text of a scalar: a single line, or the header and the lines of a block scalar. */
type ScalarText = { readonly line: string } | Block;

interface Block {
  readonly header: string;
  readonly lines: readonly string[];
}

/** Matches characters that are invisible or change how a line is displayed, except line feeds and tabs. */
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const EVERY_HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** Matches characters in JSON that YAML forbids or that some parsers treat as line breaks. */
const UNESCAPED_BY_JSON = /[\x7f-\x9f\u2028\u2029\uFEFF\p{Cs}]/gu;

/** Returns the tree of a value. Hidden characters are escaped, so that reviewers can see them. */
export function scalarOf(value: string | number | boolean | null): ScalarTree {
  const scalar = { kind: "scalar", anchor: undefined, value, type: undefined, source: "" } as const;
  if (typeof value === "number") return { ...scalar, source: String(Object.is(value, -0) ? 0 : value) };
  if (typeof value !== "string" || !HIDDEN.test(value)) return scalar;
  return { ...scalar, type: "QUOTE_DOUBLE", source: JSON.stringify(value).replaceAll(EVERY_HIDDEN, escapeCharacter) };
}

/** Returns the canonical form of a scalar, with quotes only if needed. */
export function writeScalar(scalar: ScalarTree): ScalarText {
  return blockOf(scalar) ?? { line: writeOnLine(scalar, { inFlow: false }) };
}

/** Returns whether a scalar is written as a block scalar, which takes more than one line. */
export function needsBlock(scalar: ScalarTree): boolean {
  return blockOf(scalar) !== undefined;
}

/** Returns a scalar on one line. `inFlow` is true between brackets or braces, where commas and brackets need quotes. */
export function writeOnLine(scalar: ScalarTree, { inFlow }: { inFlow: boolean }): string {
  const { value, source, needsQuotes } = scalar;
  if (typeof value !== "string") return typeof value === "number" ? source : String(value);
  if (escapesHidden(scalar, value)) return source;
  return isPlain(value, { inFlow }) && needsQuotes !== true ? value : quote(value);
}

/** Returns whether a scalar escapes hidden characters. Formatting preserves these escapes. */
function escapesHidden({ type, source }: ScalarTree, text: string): boolean {
  if (type !== "QUOTE_DOUBLE" || source.includes("\n")) return false;
  return /\\[xuU]/.test(source) && HIDDEN_CHARACTER.test(text);
}

function quote(text: string): string {
  if (/["\\]/.test(text) && !/['\p{Cc}]/u.test(text)) return `'${text}'`;
  return JSON.stringify(text).replaceAll(UNESCAPED_BY_JSON, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
}

/** Patterns of plain scalars that a YAML 1.1 or 1.2 parser might not read as strings. */
const NOT_TEXT: readonly RegExp[] = [
  /^(?:~|null|true|false|yes|no|on|off|y|n|=|<<)$/i,
  /^[-+]?(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|[\d_.,]+e[-+]?\d*|\.inf|\.nan)$/i,
  // Other numbers, and all phone numbers, because some of them look like numbers.
  /^(?!\d{4}-\d\d-\d\d$)[-+()/.,_:\s]*\d[-+()/.,_:\s\d]*$/,
];

/**
 * Matches indicators at the start, key and comment separators, white space at either end, control characters, lone
 * surrogates, line and paragraph separators, and byte order marks.
 */
const NOT_PLAIN = /^[-?:](?![\p{L}\p{N}])|^[,[\]{}#&*!|>'"%@`]|: |:$| #|^\s|\s$|[\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/u;

/**
 * Returns whether YAML 1.1 and 1.2 parsers read a text without quotes as the same text. Dates such as 2024-02-29 have
 * no quotes, although YAML 1.1 has timestamps.
 */
export function isPlain(text: string, { inFlow }: { inFlow: boolean }): boolean {
  if (text === "" || NOT_PLAIN.test(text) || (inFlow && /[,[\]{}]/.test(text))) return false;
  return !NOT_TEXT.some((pattern) => pattern.test(text));
}

/**
 * Returns the text as a block scalar; undefined if a block scalar is not needed or cannot represent the text. A text
 * that is folded in the source stays folded at the same positions.
 */
function blockOf(scalar: ScalarTree): Block | undefined {
  const { value } = scalar;
  if (typeof value !== "string" || escapesHidden(scalar, value)) return undefined;
  return foldedBlock(scalar, value) ?? literalBlock(value);
}

function foldedBlock(scalar: ScalarTree, text: string): Block | undefined {
  const lines = foldedLines(scalar, text);
  const header = text.endsWith("\n") ? ">" : ">-";
  return lines !== undefined && readsAs(header, lines, text) ? { header, lines } : undefined;
}

function literalBlock(text: string): Block | undefined {
  if (!text.includes("\n") || /[^\n\t\P{Cc}]/u.test(text)) return undefined;
  const header = text.endsWith("\n") ? "|" : "|-";
  const lines = text.replace(/\n$/, "").split("\n");
  return readsAs(header, lines, text) ? { header, lines } : undefined;
}

function foldedLines({ type, source }: ScalarTree, text: string): readonly string[] | undefined {
  if (!source.includes("\n")) return undefined;
  if (type === "BLOCK_FOLDED") return bodyOf(source);
  if (type === "BLOCK_LITERAL" || text.includes("\n")) return undefined;
  const inner = type === "PLAIN" ? source : source.slice(1, -1);
  return inner.split("\n").map((line) => line.trim());
}

function bodyOf(source: string): string[] {
  const lines = source.trimEnd().split("\n").slice(1);
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent));
}

function readsAs(header: string, lines: readonly string[], text: string): boolean {
  // A parser would ignore a last line that contains only spaces.
  if (lines.at(-1)?.trim() === "" || lines.some((line) => line.includes("\t") && line.trim() === "")) return false;
  const written = `key: ${header}\n${lines.map((line) => (line === "" ? "\n" : `  ${line}\n`)).join("")}next: 1\n`;
  const document = parseDocument(written, YAML_OPTIONS);
  return document.errors.length === 0 && document.get("key") === text;
}
