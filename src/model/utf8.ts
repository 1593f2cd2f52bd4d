import { isUtf8 } from "node:buffer";

/** Returns undefined if the bytes are not valid UTF-8. Keeps a byte order mark as U+FEFF. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8") : undefined;
}
