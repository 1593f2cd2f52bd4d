import deepDiff from "deep-diff";
import { omitUndefined } from "../model/omit-undefined.ts";

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Values by attribute, or by attribute and key. Collections are keyed, because deep-diff compares arrays by position. */
export type Keyed = Readonly<Record<string, Json | Readonly<Record<string, Json>>>>;

/** Where two keyed values differ: an attribute, and for a collection the key in it. */
export interface Difference {
  readonly attribute: string;
  readonly key?: string;
  /** Undefined when it is not there. */
  readonly before?: Json;
  readonly after?: Json;
  /** Who made it since the last apply, where that is known. */
  readonly origin?: "front" | "files" | "both";
}

/** Finds what differs, in the order of `after`'s keys. Both sides have to be normalised alike beforehand. */
export function diffKeyed(before: Keyed, after: Keyed): Difference[] {
  // Most contacts are as the files say, and this tells so in a fraction of the time.
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return (deepDiff.diff(before, after) ?? []).map((found) => {
    const [attribute, key] = (found.path ?? []).map(String);
    if (attribute === undefined) throw new Error("keyed values differ only in their keys");
    const was = "lhs" in found ? (found.lhs as Json | undefined) : undefined;
    const becomes = "rhs" in found ? (found.rhs as Json | undefined) : undefined;
    return omitUndefined({ attribute, key, before: was, after: becomes });
  });
}
