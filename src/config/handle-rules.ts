import type { Handle } from "../model/contact.ts";
import { isEmail } from "../model/field-values.ts";
import { looksLikePhone, toE164 } from "../model/phone.ts";
import type { Finding } from "./rule.ts";
import type { UncheckedContact } from "./unchecked-config.ts";

/** Why a handle cannot be one, and what to write. */
type Objection = readonly [reason: string, advice: string];
type Grammar = (handle: string) => Objection | undefined;

const GRAMMARS: Readonly<Record<string, Grammar>> = {
  email: (handle) =>
    isEmail(handle)
      ? undefined
      : ["is not an email address", "It has one @ with something on either side, and no spaces."],
  phone: objectToPhone,
};

/** What no handle may be, whatever its source. */
function objectTo(handle: string): Objection | undefined {
  if (handle.trim() === "") return ["is empty", "Write the handle, or leave the line out."];
  // Front's addresses have the handle as one segment, and these two never stay one.
  if (handle === "." || handle === "..") return ["cannot be asked for", "Front's API has no address for it."];
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(handle)) {
    return ["has characters in it that cannot be seen", "Type it anew instead of pasting it."];
  }
  if (handle !== handle.trim()) return ["begins or ends with a space", "Take the space out."];
  return undefined;
}

/** Why a handle cannot be written into a file. */
export function explainInvalidHandle({ source, handle }: Handle): Objection | undefined {
  return objectTo(handle) ?? GRAMMARS[source]?.(handle);
}

export function* handleMalformed({ handles }: UncheckedContact): Iterable<Finding> {
  for (const { source, handle, location } of handles) {
    // The schema has said so already.
    if (handle === "") continue;
    const objection = explainInvalidHandle({ source, handle });
    if (objection === undefined) continue;
    const [reason, advice] = objection;
    yield { summary: `${handle.trim() === "" ? "The handle" : handle} ${reason}`, advice, location };
  }
}

function objectToPhone(handle: string): Objection | undefined {
  if (!looksLikePhone(handle) || handle.replaceAll(/\D/g, "").length < 3) {
    return ["is not a phone number", 'Write + and digits, such as "+13605550123". An extension cannot be part of it.'];
  }
  if (!handle.startsWith("+") || toE164(handle) !== undefined) return undefined;
  return ["is not a possible phone number", "Check the country code and the number of digits."];
}
