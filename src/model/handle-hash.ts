import { createHash } from "node:crypto";
import type { SourceLocation } from "./diagnostic.ts";
import { type Handle, handleKey } from "./handle.ts";

/** A handle given by its hash, so that the file contains no personal data. */
export interface HashedHandle {
  readonly source: string;
  /** See `hashOfHandle`. */
  readonly sha256: string;
  readonly location: SourceLocation;
}

/**
 * Returns the SHA-256, in hex, of the source and the canonical form of a handle, such as `email:laura@palmer.example`.
 */
export function hashOfHandle(handle: Handle): string {
  return createHash("sha256").update(handleKey(handle)).digest("hex");
}
