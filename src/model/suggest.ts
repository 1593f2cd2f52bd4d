import leven from "leven";

/** Maximum length of strings to compare, because a comparison takes quadratic time. */
const MAX_LENGTH = 100;
const MAX_CANDIDATES = 1000;

/**
 * Returns the most similar candidate: the smallest number of typing errors decides, then the longest common prefix. If
 * no candidate is similar enough, returns the first one that begins or ends with the input, or with which the input
 * begins or ends.
 */
export function suggest(input: string, candidates: Iterable<string>): string | undefined {
  if (input.length > MAX_LENGTH) return undefined;
  const limit = 1 + maxTypos(input);
  const compared = firstOf(candidates, MAX_CANDIDATES).filter((candidate) => candidate !== input);
  let nearest: string | undefined;
  let minDistance = limit;
  for (const candidate of compared) {
    const typos = countTypos(input, candidate, limit);
    const distance = typos < limit ? typos - commonPrefixLength(input, candidate) / (MAX_LENGTH + 1) : limit;
    if (distance < minDistance) {
      nearest = candidate;
      minDistance = distance;
    }
  }
  return nearest ?? compared.find((candidate) => isAffix(normalize(candidate), normalize(input)));
}

/** Does not read the other values, because a configuration may have many candidates and many mistyped names. */
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

function commonPrefixLength(input: string, candidate: string): number {
  const [a, b] = [normalize(input), normalize(candidate)];
  const firstDifference = Array.from(a).findIndex((letter, index) => letter !== b[index]);
  return firstDifference === -1 ? Math.min(a.length, MAX_LENGTH) : firstDifference;
}

function maxTypos({ length }: string): number {
  return Math.max(1, Math.min(3, Math.floor((length + 1) / 3)));
}

/** Returns at least `limit` if there are too many typing errors. */
function countTypos(input: string, candidate: string, limit: number): number {
  if (candidate.length > MAX_LENGTH) return limit;
  const [a, b] = [normalize(input), normalize(candidate)];
  if (isSwap(a, b)) return 1;
  const edits = leven(a, b, { maxDistance: limit });
  // People rarely mistype both the first letter and another letter.
  return edits > 1 && a[0] !== b[0] ? edits + 1 : edits;
}

/** Two swapped letters are one typing error but two edits. */
function isSwap(a: string, b: string): boolean {
  const index = a.split("").findIndex((letter, position) => letter !== b[position]);
  if (index === -1 || a.length !== b.length) return false;
  return a.slice(0, index) + a.charAt(index + 1) + a.charAt(index) + a.slice(index + 2) === b;
}

/** Makes `jobTitle`, `job-title` and `Job Title` equal. */
function normalize(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_-]/g, "");
}
