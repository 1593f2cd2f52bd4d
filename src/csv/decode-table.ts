import { isUtf8 } from "node:buffer";
import { decodeUtf8 } from "../model/utf8.ts";

export const TABLE_ENCODINGS = ["utf-8", "utf-16", "windows-1252"] as const;

export type TableEncoding = (typeof TABLE_ENCODINGS)[number];

export interface DecodedTable {
  /** The text without a byte order mark, and with `\n` as line breaks. */
  readonly text: string;
  /** The text with its byte order mark and its original line breaks. */
  readonly raw: string;
  readonly encoding: TableEncoding;
  /** True for big-endian UTF-16. */
  readonly isBigEndian: boolean;
  /** True if the encoding is not UTF-8, and neither the caller nor a byte order mark specified it. */
  readonly isGuessed: boolean;
}

/** The characters of Windows-1252 for the bytes 0x80 to 0x9F; the other bytes are as in Latin-1. */
export const WINDOWS_1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/**
 * Decodes a table. If no encoding is declared, detects it from a byte order mark, then from zero bytes (UTF-16), and
 * then by whether the bytes are UTF-8; the default is Windows-1252. Returns undefined if the bytes are not valid in the
 * encoding. UTF-8 text with a few invalid bytes is not read as Windows-1252.
 */
export function decodeTable(bytes: Uint8Array, declared?: TableEncoding): DecodedTable | undefined {
  const encodingFromMark = encodingOfMark(bytes);
  const encoding = declared ?? encodingFromMark ?? guessEncoding(bytes);
  const raw = decode(bytes, encoding);
  if (raw === undefined) return undefined;
  const isGuessed = declared === undefined && encodingFromMark === undefined && encoding !== "utf-8";
  const text = raw.replace(/^\uFEFF/, "").replaceAll(/\r\n?/g, "\n");
  return { text, raw, encoding, isGuessed, isBigEndian: encoding === "utf-16" && isBigEndian(bytes) };
}

function encodingOfMark([first, second, third]: Uint8Array): TableEncoding | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) ? "utf-16" : undefined;
}

function guessEncoding(bytes: Uint8Array): TableEncoding {
  if (bytes.length % 2 === 0 && looksLikeUtf16(bytes.subarray(0, SAMPLE_BYTES))) return "utf-16";
  return isUtf8(bytes) || invalidLineOfUtf8(bytes) !== undefined ? "utf-8" : "windows-1252";
}

/**
 * Returns the number of the first line with invalid bytes, if the bytes are otherwise UTF-8: more of their non-ASCII
 * characters are valid than invalid, which rarely happens in other encodings. Lines are counted from 1.
 */
export function invalidLineOfUtf8(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder().decode(bytes);
  const first = text.indexOf("\uFFFD");
  if (first === -1) return undefined;
  const invalidCount = text.split("\uFFFD").length - 1;
  const validCount = (text.match(/[^\p{ASCII}\uFFFD]/gu) ?? []).length;
  return validCount > invalidCount ? text.slice(0, first).split(/\r\n?|\n/).length : undefined;
}

const SAMPLE_BYTES = 1000;

/** In UTF-16, one byte of each ASCII character is zero, either always the first or always the second. */
function looksLikeUtf16(sample: Uint8Array): boolean {
  const zeros = [0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  return Math.min(...zeros) === 0 && Math.max(...zeros) > sample.length / 10;
}

function decode(bytes: Uint8Array, encoding: TableEncoding): string | undefined {
  if (encoding === "utf-8") return decodeUtf8(bytes);
  return encoding === "utf-16" ? decodeUtf16(bytes) : decodeWindows1252(bytes);
}

/** Returns whether UTF-16 is big-endian, by its byte order mark or the zero byte of its first character. */
function isBigEndian(bytes: Uint8Array): boolean {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return true;
  return bytes[0] === 0 && bytes[1] !== 0;
}

function decodeUtf16(bytes: Uint8Array): string | undefined {
  try {
    const encoding = isBigEndian(bytes) ? "utf-16be" : "utf-16le";
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Decodes Windows-1252 without `TextDecoder`, because some versions of Node.js decode it as Latin-1, without the euro
 * sign and typographic quotes.
 */
export function decodeWindows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return text.replaceAll(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80] ?? character);
}
