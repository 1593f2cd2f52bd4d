import { canonicalPhone, looksLikePhone, mayBeSamePhone, toE164 } from "./phone.ts";

/** The handle sources that the API can write (docs/front.md#handles). Handles with other sources are never changed. */
export const HANDLE_SOURCES = ["email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom"] as const;

/** An email address, phone number or other identifier of a contact. Two handles with equal keys are the same. */
export interface Handle {
  /** One of `HANDLE_SOURCES` in the configuration; any string in Front. */
  readonly source: string;
  readonly handle: string;
}

export function isWritable({ source }: Handle): boolean {
  return HANDLE_SOURCES.some((writable) => writable === source);
}

declare const brand: unique symbol;
/** A handle in canonical form, for comparison. */
export type HandleKey = string & { readonly [brand]: "HandleKey" };

/**
 * Returns the source and the canonical form of a handle, which has no spaces at either end. Emails are in lower case
 * (ASCII letters only) and in Unicode normalization form NFC, phone numbers are in the form that `canonicalPhone`
 * returns, and Twitter handles are in lower case (ASCII letters only) without `@`.
 */
export function handleKey({ source, handle }: Handle): HandleKey {
  // V8 keeps the parts of a template literal in memory. A joined string takes half of that memory.
  return [source, canonical(source, handle)].join(":") as HandleKey;
}

function canonical(source: string, handle: string): string {
  switch (source) {
    case "email":
      return normalizeAccents(lowerCaseAscii(handle.trim()), "NFC");
    case "phone":
      return canonicalPhone(handle);
    case "twitter":
      return lowerCaseAscii(handle.trim().replace(/^@/, ""));
    default:
      return handle.trim();
  }
}

/**
 * Lowercases ASCII letters only. `toLowerCase` would also turn the Kelvin sign into a k, which would result in a
 * different address.
 */
function lowerCaseAscii(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}

/**
 * Normalizes a text, because some programs write a letter and its accent as two characters. Does not change characters
 * that NFC and NFD replace with an ASCII character, because the result would be a different address.
 */
function normalizeAccents(text: string, form: "NFC" | "NFD"): string {
  if (!/[^ -~]/.test(text)) return text;
  return text.replace(/[^\u037e\u1fef\u212a]+/g, (part) => part.normalize(form));
}

export interface DeclaredHandle extends Handle {
  /** The phone number as written in the configuration, if the country code in `handle` was added to it. */
  readonly written?: string;
}

/** Returns the canonical form and, if a country code was added to a phone number, the digits as written. */
export function declaredKeys(declared: DeclaredHandle): readonly HandleKey[] {
  const { source, written } = declared;
  const key = handleKey(declared);
  return written === undefined ? [key] : [key, ...keyOfDigits(source, written)];
}

/** Returns the canonical form and, for a phone number without `+`, the digits. */
export function remoteKeys(remote: Handle): readonly HandleKey[] {
  const { source, handle } = remote;
  const key = handleKey(remote);
  return source === "phone" ? [key, ...keyOfDigits(source, handle)] : [key];
}

function keyOfDigits(source: string, text: string): HandleKey[] {
  if (source !== "phone" || text.trim().startsWith("+") || !looksLikePhone(text)) return [];
  return [`phone:digits ${text.replace(/\D/g, "")}` as HandleKey];
}

/**
 * Returns the spellings that Front may store for a handle, most likely first. A handle is unused only if no spelling
 * finds a contact.
 */
export function spellingsOf({ source, handle, written }: DeclaredHandle): readonly Handle[] {
  const texts = spellings(source, handle.trim(), written);
  return [...new Set(texts)].map((text) => ({ source, handle: text }));
}

function spellings(source: string, handle: string, written: string | undefined): readonly string[] {
  switch (source) {
    case "email": {
      const folded = lowerCaseAscii(handle);
      return [folded, handle, normalizeAccents(folded, "NFC"), normalizeAccents(folded, "NFD")];
    }
    case "twitter": {
      const name = handle.replace(/^@/, "");
      return [name, lowerCaseAscii(name)].flatMap((text) => [`@${text}`, text]);
    }
    case "phone": {
      const number = canonicalPhone(handle);
      const original = (written ?? handle).trim();
      const digits = looksLikePhone(original) ? [original.replace(/\D/g, "")] : [];
      return [number, number.replace(/^\+/, ""), ...digits, original];
    }
    default:
      return [handle];
  }
}

/**
 * Returns whether a handle may have spellings that are not recognized as equal. This applies to phone numbers that are
 * not only digits and separators, such as numbers with an extension, and to emails with characters beyond ASCII.
 */
export function isComparedExactly({ source, handle }: Handle): boolean {
  if (source === "phone") return !looksLikePhone(handle.trim());
  return source === "email" && /[^ -~]/.test(handle.trim());
}

/**
 * Returns whether two handles with different keys may be the same phone number, because one of them lacks a country
 * code.
 */
export function mayBeSame(a: Handle, b: Handle): boolean {
  return a.source === "phone" && b.source === "phone" && mayBeSamePhone(a.handle, b.handle);
}

export function hasHandle({ handles }: { readonly handles: readonly Handle[] }, handle: Handle): boolean {
  const key = handleKey(handle);
  return handles.some((other) => handleKey(other) === key || mayBeSame(other, handle));
}

/** Returns a handle without its source, in E.164 if it is a phone number with a country code. */
export function handleInE164({ source, handle }: Handle): string {
  return source === "phone" ? (toE164(handle) ?? handle) : handle;
}
