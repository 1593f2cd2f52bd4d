import packageJson from "../package.json" with { type: "json" };
import { FrontError } from "../src/index.ts";
import { EXIT, type Io, UsageError } from "./io.ts";
import { paintFor } from "./paint.ts";
import { renderFailure } from "./views/failure.ts";
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
    if (!(error instanceof UsageError || error instanceof FrontError)) throw error;
    io.err(renderFailure(error, paintFor(io, {}, "stderr")));
    return EXIT.failed;
  }
}
