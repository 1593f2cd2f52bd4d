import packageJson from "../package.json" with { type: "json" };
import { EXIT, type Io } from "./io.ts";
import { paintFor } from "./paint.ts";
import { parseWords } from "./words.ts";

/** The program as a function: words in, exit code out. Whatever is foreseeable is said in a sentence with advice. */
export async function run(words: readonly string[], io: Io): Promise<number> {
  try {
    const command = await parseWords(words, packageJson.version);
    if (command.kind === "text") {
      io.out(command.text);
      return EXIT.ok;
    }
    const { run: carryOut } = await command.verb.load();
    return await carryOut(command.given, io);
  } catch (error) {
    if (!isForeseen(error)) throw error;
    const { failureJson, renderFailure } = await import("./views/failure.ts");
    if (asksForJson(words)) io.out(failureJson(error, io.clock));
    else io.err(renderFailure(error, paintFor(io, {}, "stderr")));
    return EXIT.failed;
  }
}

/** By its advice, because help and version are not to wait until the engine, which has the classes, is loaded. */
function isForeseen(error: unknown): error is Error & { readonly advice: string } {
  return error instanceof Error && "advice" in error && typeof error.advice === "string";
}

/** Out of the words themselves, because what cannot be understood is to be told as JSON too. */
function asksForJson(words: readonly string[]): boolean {
  const last = words.findLast((word) => /^--?json(=|$)/.test(word));
  return last !== undefined && !last.endsWith("=false");
}
