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

/** Masks emails and phone numbers in output. Equal values stay recognizable as equal. */
export interface Mask {
  /** Masks a handle, depending on its source. */
  readonly handle: (handle: Handle) => string;
  /** Masks every email and phone number in a text. */
  readonly text: (text: string) => string;
  /** Masks a line, and adjusts a span of it. */
  readonly line: (line: string, span: Span) => { readonly line: string; readonly span: Span };
}

/** A part of a line, in UTF-16 code units from 0. */
interface Span {
  readonly start: number;
  readonly length: number;
}

/** Masks nothing. */
export const NO_MASK: Mask = {
  handle: ({ handle }) => handle,
  text: (text) => text,
  line: (line, span) => ({ line, span }),
};

/**
 * Masks text that looks like an email or an international phone number, and known handles in any form. Addresses of
 * teammates, in lower case, are shown.
 */
export function maskFor(known: Iterable<Handle>, teammates: ReadonlySet<string> = new Set()): Mask {
  const { phones, unusualEmails } = sortKnown(known);
  const find = (text: string) =>
    findHidden(text, phones, unusualEmails).filter(
      ({ start, end }) => !endsWithTeammate(text.slice(start, end), teammates),
    );
  return {
    handle: maskHandle,
    text: (text) => replaceHidden(text, find(text)),
    line: (line, span) => maskLine(line, span, find(line)),
  };
}

/**
 * Returns whether a found text ends with the address of a teammate. Quotes before an address are part of the match,
 * because a local part may be quoted.
 */
function endsWithTeammate(found: string, teammates: ReadonlySet<string>): boolean {
  const [, before = "", email = ""] = /^(.*["`\s])?([^"`\s]*)$/s.exec(found) ?? [];
  return !before.includes("@") && teammates.has(email.toLowerCase());
}

/** Returns a masked email such as `d***@acme.example#a1b2`, with at most the first letter of the local part. */
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
  const [start, end] = digits.length < 8 ? ["", ""] : [`+${digits[0]}`, digits.slice(-2)];
  return `${start}***${end}#${fingerprint(`+${digits}`)}`;
}

function maskHandle({ source, handle }: Handle): string {
  if (source === "phone") return maskPhone(handle);
  if (source === "email") return maskEmail(handle);
  return replaceHidden(handle, findHidden(handle, new Set(), undefined));
}

/** Returns a hash that is long enough to distinguish values, and too short to recover the value. */
function fingerprint(canonical: string): string {
  return createHash("sha256").update(canonical).digest("hex").slice(0, 4);
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

interface Hidden {
  readonly start: number;
  readonly end: number;
  readonly shown: string;
}

const EMAIL =
  /(?:"[^"\n]{1,64}"|[^\s"'<>()[\]{},;:*@\\…])(?:[^\s"<>()[\]{},;:*@\\…]{0,200}@[\p{L}\p{N}_-]{1,64}(?:\.[\p{L}\p{N}_-]{1,64}){0,20})+/gu;
/** Digits with common separators. An extension may follow a number with `+`, as in `+13605550123x1`. */
const DIGITS = /\+\(?\d(?:[\s().\-/]{0,3}\d){3,30}(?![\d@])|(?<![\w*#.@+-])\(?\d(?:[\s().\-/]{0,3}\d){3,30}(?![\w@])/g;

function sortKnown(known: Iterable<Handle>): { phones: ReadonlySet<string>; unusualEmails: RegExp | undefined } {
  const phones = new Set<string>();
  const unusualEmails: string[] = [];
  for (const { source, handle } of known) {
    const digits = digitsOf(handle);
    if (source === "phone" && digits.length > 3) phones.add(digits);
    if (source === "email" && handle.includes("@") && !isPlain(handle.trim())) unusualEmails.push(handle.trim());
  }
  const pattern = unusualEmails.map((email) => email.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|");
  return { phones, unusualEmails: pattern === "" ? undefined : new RegExp(pattern, "gi") };
}

/** Returns whether the general pattern matches the whole email. */
function isPlain(email: string): boolean {
  const [found] = email.match(EMAIL) ?? [];
  return found === email;
}

/** Returns the parts of a text to mask, in order and without overlaps. */
function findHidden(text: string, phones: ReadonlySet<string>, unusualEmails: RegExp | undefined): Hidden[] {
  const found = [
    ...(unusualEmails === undefined ? [] : matches(text, unusualEmails, maskEmail)),
    ...(text.includes("@") ? matches(text, EMAIL, maskEmail) : []),
    ...findPhones(text, phones),
  ].sort((a, b) => a.start - b.start || b.end - a.end);
  const apart: Hidden[] = [];
  for (const next of found) {
    const last = apart.at(-1);
    if (last === undefined || last.end <= next.start) apart.push(next);
    else if (last.end < next.end) apart[apart.length - 1] = joinParts(text, last.start, next.end);
  }
  return apart;
}

/** Joins overlapping parts into one without a known kind. */
function joinParts(text: string, start: number, end: number): Hidden {
  return { start, end, shown: `***#${fingerprint(text.slice(start, end))}` };
}

function matches(text: string, pattern: RegExp, mask: (found: string) => string): Hidden[] {
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
    start: index,
    end: index + found.length,
    shown: mask(found),
  }));
}

function findPhones(text: string, phones: ReadonlySet<string>): Hidden[] {
  return [...text.matchAll(DIGITS)].flatMap(({ 0: run, index }) => {
    const isPhone = phones.has(digitsOf(run)) || (run.startsWith("+") && digitsOf(run).length > 5);
    if (isPhone) return [{ start: index, end: index + run.length, shown: maskPhone(run) }];
    return matches(run, /\S+/g, maskPhone)
      .filter(({ start, end }) => phones.has(digitsOf(run.slice(start, end))))
      .map(({ start, end, shown }) => ({ start: start + index, end: end + index, shown }));
  });
}

function replaceHidden(text: string, hidden: readonly Hidden[]): string {
  let from = 0;
  const parts = hidden.map(({ start, end, shown }) => {
    const part = text.slice(from, start) + shown;
    from = end;
    return part;
  });
  return parts.join("") + text.slice(from);
}

/** Masks a line. A span that begins or ends inside a masked part is extended to the whole part. */
function maskLine(line: string, span: Span, hidden: readonly Hidden[]): { line: string; span: Span } {
  const touches = ({ start, end }: Hidden, at: number) => start < at && at < end;
  const end = span.start + span.length;
  const from = hidden.find((one) => touches(one, span.start))?.start ?? span.start;
  const to = hidden.find((one) => touches(one, end))?.end ?? end;
  const lengthUntil = (at: number) =>
    replaceHidden(
      line.slice(0, at),
      hidden.filter((one) => one.end <= at),
    ).length;
  const start = lengthUntil(from);
  return { line: replaceHidden(line, hidden), span: { start, length: lengthUntil(to) - start } };
}

/** Returns a copy of plain data with all texts and handles masked. */
function maskData<T>(data: T, mask: Mask): T {
  if (typeof data === "string") return mask.text(data) as T;
  if (Array.isArray(data)) return data.map((each) => maskData(each, mask)) as T;
  if (typeof data !== "object" || data === null) return data;
  const masked = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, maskData(value, mask)]));
  return (isHandle(data) ? { ...masked, handle: mask.handle(data) } : masked) as T;
}

function isHandle(data: object): data is Handle {
  return "source" in data && "handle" in data && typeof data.source === "string" && typeof data.handle === "string";
}

/**
 * Returns the addresses of teammates in custom fields of a plan, in lower case. An address that is also a handle of a
 * contact in the plan is not among them.
 */
export function teammatesOf({ changes, operations }: Plan): ReadonlySet<string> {
  const fields = operations.flatMap((operation) => ("customFields" in operation ? (operation.customFields ?? []) : []));
  const values = fields.flatMap(({ type, before, after }) => (type === "teammate" ? [before, after] : []));
  const handles = changes.flatMap(({ before, after }) => [...handlesOf(before), ...handlesOf(after)]);
  const customers = new Set(handles.map(({ handle }) => handle.toLowerCase()));
  const emails = values.filter((value) => typeof value === "string").map((value) => value.toLowerCase());
  return new Set(emails.filter((email) => !customers.has(email)));
}

/** Returns the handles of a contact, or of the contacts on a list. */
function handlesOf(side: Attributes | null): readonly Handle[] {
  return [...(side?.handles ?? []), ...(side?.members ?? []).flatMap(({ handles }) => handles)];
}

function handlesIn({ attribute, before, after, base }: Difference): Handle[] {
  if (attribute !== "handles") return [];
  return [before, after, base].flatMap((value) =>
    typeof value === "object" && value !== null && isHandle(value) ? [value] : [],
  );
}

/** Masks a plan except for source locations. */
export function maskPlan(plan: Plan, mask: Mask): Plan {
  if (mask === NO_MASK) return plan;
  return {
    ...plan,
    company: { ...plan.company, name: mask.text(plan.company.name) },
    changes: plan.changes.map((change) => maskLocated(change, mask)),
    ...(plan.base === undefined
      ? {}
      : { base: { ...plan.base, drift: plan.base.drift.map((each) => maskLocated(each, mask)) } }),
  };
}

type Located = { readonly location?: SourceLocation; readonly differences: readonly Difference[] };

function maskLocated<T extends Located>(data: T, mask: Mask): T {
  const differences = data.differences.map(({ defaultLocation, ...difference }) => ({
    ...maskData(difference, mask),
    ...(defaultLocation === undefined ? {} : { defaultLocation }),
  }));
  return {
    ...maskData(data, mask),
    differences,
    ...(data.location === undefined ? {} : { location: data.location }),
  };
}

/** A phone number in YAML, for files that cannot be parsed. */
const WRITTEN = /\bhandle["']?\s*:\s*["']?(\+?[\d().\- /]{5,40})/g;

function* handlesInPlan({ changes, base }: Plan): Generator<Handle> {
  for (const { before, after } of changes) yield* [...handlesOf(before), ...handlesOf(after)];
  for (const { differences } of base?.drift ?? []) yield* differences.flatMap(handlesIn);
}

/** Yields every handle in the configuration and the plan. */
export function* knownHandles(
  desired: DesiredState | undefined,
  plan: Plan | undefined,
  sources: SourceTexts,
): Generator<Handle> {
  for (const { handles } of [...(desired?.contacts ?? []), ...(desired?.base?.contacts ?? [])]) yield* handles;
  if (plan !== undefined) yield* handlesInPlan(plan);
  if (desired !== undefined) return;
  for (const text of sources.values()) {
    for (const [, handle = ""] of text.matchAll(WRITTEN)) yield { source: "phone", handle };
  }
}
