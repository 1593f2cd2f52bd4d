import leven from "leven";

/** The maximum length to compare, because comparing takes quadratic time. */
const MAX_LENGTH = 100;
const MAX_CANDIDATES = 1000;

/**
 * Returns the known word that was most likely intended: the nearest one that differs in case or by a few letters,
 * preferably with the same beginning; otherwise the first that begins or ends with the given word, or the reverse.
 */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const limit = 1 + tolerance(word);
  const candidates = firstOf(known, MAX_CANDIDATES).filter((candidate) => candidate !== word);
  let nearest: string | undefined;
  let distance = limit;
  for (const candidate of candidates) {
    const edits = slips(word, candidate, limit);
    const found = edits < limit ? edits - commonBeginning(word, candidate) / (MAX_LENGTH + 1) : limit;
    if (found < distance) {
      nearest = candidate;
      distance = found;
    }
  }
  return nearest ?? candidates.find((candidate) => isPartOf(foldCase(candidate), foldCase(word)));
}

function firstOf(known: Iterable<string>, count: number): string[] {
  const found: string[] = [];
  for (const candidate of known) {
    if (found.length === count) break;
    found.push(candidate);
  }
  return found;
}

/** The minimum length of a partial match, because shorter texts are part of too many words. */
const MIN_PART = 3;

function isPartOf(one: string, other: string): boolean {
  const [shorter = "", longer = ""] = [one, other].toSorted((a, b) => a.length - b.length);
  if (shorter.length < MIN_PART || shorter === longer) return false;
  return longer.startsWith(shorter) || longer.endsWith(shorter);
}

/** Returns the length of the common beginning. */
function commonBeginning(word: string, candidate: string): number {
  const [one, other] = [foldCase(word), foldCase(candidate)];
  const different = Array.from(one).findIndex((letter, index) => letter !== other[index]);
  return different === -1 ? Math.min(one.length, MAX_LENGTH) : different;
}

function tolerance(word: string): number {
  return Math.max(1, Math.min(3, Math.floor((word.length + 1) / 3)));
}

function slips(word: string, candidate: string, maxDistance: number): number {
  if (candidate.length > MAX_LENGTH) return maxDistance;
  const [one, other] = [foldCase(word), foldCase(candidate)];
  if (isSwap(one, other)) return 1;
  const edits = leven(one, other, { maxDistance });
  // People rarely mistype the first letter and another one.
  return edits > 1 && one[0] !== other[0] ? edits + 1 : edits;
}

/** Returns whether two adjacent letters are swapped, which is one typing mistake, but two edits. */
function isSwap(one: string, other: string): boolean {
  const at = one.split("").findIndex((letter, index) => letter !== other[index]);
  if (at === -1 || one.length !== other.length) return false;
  return one.slice(0, at) + one.charAt(at + 1) + one.charAt(at) + one.slice(at + 2) === other;
}

/** Returns a text without case and separators, so that `jobTitle`, `job-title` and `Job Title` are equal. */
function foldCase(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_-]/g, "");
}
