import { readFile } from "node:fs/promises";
import { parseExactly } from "./json.ts";
import { locateValue, positionAt } from "./json-location.ts";
import type { Seed } from "./seed-format.ts";
import { SeedError } from "./seed-values.ts";

/**
 * Returns the seed in a file, without validating it. Throws a `SeedError` if the file cannot be read or is not valid
 * JSON.
 */
export async function parseSeedFile(path: string): Promise<Seed> {
  const text = await readText(path);
  try {
    return parseExactly(text) as Seed;
  } catch (error) {
    // The message may end with the text or an excerpt of it, for example `…, "{x" is not valid JSON`.
    const message = error instanceof Error ? error.message : "";
    const reason = message.replace(/, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s, "");
    const offset = /at position (\d+)/.exec(reason)?.[1] ?? invalidTokenAt(text);
    const location = { file: path, ...positionAt(text, Number(offset)) };
    throw new SeedError(`Invalid JSON (${reason})`, { advice: "Correct the file, or specify another file.", location });
  }
}

/**
 * Returns the offset of the first invalid token, or the end of a truncated text. V8 does not always include the offset
 * in its message. However, if the text is cut off before the invalid token, V8 reports an unexpected end, and otherwise
 * an unexpected token.
 */
function invalidTokenAt(text: string): number {
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (hasInvalidToken(text.slice(0, middle + 1))) high = middle;
    else low = middle + 1;
  }
  return low;
}

function hasInvalidToken(text: string): boolean {
  try {
    JSON.parse(text);
  } catch (error) {
    return error instanceof Error && error.message.startsWith("Unexpected token");
  }
  return false;
}

/** Returns the error with its location in the seed file, if the error has a path. */
export async function locateSeedError(error: SeedError, path: string): Promise<SeedError> {
  if (error.path === undefined || error.location !== undefined) return error;
  const position = locateValue(await readText(path), error.path.replace(/^The seed\.?/, ""));
  return new SeedError(error.summary, {
    path: error.path,
    advice: error.advice,
    location: { file: path, ...position },
  });
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new SeedError(`Cannot read "${path}" (${error.code})`, {
      advice: "Check that it is an existing file that you have permission to read.",
    });
  });
}
