import type { WrittenValue } from "./contact.ts";
import { parseDocument } from "./yaml-package.ts";

/** What some YAML, of version 1.1 or 1.2, takes for something else than text. */
const LOOK_ALIKES: readonly RegExp[] = [
  /^(?:~|null|true|false|yes|no|on|off|y|n|=|<<)$/i,
  /^[-+]?(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|[\d_.,]+e[-+]?\d*|\.inf|\.nan)$/i,
  // Numbers of all sorts, and those of phones, which one zero can turn from text into a number.
  /^(?!\d{4}-\d\d-\d\d$)[-+()/.,_:\s]*\d[-+()/.,_:\s\d]*$/,
];

/** Beginnings that mean something, and what separates a key or a comment. */
const SIGNS = /^[-?:](?![\p{L}\p{N}])|^\.{3}|^[,[\]{}#&*!|>'"%@`]|: |:$| #|^\s|\s$/u;
const FLOW_SIGNS = /[,[\]{}]/;

/** What a reviewer cannot see, or what makes a line look like another: controls, formats, separators, half characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;
const EVERY_HIDDEN = new RegExp(HIDDEN, "gu");
const HIDDEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;

export interface ScalarOptions {
  /** Whether it stands between brackets. */
  readonly flow?: boolean;
}

/** A value on one line: bare where every reader takes it for just that, in quotes and escaped otherwise. */
export function scalarText(value: WrittenValue | null, { flow = false }: ScalarOptions = {}): string {
  if (typeof value !== "string") return Object.is(value, -0) ? "0" : String(value);
  return isBare(value, flow) ? value : quotedText(value);
}

function isBare(text: string, flow: boolean): boolean {
  if (text === "" || SIGNS.test(text) || HIDDEN.test(text) || (flow && FLOW_SIGNS.test(text))) return false;
  return !LOOK_ALIKES.some((looks) => looks.test(text));
}

/** In quotes, whatever it is. What cannot be seen is escaped, so that a reviewer sees it. */
export function quotedText(text: string): string {
  if (/["\\]/.test(text) && !text.includes("'") && !HIDDEN.test(text)) return `'${text}'`;
  return JSON.stringify(text).replace(EVERY_HIDDEN, escaped);
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
}

/**
 * Text of several lines as a block below its key, where nothing would be lost or hidden that way; on one line otherwise.
 * `indent` is that of the block's lines.
 */
export function textBlock(text: string, indent: string): string {
  if (!text.includes("\n") || HIDDEN_IN_LINES.test(text)) return scalarText(text);
  const lines = text.replace(/\n$/, "").split("\n");
  const block = (margin: string) =>
    [text.endsWith("\n") ? "|" : "|-", ...lines.map((line) => (line === "" ? "" : margin + line))].join("\n");
  return readsAs(`key: ${block("  ")}\nnext: 1\n`, text) ? block(indent) : scalarText(text);
}

/** A form that is not wholly sure to be understood is not taken. */
function readsAs(written: string, text: string): boolean {
  if (/^[ \t]*\t[ \t]*$/m.test(text)) return false;
  const document = parseDocument(written, { schema: "core", logLevel: "error" });
  return document.errors.length === 0 && document.get("key") === text;
}
