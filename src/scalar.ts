import { isPlain } from "./canonical-scalar.ts";
import type { WrittenValue } from "./contact.ts";
import { parseDocument } from "./yaml-package.ts";

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

/** Three dots at the beginning of a line end a document. */
function isBare(text: string, flow: boolean): boolean {
  return isPlain(text, { inFlow: flow }) && !HIDDEN.test(text) && !text.startsWith("...");
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
