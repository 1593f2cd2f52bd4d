import { type Handle, type HandleKey, handleKey } from "../model/contact.ts";
import type { SourceLocation } from "../model/diagnostic.ts";
import { isEmail } from "../model/field-values.ts";
import type { DeclaredHandle } from "../model/handle.ts";
import { isTooLongToLookUp, LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { looksLikePhone, toE164, withoutDirectionMarks } from "../model/phone.ts";
import { groupDigits } from "../model/plural.ts";
import type { CheckedConfig, Finding } from "./rule-definition.ts";
import type { UncheckedConfig, UncheckedContact } from "./unchecked-config.ts";

/** The reason is a predicate, such as "is empty". */
type Explanation = readonly [reason: string, advice: string];

export function explainInvalidHandle({ source, handle }: Handle): Explanation | undefined {
  const explanation = explainInvalidText(handle);
  if (explanation !== undefined) return explanation;
  if (source === "phone") return explainInvalidPhone(handle);
  if (source === "twitter") return explainInvalidTwitterName(handle);
  if (source !== "email") return undefined;
  if (/^mailto:/i.test(handle)) return ["is a link, and not an email address", 'Remove "mailto:".'];
  if (isEmail(handle)) return undefined;
  return [
    "is not an email address",
    "Use an address with one @, without spaces, quotes, brackets, commas or semicolons.",
  ];
}

function explainInvalidText(handle: string): Explanation | undefined {
  if (handle.trim() === "") return ["is empty", "Specify the handle."];
  if (isTooLongToLookUp(handle)) {
    return [
      `is longer than ${groupDigits(LIMITS.identifierBytes)} bytes`,
      "Remove it: Front cannot look up a handle of this length.",
    ];
  }
  if (handle === "." || handle === "..") return ["consists of dots", "Correct the handle."];
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(handle)) {
    return ["contains invisible characters", "Retype it instead of pasting it."];
  }
  return handle === handle.trim() ? undefined : ["begins or ends with a space", "Remove the space."];
}

function explainInvalidTwitterName(handle: string): Explanation | undefined {
  if (handle === "@") return ["has no name", "Add the name after the @."];
  if (!handle.includes("/")) return undefined;
  return ["is a link, and not a Twitter name", "Write only the name, such as @dalecooper."];
}

function explainInvalidPhone(handle: string): Explanation | undefined {
  if (/^\d+\.0$/.test(handle)) {
    return ["is a decimal number, and not a phone number", "Remove the .0, or export the column as text."];
  }
  if (/^tel:/i.test(handle)) return ["is a link, and not a phone number", 'Remove "tel:".'];
  if (!looksLikePhone(handle) || handle.replaceAll(/\D/g, "").length < 3) {
    return ["is not a phone number", 'Write + and digits without an extension, for example "+13605550123".'];
  }
  if (!handle.startsWith("+") || toE164(handle) !== undefined) return undefined;
  return ["is not a possible phone number", "Check the country code and the number of digits."];
}

export function phoneCountryOf({ settings }: Pick<UncheckedConfig, "settings">): string | undefined {
  return settings[0]?.settings.phoneCountry;
}

export function withE164Numbers(config: UncheckedConfig): UncheckedConfig {
  const country = phoneCountryOf(config);
  const contacts = config.contacts.map((contact) => {
    const handles = contact.handles.map((handle) => withE164Number(handle, handle.country ?? country));
    return handles.every((handle, index) => handle === contact.handles[index]) ? contact : { ...contact, handles };
  });
  return { ...config, contacts };
}

/**
 * Removes direction marks from a phone number and converts it to E.164, if possible. `written` contains the original
 * number if it was written without `+`.
 */
export function withE164Number<T extends DeclaredHandle>(declared: T, country: string | undefined): T {
  if (declared.source !== "phone") return declared;
  // A number that consists of marks is not changed, so that it is reported.
  const text = withoutDirectionMarks(declared.handle) || declared.handle;
  const handle = text === declared.handle ? declared : { ...declared, handle: text };
  const number = toE164(handle.handle, country);
  if (number === undefined) return handle;
  const written = handle.handle.trim().startsWith("+") ? handle.written : handle.handle;
  if (number === handle.handle && written === handle.written) return handle;
  return omitUndefined({ ...handle, handle: number, written }) as T;
}

export function* duplicateHandles({ contacts }: CheckedConfig): Iterable<Finding<"handle-twice">> {
  const firsts = new Map<HandleKey, { readonly owner: UncheckedContact; readonly location: SourceLocation }>();
  for (const contact of contacts) {
    for (const declared of contact.handles) {
      const { handle, location } = declared;
      const id = handleKey(declared);
      const first = firsts.get(id);
      if (first === undefined) {
        firsts.set(id, { owner: contact, location });
        continue;
      }
      // Other rules report invalid handles, and two entries with the same key.
      if (haveSameKey(first.owner, contact) || explainInvalidHandle(declared) !== undefined) continue;
      const related = [{ location: first.location, note: "first declared" }];
      yield { parameters: { handle, key: contact.key, owner: first.owner.key }, location, related };
    }
  }
}

function haveSameKey(contact: UncheckedContact, other: UncheckedContact): boolean {
  return contact !== other && contact.key === other.key;
}
