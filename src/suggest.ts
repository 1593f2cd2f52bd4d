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
  return leven(folded(word), folded(candidate), { maxDistance });
}

/** `jobTitle`, `job-title` and `Job Title` are slips of the keyboard, not other words. */
function folded(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_-]/g, "");
}
