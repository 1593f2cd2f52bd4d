import { hash } from "node:crypto";
import type { SourceLocation } from "./diagnostic.ts";
import { type Handle, handleKey } from "./handle.ts";

/** A handle that is declared by its hash, so that the configuration does not contain the handle itself. */
export interface HashedHandle {
  readonly source: string;
  readonly sha256: string;
  readonly location: SourceLocation;
}

/** Returns the SHA-256, in hex, of a handle's key, such as `email:laura@palmer.example`. */
export function hashOfHandle(handle: Handle): string {
  return hash("sha256", handleKey(handle));
}
