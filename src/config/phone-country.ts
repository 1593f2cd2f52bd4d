import type { DeclaredHandle } from "../model/handle.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { isPhoneCountry, isShortCode, lastDigits, toE164 } from "../model/phone.ts";
import type { Finding, Rule } from "./rule.ts";
import type { UncheckedConfig, UncheckedContact } from "./unchecked-config.ts";

type DraftHandle = UncheckedContact["handles"][number];

function phoneCountryOf({ settings }: Pick<UncheckedConfig, "settings">): string | undefined {
  return settings[0]?.settings.phoneCountry;
}

/** Returns the draft with every phone number in E.164 that can be brought into it. */
export function withPhoneCountry(draft: UncheckedConfig): UncheckedConfig {
  const country = phoneCountryOf(draft);
  const contacts = draft.contacts.map((contact) => ({
    ...contact,
    handles: contact.handles.map((handle) => inE164(handle, country)),
  }));
  return { ...draft, contacts };
}

function inE164<T extends DeclaredHandle>(handle: T, country: string | undefined): T {
  if (handle.source !== "phone") return handle;
  const number = toE164(handle.handle, country);
  if (number === undefined) return handle;
  const written = handle.handle.trim().startsWith("+") ? undefined : handle.handle;
  return omitUndefined({ ...handle, handle: number, written }) as T;
}

/** A number without a country cannot be told from a number of another country. */
export const phoneWithoutCountry: Rule = (checked) => {
  const country = phoneCountryOf(checked);
  return checked.contacts.flatMap(({ handles }) =>
    handles.filter(lacksCountry).map((handle) => explainMissingCountry(handle, country)),
  );
};

function lacksCountry({ source, handle }: DraftHandle): boolean {
  return source === "phone" && lastDigits(handle) !== undefined && !handle.startsWith("+") && !isShortCode(handle);
}

function explainMissingCountry({ handle, location }: DraftHandle, country: string | undefined): Finding {
  const withPlus = 'Write it with + and its country code, such as "+13605550123"';
  return {
    severity: "warning",
    summary:
      country === undefined
        ? `${handle} has no country code, so only its digits are compared`
        : `${handle} is not a possible phone number in ${country}, so only its digits are compared`,
    advice: country === undefined ? `${withPlus}, or set settings.phone_country.` : `${withPlus}.`,
    location,
  };
}

export const phoneCountryUnknown: Rule = ({ settings }) =>
  settings.flatMap(({ settings: { phoneCountry }, phoneCountryLocation, location }) => {
    if (phoneCountry === undefined || isPhoneCountry(phoneCountry)) return [];
    const advice = "Use a two-letter country code (ISO 3166-1), such as US or DE.";
    return [{ summary: `"${phoneCountry}" is not a country code`, advice, location: phoneCountryLocation ?? location }];
  });
