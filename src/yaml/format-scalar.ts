import type { ScalarTree } from "./format-tree.ts";
import { parseDocument } from "./yaml-package.ts";

/** How a value can be written: on one line, or as a block of lines below a header. */
export type Lines = { readonly line: string } | { readonly header: string; readonly lines: readonly string[] };

/** One form for one value, with as few quotes as the YAML of today and of yesterday lets us. */
export function writeScalar(scalar: ScalarTree): Lines {
  const { value } = scalar;
  const block = typeof value === "string" && !isSpeltOut(scalar, value) ? blockOf(scalar, value) : undefined;
  return block ?? { line: writeOnLine(scalar, { inFlow: false }) };
}

/** On one line, whatever it was. `inFlow`: between brackets, where commas and brackets mean something. */
export function writeOnLine(scalar: ScalarTree, { inFlow }: { inFlow: boolean }): string {
  const { value } = scalar;
  if (typeof value === "string") return writeText(value, scalar, inFlow);
  return typeof value === "number" ? scalar.source : String(value);
}

/** Whoever escapes what cannot be seen wants it to be seen. */
function isSpeltOut({ type, source }: ScalarTree, text: string): boolean {
  if (type !== "QUOTE_DOUBLE" || source.includes("\n")) return false;
  return /[\p{Cf}\p{Zl}\p{Zp}]/u.test(text) && /\\[xuU]/.test(source);
}

function writeText(text: string, scalar: ScalarTree, inFlow: boolean): string {
  if (isSpeltOut(scalar, text)) return scalar.source;
  return isPlain(text, { inFlow }) ? text : quote(text);
}

function quote(text: string): string {
  if (/["\\]/.test(text) && !/['\p{Cc}]/u.test(text)) return `'${text}'`;
  return JSON.stringify(text).replaceAll(/[\x7f-\x9f\u2028\u2029\uFEFF\p{Cs}]/gu, escapeByNumber);
}

function escapeByNumber(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** What some YAML, of version 1.1 or 1.2, takes for something else than text. */
const LOOK_ALIKES: readonly RegExp[] = [
  /^(?:~|null|true|false|yes|no|on|off|y|n|=|<<)$/i,
  /^[-+]?(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|[\d_.,]+e[-+]?\d*|\.inf|\.nan)$/i,
  // Numbers of all sorts, and those of phones, which one zero can turn from text into a number.
  /^(?!\d{4}-\d\d-\d\d$)[-+()/.,_:\s]*\d[-+()/.,_:\s\d]*$/,
];

/** Beginnings that mean something, what separates a key or a comment, and what cannot be seen. */
const NOT_PLAIN = /^[-?:](?![\p{L}\p{N}])|^[,[\]{}#&*!|>'"%@`]|: |:$| #|^\s|\s$|[\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/u;

/** Whether a text means itself without quotes, to every reader of YAML. */
export function isPlain(text: string, { inFlow }: { inFlow: boolean }): boolean {
  if (text === "" || NOT_PLAIN.test(text) || (inFlow && /[,[\]{}]/.test(text))) return false;
  return !LOOK_ALIKES.some((looks) => looks.test(text));
}

/** Texts of several lines stand as lines; long ones that somebody has broken stay broken where they were. */
function blockOf(scalar: ScalarTree, text: string): Lines | undefined {
  const folded = foldedLines(scalar, text);
  if (folded !== undefined) {
    const header = text.endsWith("\n") ? ">" : ">-";
    if (readsAs(header, folded, text)) return { header, lines: folded };
  }
  return literalBlock(text);
}

/** Text of several lines as lines, as it is; undefined when something would be lost. */
export function literalBlock(text: string): { readonly header: string; readonly lines: readonly string[] } | undefined {
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

/** A form that is not wholly sure to be understood is not taken. */
function readsAs(header: string, lines: readonly string[], text: string): boolean {
  // A last line of blanks would pass for a gap.
  if (lines.at(-1)?.trim() === "" || lines.some((line) => line.includes("\t") && line.trim() === "")) return false;
  const written = `key: ${header}\n${lines.map((line) => (line === "" ? "\n" : `  ${line}\n`)).join("")}next: 1\n`;
  const document = parseDocument(written, { schema: "core", logLevel: "error" });
  return document.errors.length === 0 && document.get("key") === text;
}
