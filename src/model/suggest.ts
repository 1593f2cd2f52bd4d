import leven from "leven";

/** Comparing is quadratic in the length, and nobody mistypes a novel. */
const LONGEST = 100;
const MOST = 1000;

/**
 * Returns the known word that is most likely meant: one that differs in case or by a few letters, of several the one that
 * begins alike; or else the first that begins or ends with the given
 * one, or the other way round.
 */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const limit = 1 + tolerance(word);
  const candidates = firstOf(known, MOST).filter((candidate) => candidate !== word);
  let nearest: string | undefined;
  let distance = limit;
  for (const candidate of candidates) {
    const edits = slips(word, candidate, limit);
    const found = edits < limit ? edits - alike(word, candidate) / (LONGEST + 1) : limit;
    if (found < distance) {
      nearest = candidate;
      distance = found;
    }
  }
  return nearest ?? candidates.find((candidate) => isPartOf(folded(candidate), folded(word)));
}

function firstOf(known: Iterable<string>, count: number): string[] {
  const found: string[] = [];
  for (const candidate of known) {
    if (found.length === count) break;
    found.push(candidate);
  }
  return found;
}

/** Fewer letters are part of too many words. */
const SHORTEST_PART = 3;

function isPartOf(one: string, other: string): boolean {
  const [shorter = "", longer = ""] = [one, other].toSorted((a, b) => a.length - b.length);
  if (shorter.length < SHORTEST_PART || shorter === longer) return false;
  return longer.startsWith(shorter) || longer.endsWith(shorter);
}

/** Returns the number of letters with which both begin. */
function alike(word: string, candidate: string): number {
  const [one, other] = [folded(word), folded(candidate)];
  const different = Array.from(one).findIndex((letter, index) => letter !== other[index]);
  return different === -1 ? Math.min(one.length, LONGEST) : different;
}

function tolerance(word: string): number {
  return Math.max(1, Math.min(3, Math.floor((word.length + 1) / 3)));
}

function slips(word: string, candidate: string, maxDistance: number): number {
  if (candidate.length > LONGEST) return maxDistance;
  const [one, other] = [folded(word), folded(candidate)];
  if (isSwap(one, other)) return 1;
  const edits = leven(one, other, { maxDistance });
  // People rarely mistype the first letter and another one.
  return edits > 1 && one[0] !== other[0] ? edits + 1 : edits;
}

/** Two neighbours in the wrong order are one slip of the fingers, though two edits. */
function isSwap(one: string, other: string): boolean {
  const at = one.split("").findIndex((letter, index) => letter !== other[index]);
  if (at === -1 || one.length !== other.length) return false;
  return one.slice(0, at) + one.charAt(at + 1) + one.charAt(at) + one.slice(at + 2) === other;
}

/** `jobTitle`, `job-title` and `Job Title` are slips of the keyboard, not other words. */
function folded(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_-]/g, "");
}
