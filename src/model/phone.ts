import {
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  Metadata,
  parsePhoneNumberFromString,
} from "libphonenumber-js/min";
import { append } from "./append.ts";

/**
 * Matches digits with common separators. Letters do not match, because `DHL24365` and `+1 555 123 4567 ext. 890` are
 * not the same handles as the numbers that they contain. Excludes decimal numbers such as `3605550123.0`, which
 * programs export from columns of numbers with empty cells.
 */
const PHONE = /^(?!\d+\.0$)\+?[\d\s().\-/\u2010-\u2015]+$/;
/**
 * Matches a number with a zero after the country code. The zero may be a trunk prefix, which E.164 omits. The one-digit
 * country codes 1 and 7 are never followed by a zero.
 */
const MAY_HAVE_TRUNK_PREFIX =
  /^\+(?:(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])0|(?:2[1-689]|3[578]|42|5[09]|6[7-9]|8[03578]|9[679])\d0)/;
const PLUS_AND_DIGITS = /^\+\d+$/;
const MAX_SHORT_CODE_LENGTH = 8;
/** Maximum number of digits of a number that is always a short code. */
const CERTAIN_SHORT_CODE_LENGTH = 6;
/** Matches a short code, with or without the country code that Front may add to it (docs/front.md#handles). */
const CERTAIN_SHORT_CODE = /^(?:\+1)?(\d{3,6})$/;
const MAX_COUNTRY_CODE_LENGTH = 3;

/**
 * Removes the marks that Apple's operating systems put around a copied phone number. Keeps the right-to-left override
 * (U+202E), which shows the digits of a number in reverse order, so that validation reports it.
 */
export function withoutDirectionMarks(text: string): string {
  return text.replace(/(?!\u202e)\p{Bidi_Control}/gu, "");
}

export function looksLikePhone(text: string): boolean {
  return PHONE.test(text);
}

export function isPhoneCountry(code: string): boolean {
  return isSupportedCountry(code);
}

/**
 * Converts a phone number to E.164. Returns undefined if the text cannot be converted. A number without a leading plus
 * requires a country, and is not converted if it may lack an area code, a plus or a trunk prefix. A number with an
 * extension cannot be converted, because E.164 has no extensions.
 */
export function toE164(text: string, country?: string): string | undefined {
  const trimmed = text.trim();
  if (isCertainlyE164(trimmed)) return trimmed;
  if (!looksLikePhone(trimmed)) return undefined;
  const parsed = parse(trimmed, country);
  if (parsed === undefined) return undefined;
  if (trimmed.startsWith("+")) return parsed.number;
  const isUnambiguous = isComplete(trimmed, parsed, country) && !mayLackOnlyPlus(trimmed, parsed);
  return isUnambiguous ? parsed.number : undefined;
}

/**
 * Returns whether a number is ambiguous because spreadsheets remove a leading plus and a leading zero: in Germany,
 * `4915112345678` may be `+4915112345678` or `04915112345678`.
 */
export function mayContainCountryCode(text: string, country: string): boolean {
  const trimmed = text.trim();
  if (trimmed.startsWith("+") || !looksLikePhone(trimmed)) return false;
  const parsed = parse(trimmed, country);
  return parsed !== undefined && mayLackOnlyPlus(trimmed, parsed);
}

/**
 * Returns whether the digits are also a valid number in the country if a plus, and not a trunk prefix, is added. False
 * for a number that is written without a trunk prefix in its country.
 */
function mayLackOnlyPlus(text: string, parsed: ParsedNumber): boolean {
  const digits = digitsIn(text);
  if (!digits.startsWith(parsed.countryCallingCode)) return false;
  const international = parse(`+${digits}`);
  if (international?.isValid() !== true || international.number === parsed.number) return false;
  return digitsIn(parsed.formatNational()) !== parsed.nationalNumber;
}

/** Combines the numbering plans of all countries with the same country code. */
interface NumberingPlan {
  /** The lengths that are possible in all of these countries. */
  readonly lengths: readonly number[];
  /** Matches a prefix after the country code that parsing may remove or replace. */
  readonly prefix: RegExp | undefined;
}

/** Indexed by country code. Created when the first number is checked. */
let numberingPlans: readonly (NumberingPlan | undefined)[] | undefined;

/**
 * Returns whether the text is certainly a possible number in E.164 that parsing would not change. Parsing takes fifty
 * times as long.
 */
function isCertainlyE164(text: string): boolean {
  if (!PLUS_AND_DIGITS.test(text)) return false;
  numberingPlans ??= readNumberingPlans();
  for (let start = 2, code = 0; start <= MAX_COUNTRY_CODE_LENGTH + 1; start += 1) {
    code = code * 10 + Number(text[start - 1]);
    // No country code begins with a zero.
    if (code === 0) return false;
    const plan = numberingPlans[code];
    if (plan === undefined) continue;
    if (!plan.lengths.includes(text.length - start)) return false;
    if (plan.prefix === undefined) return true;
    plan.prefix.lastIndex = start;
    return !plan.prefix.test(text);
  }
  return false;
}

function readNumberingPlans(): readonly (NumberingPlan | undefined)[] {
  const byCode = new Map<number, CountryPlan[]>();
  for (const country of getCountries()) {
    const metadata = new Metadata();
    metadata.selectNumberingPlan(country);
    append(byCode, Number(getCountryCallingCode(country)), metadata.numberingPlan as unknown as CountryPlan);
  }
  const plans: (NumberingPlan | undefined)[] = [];
  for (const [code, countryPlans] of byCode) plans[code] = commonPlan(countryPlans);
  return plans;
}

/** The numbering plan of a country in libphonenumber-js. The types of the package omit `nationalPrefixForParsing`. */
interface CountryPlan {
  possibleLengths(): readonly number[];
  nationalPrefixForParsing(): string | undefined;
}

function commonPlan(countryPlans: readonly CountryPlan[]): NumberingPlan {
  const [lengths = [], ...others] = countryPlans.map((plan) => plan.possibleLengths());
  const prefixes = new Set(countryPlans.map((plan) => plan.nationalPrefixForParsing()).filter(Boolean));
  return {
    lengths: lengths.filter((length) => others.every((other) => other.includes(length))),
    prefix: prefixes.size === 0 ? undefined : new RegExp(`(?:${[...prefixes].join("|")})`, "y"),
  };
}

/**
 * Returns the country of a number; undefined if the number has no leading plus, or if its digits do not determine the
 * country.
 */
export function countryOfPhone(text: string): string | undefined {
  return text.startsWith("+") ? parse(text)?.country : undefined;
}

function parse(text: string, country?: string) {
  const options = { extract: false, ...(country && isSupportedCountry(country) ? { defaultCountry: country } : {}) };
  const parsed = parsePhoneNumberFromString(text, options);
  return parsed === undefined || parsed.ext !== undefined || !parsed.isPossible() ? undefined : parsed;
}

type ParsedNumber = NonNullable<ReturnType<typeof parse>>;

/**
 * Returns whether a number without a leading plus includes the area code. A number of seven or eight digits must be
 * valid in the country. If adding a trunk prefix results in the same number, the prefix is missing, so the area code
 * may be missing too.
 */
function isComplete(text: string, parsed: ParsedNumber, country: string | undefined): boolean {
  const digits = digitsIn(text);
  if (digits.length > MAX_SHORT_CODE_LENGTH) return true;
  if (digits.length <= CERTAIN_SHORT_CODE_LENGTH) return false;
  return parsed.isValid() && (digits.startsWith("0") || parse(`0${digits}`, country)?.number !== parsed.number);
}

/** Returns whether a text is a short code, which has three to eight digits and no plus. */
export function isShortCode(text: string): boolean {
  return looksLikePhone(text) && /^\d{3,8}$/.test(digitsIn(text)) && !text.trim().startsWith("+");
}

/**
 * Returns the digits of a phone number, without a trunk prefix after the country code. Adds a plus if the digits may
 * begin with a country code, because `+1 512 555-1337` and `15125551337` are the same number. A text that is not a
 * phone number is only trimmed.
 */
export function canonicalPhone(text: string): string {
  const trimmed = text.trim();
  if (PLUS_AND_DIGITS.test(trimmed)) return withoutTrunkPrefix(trimmed);
  if (!looksLikePhone(trimmed)) return trimmed;
  const digits = digitsIn(trimmed);
  const isInternational = trimmed.startsWith("+") || (digits.length > MAX_SHORT_CODE_LENGTH && !digits.startsWith("0"));
  return isInternational ? withoutTrunkPrefix(`+${digits}`) : digits;
}

const MAX_NATIONAL_LENGTH = 10;

/**
 * Adds a plus to a number that begins with a country code, because Front may add another country code to a number
 * without a plus (docs/front.md#handles). Returns the text unchanged if it may be a number without a country code.
 * `country` is the country of such numbers: in Brazil, `51987654321` is not a number in Peru (+51).
 */
export function withPlus(text: string, country: string | undefined): string {
  const canonical = canonicalPhone(text);
  const lacksPlus = !text.trim().startsWith("+") && digitsIn(text).length > MAX_NATIONAL_LENGTH;
  if (!lacksPlus || !canonical.startsWith("+") || !parse(canonical)?.isValid()) return text;
  const national = country === undefined ? undefined : toE164(text, country);
  return national === undefined || national === canonical ? canonical : text;
}

/**
 * Removes a trunk prefix after the country code. Checks the pattern first, because parsing takes a hundred times as
 * long.
 */
function withoutTrunkPrefix(number: string): string {
  return MAY_HAVE_TRUNK_PREFIX.test(number) ? (parse(number)?.number ?? number) : number;
}

/**
 * Minimum number of trailing digits that two spellings of the same number have in common. Fewer digits may match by
 * chance.
 */
const MIN_SHARED_DIGITS = 7;

/**
 * Returns whether two phone numbers have the same last digits or the same short code, and at least one of them has no
 * plus, so it may lack the country code.
 */
export function mayBeSamePhone(one: string, other: string): boolean {
  if (one.trim().startsWith("+") && other.trim().startsWith("+")) return false;
  if (!looksLikePhone(one.trim()) || !looksLikePhone(other.trim())) return false;
  if (haveSameShortCode(one, other)) return true;
  const [a, b] = [digitsIn(one), digitsIn(other)];
  return (
    a.length >= MIN_SHARED_DIGITS &&
    b.length >= MIN_SHARED_DIGITS &&
    a.slice(-MIN_SHARED_DIGITS) === b.slice(-MIN_SHARED_DIGITS)
  );
}

function haveSameShortCode(one: string, other: string): boolean {
  const shortCode = shortCodeIn(one);
  return shortCode !== undefined && shortCode === shortCodeIn(other);
}

/** Returns the short code of a number, without the country code that Front may have added. */
function shortCodeIn(text: string): string | undefined {
  return CERTAIN_SHORT_CODE.exec(canonicalPhone(text))?.[1];
}

function digitsIn(text: string): string {
  return text.replace(/\D/g, "");
}

/** Returns whether two phone numbers differ only in a country code or trunk prefix that one of them lacks. */
export function differOnlyInCountry(one: string, other: string): boolean {
  if (!mayBeSamePhone(one, other)) return false;
  if (haveSameShortCode(one, other)) return true;
  const [shorter = "", longer = ""] = [one, other]
    .map((text) => digitsIn(text).replace(/^0+/, ""))
    .sort((a, b) => a.length - b.length);
  return (
    shorter.length >= MIN_SHARED_DIGITS &&
    longer.endsWith(shorter) &&
    longer.length - shorter.length <= MAX_COUNTRY_CODE_LENGTH
  );
}

/**
 * Returns the short code of a number, or the last digits, which all its spellings share. Returns undefined if there are
 * too few digits.
 */
export function lastDigits(text: string): string | undefined {
  const digits = PLUS_AND_DIGITS.test(text) ? text.slice(1) : looksLikePhone(text) ? digitsIn(text) : "";
  const shortCode = digits.length > MIN_SHARED_DIGITS ? undefined : shortCodeIn(text);
  return shortCode ?? (digits.length < MIN_SHARED_DIGITS ? undefined : digits.slice(-MIN_SHARED_DIGITS));
}
