import type { WrittenValue } from "./contact.ts";

/** What a reader of YAML 1.1 or 1.2 may take for something else than text. */
const LOOK_ALIKE = /^(?:y|n|yes|no|on|off|true|false|null|~|<<|=|[-+]?\.(?:inf|nan))$/i;
/** Numbers in every base, dates and times, versions. */
const NUMBER_LIKE = /^[-+.]?\d[\d_.,:+\-exobtz /a-f]*$/i;
/** Text that needs no quotes on its first character, and none on the others as long as `INTERRUPTED` finds nothing. */
const BARE = /^[^\s\-?:,[\]{}#&*!|>'"%@`\p{M}\p{C}\p{Zl}\p{Zp}][^\p{C}\p{Zl}\p{Zp}]*$/u;
const INTERRUPTED = /:\s|\s#|:$|\s$|^\.\.\.|\p{Zs}{2}/u;
const FLOW_SIGNS = /[,[\]{}]/;

/** What a reviewer cannot see, or what makes a line look like another: controls, formats, separators, half characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u;
const EVERY_HIDDEN = new RegExp(HIDDEN, "gu");

export interface ScalarOptions {
  /** Whether it stands between brackets. */
  readonly flow?: boolean;
}

/** A value on one line: bare where every reader takes it for just that, in double quotes and escaped otherwise. */
export function scalarText(value: WrittenValue | null, { flow = false }: ScalarOptions = {}): string {
  if (typeof value !== "string") return Object.is(value, -0) ? "0" : String(value);
  return isBare(value, flow) ? value : quotedText(value);
}

/** In double quotes, whatever it is. */
export function quotedText(text: string): string {
  return JSON.stringify(text).replace(EVERY_HIDDEN, escaped);
}

function isBare(text: string, flow: boolean): boolean {
  if (LOOK_ALIKE.test(text) || NUMBER_LIKE.test(text)) return false;
  return BARE.test(text) && !INTERRUPTED.test(text) && !(flow && FLOW_SIGNS.test(text));
}

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
}

/**
 * Text of several lines as a block below its key, where nothing would be lost that way; on one line otherwise.
 * `indent` is that of the block's lines.
 */
export function textBlock(text: string, indent: string): string {
  if (!isBlock(text)) return scalarText(text);
  return `|-\n${text
    .split("\n")
    .map((line) => (line === "" ? "" : `${indent}${line}`))
    .join("\n")}`;
}

/** Blanks at the ends of lines are invisible, and editors take them away. */
function isBlock(text: string): boolean {
  if (!text.includes("\n") || /^\s|\s$|[ \t]\n|\t/u.test(text)) return false;
  return !HIDDEN.test(text.replaceAll("\n", ""));
}
