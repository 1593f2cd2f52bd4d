import { canonicalPhone, looksLikePhone, mayBeSamePhone, toE164 } from "./phone.ts";

/** The handle sources that the API can write (docs/front.md#handles). Handles with other sources are never changed. */
export const HANDLE_SOURCES = ["email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom"] as const;

/** An email address, phone number or other identifier of a contact. Two handles are the same if their keys are equal. */
export interface Handle {
  /** In files one of `HANDLE_SOURCES`; in Front any text. */
  readonly source: string;
  readonly handle: string;
}

declare const brand: unique symbol;
/** A handle in canonical form, to compare by. Never shown and never sent. */
export type HandleKey = string & { readonly [brand]: "HandleKey" };

/**
 * Returns what a handle is compared by: emails without regard to ASCII case, phone numbers by E.164, Twitter handles
 * without `@` and case, everything else exactly but for spaces around it. Each side keeps its own spelling for display and deletion.
 */
export function handleKey({ source, handle }: Handle): HandleKey {
  // A template makes a string of two parts, which takes twice the memory once it is kept.
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

/** Unicode case folding would take the Kelvin sign for a k, which is another address. */
function lowerCaseAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A handle of a file. `written` is how the file spells a phone number whose country comes from the settings. */
export interface DeclaredHandle extends Handle {
  readonly written?: string;
}

/** Returns the keys by which a handle of a file is found in Front: its own, and that of its very digits in the file. */
export function declaredKeys({ source, handle, written }: DeclaredHandle): readonly HandleKey[] {
  return [handleKey({ source, handle }), ...keyOfDigits(source, written ?? "+")];
}

/** Returns the keys by which a handle of Front is found. */
export function remoteKeys({ source, handle }: Handle): readonly HandleKey[] {
  return [handleKey({ source, handle }), ...keyOfDigits(source, handle)];
}

/** Returns a key of the digits of a phone number without a country code: two such numbers are equal if their digits are. */
function keyOfDigits(source: string, text: string): HandleKey[] {
  if (source !== "phone" || text.trim().startsWith("+") || !looksLikePhone(text)) return [];
  return [`phone:digits ${text.replace(/\D/g, "")}` as HandleKey];
}

/**
 * Returns the spellings that Front may know a handle by, the likeliest first. Front does not document that it folds them,
 * so a handle is free only if a lookup of each of these finds no contact.
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
 * Returns whether a handle has no canonical form: a phone that is no plain number, such as one with an extension, or an
 * email with letters beyond ASCII. It equals only a handle in the same spelling.
 */
export function isComparedExactly({ source, handle }: Handle): boolean {
  if (source === "phone") return !looksLikePhone(handle.trim());
  return source === "email" && /[^ -~]/.test(handle.trim());
}

/** Returns whether two handles with different keys may be the same: phone numbers of which one does not say its country. */
export function mayBeSame(one: Handle, other: Handle): boolean {
  return one.source === "phone" && other.source === "phone" && mayBeSamePhone(one.handle, other.handle);
}

/** Returns whether a contact holds a handle, in whatever spelling Front shows it. */
export function hasHandle({ handles }: { readonly handles: readonly Handle[] }, handle: Handle): boolean {
  const key = handleKey(handle);
  return handles.some((held) => handleKey(held) === key || mayBeSame(held, handle));
}

/** Returns the text of a handle for a file: a phone number in E.164 where it says its country, all else as it is. */
export function inE164({ source, handle }: Handle): string {
  return source === "phone" ? (toE164(handle) ?? handle) : handle;
}
