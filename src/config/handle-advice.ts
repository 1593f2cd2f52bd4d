import { HANDLE_SOURCES } from "../model/handle.ts";
import type { LocatedValue } from "../yaml/located-value.ts";

export const HANDLE_ADVICE = "Specify both source and handle: `{ source: email, handle: dale.cooper@fbi.example }`.";

/** Maximum length of a handle to include in advice. */
const MAX_SHOWN_HANDLE = 200;

const PREFIXED_HANDLE = new RegExp(`^(${HANDLE_SOURCES.join("|")}):\\s*(\\S.*)$`);

/** Returns advice on a handle. Takes its source from a prefix such as `email:`, as in an import, or from its format. */
export function adviseHandle({ value, text: written }: LocatedValue): string {
  const given = typeof value === "string" ? value : typeof value === "number" ? written : "";
  const [, prefix, text = given] = PREFIXED_HANDLE.exec(given) ?? [];
  const source = prefix ?? sourceOf(text);
  if (source === undefined || text.length > MAX_SHOWN_HANDLE) return HANDLE_ADVICE;
  return `Write it as: { source: ${source}, handle: ${flowScalar(text)} }.`;
}

/** Returns the source of a handle, according to its format; undefined if the format is that of no source. */
export function sourceOf(text: string): string | undefined {
  if (/^[^\s@]+@[^\s@]+$/.test(text)) return "email";
  if (/^\+?[\d ()./-]{3,}$/.test(text)) return "phone";
  return /^@\w+$/.test(text) ? "twitter" : undefined;
}

/** Returns a string as a YAML scalar in a flow map, quoted if necessary. */
function flowScalar(text: string): string {
  return /^[A-Za-z][\w.@+-]*$/.test(text) ? text : JSON.stringify(text);
}

/** Returns the value of a key as it must be written under `handle`. */
export function handleIn(written: LocatedValue | undefined): string {
  const { value, text } = written ?? { value: undefined, text: "" };
  const isShown = (typeof value === "string" || typeof value === "number") && text.length <= MAX_SHOWN_HANDLE;
  return isShown ? flowScalar(typeof value === "number" ? text : value) : "…";
}
