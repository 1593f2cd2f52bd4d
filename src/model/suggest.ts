import leven from "leven";

/** Comparing is quadratic in the length, and nobody mistypes a novel. */
const LONGEST = 100;
const MOST = 1000;

/** The one among `known` that somebody who wrote `word` most likely meant; letters may differ in case, or by a slip or two. */
export function suggest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  let nearest: string | undefined;
  let distance = 1 + tolerance(word);
  let compared = 0;
  for (const candidate of known) {
    compared += 1;
    if (compared > MOST) break;
    const found = slips(word, candidate, distance);
    if (found < distance && candidate !== word) {
      nearest = candidate;
      distance = found;
    }
  }
  return nearest;
}

function tolerance(word: string): number {
  return Math.max(1, Math.min(3, Math.floor((word.length + 1) / 3)));
}

function slips(word: string, candidate: string, maxDistance: number): number {
  if (candidate.length > LONGEST) return maxDistance;
  const [one, other] = [folded(word), folded(candidate)];
  return isSwap(one, other) ? 1 : leven(one, other, { maxDistance });
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
