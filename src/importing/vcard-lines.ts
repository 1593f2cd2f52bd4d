import { isUtf8 } from "node:buffer";
import { decodeWindows1252 } from "../csv/decode-table.ts";

/** An unfolded line of a vCard. */
interface VcardLine {
  /** The name with its group, as in `item1.EMAIL`. */
  readonly name: string;
  readonly parameters: readonly string[];
  readonly value: string;
}

/** Properties whose value has parts separated by semicolons. */
const STRUCTURED = /(?:^|\.)(?:N|ORG|ADR)$/i;
const CATEGORIES = /(?:^|\.)CATEGORIES$/i;
const QUOTED_PRINTABLE = /^(?:ENCODING=)?QUOTED-PRINTABLE$/i;

/**
 * Returns the lines in the syntax of vCard 3.0 or 4.0, unfolded and without quoted-printable text. Converts parameters
 * and separators of version 2.1 to those of 3.0.
 */
export function modernizeLines(lines: readonly string[], version: string): string[] {
  return unfold(lines).map((text) => {
    const line = readLine(text);
    if (line === undefined) return text;
    return version === "2.1" ? fromVersion21(line) : fromLaterVersion(line, text);
  });
}

/**
 * Moves each line break within a UTF-8 character to the position before the character, because some programs fold lines
 * within characters. Returns the same bytes if the result would not be valid UTF-8.
 */
export function foldBetweenCharacters(bytes: Uint8Array): Uint8Array {
  if (isUtf8(bytes)) return bytes;
  const text = Buffer.from(bytes).toString("latin1");
  const folded = text.replaceAll(/([\xc2-\xf4][\x80-\xbf]{0,2})(\r?\n[ \t])(?=[\x80-\xbf])/g, "$2$1");
  const result = Buffer.from(folded, "latin1");
  return isUtf8(result) ? result : bytes;
}

interface OpenLine {
  readonly isEncoded: boolean;
  readonly parts: string[];
  /** True if the last part ends with a soft line break. */
  isOpen: boolean;
}

/**
 * Joins folded lines. A quoted-printable line that ends with `=` continues on the next line, even if the next line does
 * not begin with a space.
 */
function unfold(lines: readonly string[]): string[] {
  const whole: OpenLine[] = [];
  for (const line of lines) {
    const last = whole.at(-1);
    const isFolded = last !== undefined && !last.isOpen && /^[ \t]/.test(line);
    if (last?.isOpen || isFolded) addPart(last, isFolded ? line.slice(1) : line);
    else if (line !== "") whole.push(addPart({ isEncoded: isQuotedPrintable(line), parts: [], isOpen: false }, line));
  }
  return whole.map(({ parts }) => parts.join(""));
}

function addPart(line: OpenLine, part: string): OpenLine {
  line.isOpen = line.isEncoded && part.endsWith("=");
  line.parts.push(line.isOpen ? part.slice(0, -1) : part);
  return line;
}

function isQuotedPrintable(line: string): boolean {
  return /QUOTED-PRINTABLE/i.test(line.slice(0, Math.max(0, line.indexOf(":"))));
}

function readLine(text: string): VcardLine | undefined {
  const end = endOfHead(text);
  if (end === undefined) return undefined;
  const head = text.slice(0, end);
  const [name = "", ...parameters] = head.match(/(?:"[^"]*"|[^";])+/g) ?? [];
  return { name, parameters, value: text.slice(end + 1) };
}

/**
 * Returns the number of semicolons before the value of an unfolded line, including semicolons in quotes. The line has
 * at most this many parameters.
 */
export function countSemicolonsInHead(line: string): number {
  return line.slice(0, endOfHead(line)).split(";").length - 1;
}

/** Returns the index of the colon before the value; undefined if there is none outside quotes. */
function endOfHead(text: string): number | undefined {
  let isQuoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '"') isQuoted = !isQuoted;
    if (text[index] === ":" && !isQuoted) return index;
  }
  return undefined;
}

function fromLaterVersion({ name, parameters, value }: VcardLine, text: string): string {
  if (!parameters.some((parameter) => QUOTED_PRINTABLE.test(parameter))) {
    return STRUCTURED.test(name) ? text : withoutEscapedSemicolons(text);
  }
  const others = parameters.filter((parameter) => !QUOTED_PRINTABLE.test(parameter) && !/^CHARSET=/i.test(parameter));
  // The decoded text is escaped already, except for its line breaks.
  const decoded = decodeQuotedPrintable(value, charsetOf(parameters)).replaceAll(/\r\n?|\n/g, "\\n");
  return `${[name, ...others].join(";")}:${decoded}`;
}

/** Replaces `\;` with `;`, because the parser does not do so in unstructured text. */
function withoutEscapedSemicolons(text: string): string {
  return text.includes("\\;") ? text.replaceAll(/\\(.)/gs, (pair, next) => (next === ";" ? ";" : pair)) : text;
}

function fromVersion21({ name, parameters, value }: VcardLine): string {
  if (/^VERSION$/i.test(name)) return "VERSION:3.0";
  const isEncoded = parameters.some((parameter) => QUOTED_PRINTABLE.test(parameter));
  const charset = charsetOf(parameters);
  const converted = parameters.flatMap(modernizeParameter);
  const head = [name, ...converted].join(";");
  if (converted.includes("ENCODING=b")) return `${head}:${value.replaceAll(/\s/g, "")}`;
  const text = (part: string) => escapeVcardText(isEncoded ? decodeQuotedPrintable(part, charset) : part);
  if (STRUCTURED.test(name))
    return `${head}:${value
      .split(/(?<!\\);/)
      .map(text)
      .join(";")}`;
  if (CATEGORIES.test(name)) return `${head}:${value.split(/[,;]/).map(text).join(",")}`;
  return withoutEscapedSemicolons(`${head}:${text(value)}`);
}

/** Converts a parameter to version 3.0. In vCard 2.1, a type parameter may omit `TYPE=`, as in `TEL;CELL;PREF`. */
function modernizeParameter(parameter: string): string[] {
  if (QUOTED_PRINTABLE.test(parameter) || /^(?:CHARSET|LANGUAGE)=/i.test(parameter)) return [];
  if (/^(?:ENCODING=)?(?:BASE64|B)$/i.test(parameter)) return ["ENCODING=b"];
  if (/^(?:ENCODING=)?(?:7|8)BIT$/i.test(parameter)) return [];
  return [parameter.includes("=") ? parameter : `TYPE=${parameter}`];
}

/**
 * Escapes text from vCard 2.1. Does not escape an escaped comma, semicolon or colon again, because some programs escape
 * more characters than required.
 */
function escapeVcardText(text: string): string {
  return text
    .replaceAll(/\\([,;:])/g, "$1")
    .replaceAll(/[\\,;]/g, "\\$&")
    .replaceAll(/\r\n?|\n/g, "\\n");
}

function charsetOf(parameters: readonly string[]): string | undefined {
  return parameters.map((text) => /^CHARSET="?([^"]*)"?$/i.exec(text)?.[1]).find((name) => name !== undefined);
}

const ENCODED = /(?:=[0-9a-f]{2})+/gi;

/**
 * Decodes bytes such as `=C3=A9`. Uses Windows-1252 if the character set is unknown or not all of the bytes are valid
 * in it.
 */
function decodeQuotedPrintable(text: string, charset = "utf-8"): string {
  const isAscii = /^[ -~\t]*$/.test(text);
  // In a few character sets, the second byte of a character can be an ASCII letter, which is not encoded. The whole
  // text is therefore decoded in one call.
  return isAscii ? decodeBytes(text, charset) : text.replaceAll(ENCODED, (run) => decodeBytes(run, charset));
}

function decodeBytes(text: string, charset: string): string {
  const decodeRun = (run: string) => Buffer.from(run.replaceAll("=", ""), "hex").toString("latin1");
  const bytes = Buffer.from(text.replaceAll(ENCODED, decodeRun), "latin1");
  return decodeAs(charset, bytes) ?? decodeAs("windows-1252", bytes) ?? text;
}

function decodeAs(charset: string, bytes: Uint8Array): string | undefined {
  try {
    const decoder = new TextDecoder(charset, { fatal: true });
    return decoder.encoding === "windows-1252" ? decodeWindows1252(bytes) : decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
