import packageJson from "../package.json" with { type: "json" };
import { UserError } from "../src/model/user-error.ts";
import { formatIn, maskedIo } from "./args/output-format.ts";
import { parseArgs } from "./args/parse-args.ts";
import { type Environment, EXIT } from "./process-io.ts";
import { colorsFor } from "./views/colors.ts";

/** The program as a function: words in, exit code out. Whatever is foreseeable is said in a sentence with advice. */
export async function run(words: readonly string[], io: Environment): Promise<number> {
  let outside = io;
  try {
    const command = await parseArgs(words, packageJson.version);
    if (command.kind === "text") {
      io.out(command.text);
      return EXIT.ok;
    }
    const { run: carryOut } = await command.verb.load();
    outside = maskedIo(io, command.given);
    return await carryOut(command.given, outside);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await tellFailure(error, words, outside);
    return EXIT.failed;
  }
}

/** In the form that was asked for, as far as can be told. */
async function tellFailure(failure: UserError, words: readonly string[], io: Environment) {
  const { failureJson, renderFailure } = await import("./views/failure.ts");
  const { reportFailureToGitHub } = await import("./ci/github-actions.ts");
  const format = formatIn(words);
  if (format === "json") {
    io.out(failureJson(failure, io.clock));
  } else {
    const { failureMarkdown } = await import("./views/plan/markdown.ts");
    if (format === "markdown") io.out(failureMarkdown(failure));
    io.err(renderFailure(failure, colorsFor(io, {}, "stderr")));
  }
  await reportFailureToGitHub(io, failure);
}
