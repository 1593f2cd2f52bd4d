import leven from "leven";
import { differOnlyInForm } from "./unicode-forms.ts";

/** Maximum length of strings to compare, because a comparison takes quadratic time. */
const MAX_LENGTH = 100;
const MAX_CANDIDATES = 1000;

/**
 * Returns the most similar candidate: one that looks the same, or else the one with the smallest number of typing
 * errors, then the longest common prefix. If no candidate is similar enough, returns the first one that begins or ends
 * with the input, or that is the beginning or the end of the input.
 */
export function suggest(input: string, candidates: Iterable<string>): string | undefined {
  if (input.length > MAX_LENGTH) return undefined;
  const limit = 1 + maxTypos(input);
  const normalizedInput = normalize(input);
  const compared = firstOf(candidates, MAX_CANDIDATES).filter((candidate) => candidate !== input);
  const lookalike = compared.find((candidate) => differOnlyInForm(input, candidate));
  if (lookalike !== undefined) return lookalike;
  let nearest: string | undefined;
  let minDistance = limit;
  for (const candidate of compared) {
    const name = normalize(candidate);
    const typos = countTypos(normalizedInput, name, limit);
    const distance = typos < limit ? typos - commonPrefixLength(normalizedInput, name) / (MAX_LENGTH + 1) : limit;
    if (distance < minDistance) {
      nearest = candidate;
      minDistance = distance;
    }
  }
  return nearest ?? compared.find((candidate) => isAffix(normalize(candidate).text, normalizedInput.text));
}

const MAX_NAMES = 200;

/** Suggests candidates for mistyped names. To limit the time, only the first `MAX_NAMES` names get a suggestion. */
export class Suggestions {
  readonly #candidates: () => Iterable<string>;
  readonly #suggestions = new Map<string, string | undefined>();

  constructor(candidates: () => Iterable<string>) {
    this.#candidates = candidates;
  }

  suggestFor(name: string): string | undefined {
    if (!this.#suggestions.has(name) && this.#suggestions.size < MAX_NAMES)
      this.#suggestions.set(name, suggest(name, this.#candidates()));
    return this.#suggestions.get(name);
  }
}

/** Reads at most `count` values, because a configuration may have many candidates and many mistyped names. */
function firstOf(values: Iterable<string>, count: number): string[] {
  const first: string[] = [];
  for (const value of values) {
    if (first.length >= count) break;
    first.push(value);
  }
  return first;
}

/** Minimum length of a partial match. Shorter strings are part of too many candidates. */
const MIN_PART = 3;

function isAffix(a: string, b: string): boolean {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  if (shorter.length < MIN_PART || shorter === longer) return false;
  return longer.startsWith(shorter) || longer.endsWith(shorter);
}

function commonPrefixLength({ text: a }: Normalized, { text: b }: Normalized): number {
  const firstDifference = Array.from(a).findIndex((letter, index) => letter !== b[index]);
  return firstDifference === -1 ? Math.min(a.length, MAX_LENGTH) : firstDifference;
}

function maxTypos({ length }: string): number {
  // Every name of one letter is one typing error away from every other.
  if (length < 2) return 0;
  return Math.max(1, Math.min(3, Math.floor((length + 1) / 3)));
}

/** Returns at least `limit` if there are too many typing errors. */
function countTypos(input: Normalized, candidate: Normalized, limit: number): number {
  if (candidate.isTooLong || mustExceed(input, candidate, limit)) return limit;
  const [a, b] = [input.text, candidate.text];
  if (isSwap(a, b)) return 1;
  const edits = leven(a, b, { maxDistance: limit });
  // People rarely mistype both the first letter and another letter.
  return edits > 1 && a[0] !== b[0] ? edits + 1 : edits;
}

/**
 * Returns whether the lengths or letters alone show that at least `limit` edits are necessary. Most candidates do not
 * need a comparison that takes quadratic time.
 */
function mustExceed(a: Normalized, b: Normalized, limit: number): boolean {
  if (Math.abs(a.text.length - b.text.length) >= limit) return true;
  return countBits(a.letters & ~b.letters) >= limit || countBits(b.letters & ~a.letters) >= limit;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/** Two swapped letters are one typing error but two edits. */
function isSwap(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let index = 0;
  while (index < a.length && a[index] === b[index]) index += 1;
  if (index === a.length || a[index] !== b[index + 1] || a[index + 1] !== b[index]) return false;
  return a.slice(index + 2) === b.slice(index + 2);
}

interface Normalized {
  readonly text: string;
  /** A bit for each letter that occurs. Different letters may have the same bit. */
  readonly letters: number;
  readonly isTooLong: boolean;
}

const MAX_NORMALIZED = 4 * MAX_CANDIDATES;
/** A cache, because many names may be compared with the same candidates. */
const normalized = new Map<string, Normalized>();

/** Returns a form that is equal for `jobTitle`, `job-title`, `Job Title` and `“Job Title”`. */
function normalize(name: string): Normalized {
  const cached = normalized.get(name);
  if (cached !== undefined) return cached;
  const text = name.toLowerCase().replaceAll(/[\s_“”‘’-]/g, "");
  let letters = 0;
  for (let index = 0; index < text.length; index += 1) letters |= 1 << (text.charCodeAt(index) & 31);
  const result = { text, letters, isTooLong: name.length > MAX_LENGTH };
  if (result.isTooLong) return result;
  if (normalized.size >= MAX_NORMALIZED) normalized.clear();
  normalized.set(name, result);
  return result;
}
