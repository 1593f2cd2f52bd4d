import { createHash } from "node:crypto";
import type { SourceLocation } from "./diagnostic.ts";
import { type Handle, handleKey } from "./handle.ts";

/** A handle that a file identifies by a hash, so that the file contains no personal data. */
export interface HashedHandle {
  readonly source: string;
  /** The hash, as `hashOfHandle` returns it. */
  readonly sha256: string;
  readonly location: SourceLocation;
}

/**
 * Returns the SHA-256 of the source and canonical form of a handle, such as `email:laura@palmer.example`. The result is
 * in hex.
 */
export function hashOfHandle(handle: Handle): string {
  return createHash("sha256").update(handleKey(handle)).digest("hex");
}
