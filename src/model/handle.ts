import { canonicalPhone, looksLikePhone, mayBeSamePhone, toE164 } from "./phone.ts";

/** The handle sources that the API can write (docs/front.md#handles). Handles with other sources are never changed. */
export const HANDLE_SOURCES = ["email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom"] as const;

/**
 * An email address, phone number or other identifier of a contact. Two handles are the same if their keys are equal.
 */
export interface Handle {
  /** In files one of `HANDLE_SOURCES`; in Front any text. */
  readonly source: string;
  readonly handle: string;
}

declare const brand: unique symbol;
/** A handle in canonical form, for comparison. Never displayed or sent. */
export type HandleKey = string & { readonly [brand]: "HandleKey" };

/**
 * Returns the canonical form in which handles are compared: emails ignore ASCII case, phone numbers are in E.164,
 * Twitter handles ignore `@` and case, all others are trimmed.
 */
export function handleKey({ source, handle }: Handle): HandleKey {
  // V8 stores the result of a template literal in parts, which takes twice the memory.
  return [source, canonical(source, handle)].join(":") as HandleKey;
}

function canonical(source: string, handle: string): string {
  switch (source) {
    case "email":
      return lowerCaseAscii(handle.trim());
    case "phone":
      return canonicalPhone(handle);
    case "twitter":
      return lowerCaseAscii(handle.trim().replace(/^@/, ""));
    default:
      return handle.trim();
  }
}

/** Lowercases ASCII letters only. Unicode would turn the Kelvin sign into a k, which is another address. */
function lowerCaseAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A handle in a file. `written` is the file's spelling of a phone number whose country comes from the settings. */
export interface DeclaredHandle extends Handle {
  readonly written?: string;
}

/** Returns the keys to find a declared handle in Front: its own, and that of the digits written in the file. */
export function declaredKeys({ source, handle, written }: DeclaredHandle): readonly HandleKey[] {
  return [handleKey({ source, handle }), ...keyOfDigits(source, written ?? "+")];
}

/** Returns the keys under which a handle in Front is found. */
export function remoteKeys({ source, handle }: Handle): readonly HandleKey[] {
  return [handleKey({ source, handle }), ...keyOfDigits(source, handle)];
}

/**
 * Returns a key of the digits of a phone number without a country code: two such numbers are equal if their digits are.
 */
function keyOfDigits(source: string, text: string): HandleKey[] {
  if (source !== "phone" || text.trim().startsWith("+") || !looksLikePhone(text)) return [];
  return [`phone:digits ${text.replace(/\D/g, "")}` as HandleKey];
}

/**
 * Returns the spellings under which Front may store a handle, the most likely first. Front does not document that it
 * normalizes them, so a handle is unused only if a lookup of each finds no contact.
 */
export function spellingsOf({ source, handle, written }: DeclaredHandle): readonly Handle[] {
  const texts = spellings(source, handle.trim(), written);
  return [...new Set(texts)].map((text) => ({ source, handle: text }));
}

function spellings(source: string, handle: string, written: string | undefined): readonly string[] {
  switch (source) {
    case "email":
      return [lowerCaseAscii(handle), handle];
    case "twitter": {
      const name = handle.replace(/^@/, "");
      return [name, lowerCaseAscii(name)].flatMap((text) => [`@${text}`, text]);
    }
    case "phone": {
      const number = canonicalPhone(handle);
      const plain = [number, number.replace(/^\+/, "")];
      return written === undefined || !looksLikePhone(written) ? plain : [...plain, written.replace(/\D/g, "")];
    }
    default:
      return [handle];
  }
}

/**
 * Returns whether a handle has no canonical form and equals only the same spelling: a phone that is not a plain number,
 * such as one with an extension, or an email with letters beyond ASCII.
 */
export function isComparedExactly({ source, handle }: Handle): boolean {
  if (source === "phone") return !looksLikePhone(handle.trim());
  return source === "email" && /[^ -~]/.test(handle.trim());
}

/**
 * Returns whether two handles with different keys may be the same: phone numbers, at least one of them without a
 * country code.
 */
export function mayBeSame(one: Handle, other: Handle): boolean {
  return one.source === "phone" && other.source === "phone" && mayBeSamePhone(one.handle, other.handle);
}

/** Returns whether a contact has a handle in any spelling. */
export function hasHandle({ handles }: { readonly handles: readonly Handle[] }, handle: Handle): boolean {
  const key = handleKey(handle);
  return handles.some((held) => handleKey(held) === key || mayBeSame(held, handle));
}

/** Returns the text of a handle for a file: phone numbers with a country code in E.164, all others unchanged. */
export function inE164({ source, handle }: Handle): string {
  return source === "phone" ? (toE164(handle) ?? handle) : handle;
}
