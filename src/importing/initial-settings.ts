import type { FrontApi } from "../front/api.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { countryOfPhone } from "../model/phone.ts";
import type { InitialSettings } from "./initial-files.ts";

/** The minimum number of phone numbers. Fewer may share a country by chance. */
const MIN_NUMBERS = 10;

/**
 * Returns settings for a company: its id, and the country of its phone numbers if all international numbers of the
 * oldest hundred contacts share it. Front's API does not return the country of a company.
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
