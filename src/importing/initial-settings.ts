import type { FrontApi } from "../front/api.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { countryOfPhone } from "../model/phone.ts";
import type { InitialSettings } from "./initial-files.ts";

/** Fewer numbers may share a country by chance. */
const MIN_NUMBERS = 10;

/**
 * Returns the settings that Front shows: the company, and the country of its phone numbers if each international number
 * of the oldest hundred contacts has the same one. Front's API does not show the country that a company is in.
 */
export async function readInitialSettings(front: Pick<FrontApi, "me" | "contacts">): Promise<InitialSettings> {
  const { id } = await front.me();
  const company = /^cmp_[a-zA-Z0-9]+$/.test(id) ? id : undefined;
  return omitUndefined({ company, phoneCountry: await phoneCountryOf(front) });
}

async function phoneCountryOf(front: Pick<FrontApi, "contacts">): Promise<string | undefined> {
  for await (const { contacts } of front.contacts()) {
    const numbers = contacts.flatMap(({ handles }) => handles).filter(({ source }) => source === "phone");
    const countries = numbers.flatMap(({ handle }) => (handle.startsWith("+") ? [countryOfPhone(handle)] : []));
    const [first, ...others] = countries;
    return countries.length >= MIN_NUMBERS && others.every((country) => country === first) ? first : undefined;
  }
  return undefined;
}
