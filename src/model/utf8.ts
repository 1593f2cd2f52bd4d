import { isAscii, isUtf8 } from "node:buffer";

/** Returns the text; undefined if the bytes are not valid UTF-8. Keeps a byte order mark as U+FEFF. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Decoding ASCII as Latin-1 gives the same text in half the time.
  if (isAscii(bytes)) return buffer.toString("latin1");
  return isUtf8(bytes) ? buffer.toString("utf8") : undefined;
}
