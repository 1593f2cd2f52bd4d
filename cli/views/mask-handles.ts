import { createHash } from "node:crypto";
import type {
  Attributes,
  DesiredState,
  Difference,
  Handle,
  Plan,
  SourceLocation,
  SourceTexts,
} from "../../src/internal.ts";

/** Masks email addresses and phone numbers in output. Equal values have equal masks. */
export interface Mask {
  readonly handle: (handle: Handle) => string;
  readonly text: (text: string) => string;
  /** Also returns the position of the span in the masked line. */
  readonly line: (line: string, span: Span) => { readonly line: string; readonly span: Span };
}

/** A part of a line, in UTF-16 code units from 0. */
interface Span {
  readonly start: number;
  readonly length: number;
}

export const NO_MASK: Mask = {
  handle: ({ handle }) => handle,
  text: (text) => text,
  line: (line, span) => ({ line, span }),
};

/**
 * Returns a mask for the email addresses and phone numbers in `handles`, and for text that looks like an email address
 * or an international phone number. Also masks a number in `handles` that is written with other common separators or
 * without its country code. In text, does not mask the email addresses in `teammates`, which must be in lower case.
 */
export function maskFor(handles: Iterable<Handle>, teammates: ReadonlySet<string> = new Set()): Mask {
  const { phones, unusualEmails } = phonesAndUnusualEmails(handles);
  const find = (text: string) =>
    findMasked(text, phones, unusualEmails).filter(({ start, end }) => !isTeammate(text.slice(start, end), teammates));
  return {
    handle: maskHandle,
    text: (text) => replaceMasked(text, find(text)),
    line: (line, span) => maskLine(line, span, find(line)),
  };
}

/**
 * Returns whether a match is the email address of a teammate, perhaps after quoted text. Quotes before an address are
 * part of a match of `EMAIL`, because a local part may be quoted.
 */
function isTeammate(match: string, teammates: ReadonlySet<string>): boolean {
  const [, before = "", email = ""] = /^(.*["\s])?([^"\s]*)$/s.exec(match) ?? [];
  return !before.includes("@") && teammates.has(email.toLowerCase());
}

/** Returns a masked email address such as `d***@acme.example#a1b2`. Shows at most one letter or digit before the @. */
function maskEmail(email: string): string {
  const at = email.lastIndexOf("@");
  const [first = "", ...others] = email.trim().slice(0, Math.max(0, at));
  const start = others.length > 0 && /[\p{L}\p{N}]/u.test(first) ? first : "";
  const domain = at === -1 ? "" : `@${email.slice(at + 1).trim()}`;
  return `${start}***${domain}#${fingerprint(email.trim().toLowerCase())}`;
}

/** Returns a masked number such as `+1***23#a1b2`, without any digits if the number is short. */
function maskPhone(phone: string): string {
  const digits = digitsOf(phone);
  const sign = phone.trim().startsWith("+") ? "+" : "";
  const [start, end] = digits.length < 8 ? ["", ""] : [`${sign}${digits[0]}`, digits.slice(-2)];
  return `${start}***${end}#${fingerprint(`+${digits}`)}`;
}

function maskHandle({ source, handle }: Handle): string {
  if (source === "phone") return maskPhone(handle);
  if (source === "email") return maskEmail(handle);
  return replaceMasked(handle, findMasked(handle, NO_PHONES, undefined));
}

/** Returns a hash that usually distinguishes values, but is too short to recover a value. */
function fingerprint(canonical: string): string {
  return createHash("sha256").update(canonical).digest("hex").slice(0, 4);
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

/** A part of a text to mask, in UTF-16 code units from 0, and its replacement. */
interface MaskedPart {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/**
 * Matches an email address, without the characters that an output format puts around values: the backticks of Markdown,
 * and text such as `", "` between two quoted values. These characters must stay when output is masked again before it
 * is printed.
 */
const EMAIL =
  /(?:"(?![\s,])[^"\n]{1,64}"|[^\s"'`<>()[\]{},;:*@\\…])(?:[^\s"`<>()[\]{},;:*@\\…]{0,200}@[\p{L}\p{N}_-]{1,64}(?:\.[\p{L}\p{N}_-]{1,64}){0,20})+/gu;
/** Digits with common separators. A number that begins with `+` may have an extension, as in `+13605550123x1`. */
const DIGITS =
  /\+\(?\d(?:[\s().\-/\u2010-\u2015]{0,3}\d){3,30}(?![\d@])|(?<![\w*#.@+-])\(?\d(?:[\s().\-/\u2010-\u2015]{0,3}\d){3,30}(?![\w@])/g;

/** Phone numbers by their last digits. The inner maps contain the spelling of each number, by all its digits. */
type Phones = ReadonlyMap<string, ReadonlyMap<string, string>>;

const NO_PHONES: Phones = new Map();

/** Minimum number of digits of a number without its country code. Shorter numbers often mean something else. */
const MIN_NATIONAL_DIGITS = 7;
/** Maximum number of digits of a known number before its national part: the country code, and perhaps a zero. */
const MAX_OMITTED_DIGITS = 4;

const lastDigits = (digits: string) => digits.slice(-MIN_NATIONAL_DIGITS);

/** `unusualEmails` matches the email addresses that `EMAIL` does not match. */
function phonesAndUnusualEmails(handles: Iterable<Handle>) {
  const phones = new Map<string, Map<string, string>>();
  const unusualEmails: string[] = [];
  for (const { source, handle } of handles) {
    const digits = digitsOf(handle);
    if (source === "phone" && digits.length > 3) {
      const sameEnd = phones.get(lastDigits(digits)) ?? new Map<string, string>();
      phones.set(lastDigits(digits), sameEnd.set(digits, handle));
    }
    if (source === "email" && handle.includes("@") && !isPlain(handle.trim())) unusualEmails.push(handle.trim());
  }
  const pattern = unusualEmails.map((email) => email.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|");
  return { phones, unusualEmails: pattern === "" ? undefined : new RegExp(pattern, "gi") };
}

function isPlain(email: string): boolean {
  return email.match(EMAIL)?.[0] === email;
}

/**
 * Returns the known phone number that a text represents, with or without its country code; undefined if there is none.
 * If the known number has the same digits, returns the text.
 */
function knownPhone(text: string, phones: Phones): string | undefined {
  const digits = digitsOf(text);
  const candidates = phones.get(lastDigits(digits));
  if (candidates === undefined || candidates.has(digits)) return candidates && text;
  // In many countries, the national format begins with a zero that the international format omits.
  const national = digits.replace(/^0+/, "");
  if (national.length < MIN_NATIONAL_DIGITS) return undefined;
  const known = [...candidates.keys()].find(
    (number) => number.endsWith(national) && number.length - national.length <= MAX_OMITTED_DIGITS,
  );
  return known === undefined ? undefined : candidates.get(known);
}

/** Returns the parts to mask, in order and without overlaps. */
function findMasked(text: string, phones: Phones, unusualEmails: RegExp | undefined): MaskedPart[] {
  const matches = [
    ...(unusualEmails === undefined ? [] : findMatches(text, unusualEmails, maskEmail)),
    ...(text.includes("@") ? findMatches(text, EMAIL, maskEmail) : []),
    ...findPhones(text, phones),
  ].sort((a, b) => a.start - b.start || b.end - a.end);
  const parts: MaskedPart[] = [];
  for (const next of matches) {
    const last = parts.at(-1);
    if (last === undefined || last.end <= next.start) parts.push(next);
    else if (last.end < next.end) parts[parts.length - 1] = maskedRange(text, last.start, next.end);
  }
  return parts;
}

/** Returns overlapping matches as one part, which is masked neither as an email address nor as a phone number. */
function maskedRange(text: string, start: number, end: number): MaskedPart {
  return { start, end, replacement: `***#${fingerprint(text.slice(start, end))}` };
}

function findMatches(text: string, pattern: RegExp, mask: (match: string) => string): MaskedPart[] {
  return [...text.matchAll(pattern)].map(({ 0: match, index }) => ({
    start: index,
    end: index + match.length,
    replacement: mask(match),
  }));
}

function findPhones(text: string, phones: Phones): MaskedPart[] {
  return [...text.matchAll(DIGITS)].flatMap(({ 0: run, index }) => {
    const isInternational = run.startsWith("+") && digitsOf(run).length > 5;
    const phone = knownPhone(run, phones) ?? (isInternational ? run : undefined);
    if (phone !== undefined) return [{ start: index, end: index + run.length, replacement: maskPhone(phone) }];
    return [...run.matchAll(/\S+/g)].flatMap(({ 0: part, index: offset }) => {
      const known = knownPhone(part, phones);
      const start = index + offset;
      return known === undefined ? [] : [{ start, end: start + part.length, replacement: maskPhone(known) }];
    });
  });
}

function replaceMasked(text: string, parts: readonly MaskedPart[]): string {
  let from = 0;
  const pieces = parts.map(({ start, end, replacement }) => {
    const piece = text.slice(from, start) + replacement;
    from = end;
    return piece;
  });
  return pieces.join("") + text.slice(from);
}

/** Returns the masked line and its span. Extends a span that begins or ends inside a masked part to the whole part. */
function maskLine(line: string, span: Span, parts: readonly MaskedPart[]): { line: string; span: Span } {
  const partAt = (at: number) => parts.find(({ start, end }) => start < at && at < end);
  const end = span.start + span.length;
  const from = partAt(span.start)?.start ?? span.start;
  const to = partAt(end)?.end ?? end;
  const lengthUntil = (at: number) =>
    replaceMasked(
      line.slice(0, at),
      parts.filter((part) => part.end <= at),
    ).length;
  const start = lengthUntil(from);
  return { line: replaceMasked(line, parts), span: { start, length: lengthUntil(to) - start } };
}

/** Returns a value with all its strings masked, and its handles masked by their source. */
function maskStrings<T>(value: T, mask: Mask): T {
  if (typeof value === "string") return mask.text(value) as T;
  if (Array.isArray(value)) return value.map((item) => maskStrings(item, mask)) as T;
  if (typeof value !== "object" || value === null) return value;
  const masked = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskStrings(item, mask)]));
  return (isHandle(value) ? { ...masked, handle: mask.handle(value) } : masked) as T;
}

function isHandle(value: object): value is Handle {
  return "source" in value && "handle" in value && typeof value.source === "string" && typeof value.handle === "string";
}

/**
 * Returns the email addresses of teammates in custom fields of a plan, in lower case. Excludes addresses that are also
 * handles of a contact in the plan.
 */
export function teammatesOf({ changes, operations }: Plan): ReadonlySet<string> {
  const fields = operations.flatMap((operation) => ("customFields" in operation ? (operation.customFields ?? []) : []));
  const values = fields.flatMap(({ type, before, after }) => (type === "teammate" ? [before, after] : []));
  const handles = changes.flatMap(({ before, after }) => [...handlesOf(before), ...handlesOf(after)]);
  const customers = new Set(handles.map(({ handle }) => handle.toLowerCase()));
  const emails = values.filter((value) => typeof value === "string").map((value) => value.toLowerCase());
  return new Set(emails.filter((email) => !customers.has(email)));
}

function handlesOf(side: Attributes | null): readonly Handle[] {
  return [...(side?.handles ?? []), ...(side?.members ?? []).flatMap(({ handles }) => handles)];
}

function changedHandles({ attribute, before, after, base }: Difference): Handle[] {
  if (attribute !== "handles") return [];
  return [before, after, base].flatMap((value) =>
    typeof value === "object" && value !== null && isHandle(value) ? [value] : [],
  );
}

/**
 * Returns a plan whose company name, changes and drift are masked, except their source locations. Operations are not
 * masked.
 */
export function maskPlan(plan: Plan, mask: Mask): Plan {
  if (mask === NO_MASK) return plan;
  return {
    ...plan,
    company: { ...plan.company, name: mask.text(plan.company.name) },
    changes: plan.changes.map((change) => maskLocated(change, mask)),
    ...(plan.base === undefined
      ? {}
      : { base: { ...plan.base, drift: plan.base.drift.map((resource) => maskLocated(resource, mask)) } }),
  };
}

type Located = { readonly location?: SourceLocation; readonly differences: readonly Difference[] };

function maskLocated<T extends Located>(resource: T, mask: Mask): T {
  const differences = resource.differences.map(({ defaultLocation, ...difference }) => ({
    ...maskStrings(difference, mask),
    ...(defaultLocation === undefined ? {} : { defaultLocation }),
  }));
  return {
    ...maskStrings(resource, mask),
    differences,
    ...(resource.location === undefined ? {} : { location: resource.location }),
  };
}

/** Matches a phone number in YAML, for a configuration that cannot be loaded. */
const YAML_PHONE = /\bhandle["']?\s*:\s*["']?(\+?[\d().\- /]{5,40})/g;

function* handlesInPlan({ changes, base }: Plan): Generator<Handle> {
  for (const { before, after } of changes) yield* [...handlesOf(before), ...handlesOf(after)];
  for (const { differences } of base?.drift ?? []) yield* differences.flatMap(changedHandles);
}

/**
 * Yields the handles in a configuration and a plan. If the configuration could not be loaded, yields the phone numbers
 * in its files instead.
 */
export function* knownHandles(
  desired: DesiredState | undefined,
  plan: Plan | undefined,
  sources: SourceTexts | undefined,
): Generator<Handle> {
  for (const { handles } of [...(desired?.contacts ?? []), ...(desired?.base?.contacts ?? [])]) yield* handles;
  if (plan !== undefined) yield* handlesInPlan(plan);
  if (desired !== undefined) return;
  for (const text of sources?.values() ?? []) {
    for (const [, handle = ""] of text.matchAll(YAML_PHONE)) yield { source: "phone", handle };
  }
}
