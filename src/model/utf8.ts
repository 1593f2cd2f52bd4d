import { isUtf8 } from "node:buffer";

/**
 * Returns the text of UTF-8 bytes, including a byte order mark; undefined if they are not UTF-8. A strict `TextDecoder`
 * of Node.js takes several times as long.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8") : undefined;
}
