import type { WrittenValue } from "../model/contact.ts";
import { isPlain, literalBlock } from "./format-scalar.ts";

/** What a reviewer cannot see, or what makes a line look like another: controls, formats, separators, half characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const EVERY_HIDDEN = new RegExp(HIDDEN, "gu");
const HIDDEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

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
  return isPlain(text, { inFlow: flow }) && !HIDDEN.test(text);
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
  const block = HIDDEN_IN_LINES.test(text) ? undefined : literalBlock(text);
  if (block === undefined) return scalarText(text);
  return [block.header, ...block.lines.map((line) => (line === "" ? "" : indent + line))].join("\n");
}
