import { UserError } from "../src/model/user-error.ts";
import type { ArgsByCommand, CommandName } from "./args/commands.ts";
import { parseArgs } from "./args/parse-args.ts";
import { VERSION } from "./package-files.ts";
import { type Environment, EXIT } from "./process-io.ts";
import type { Session } from "./session.ts";
import { colorsFor } from "./views/colors.ts";
import { wrapForTerminal } from "./views/wrap.ts";

/** Number of columns if the width of the terminal is unknown. */
const DEFAULT_WIDTH = 100;

/** Runs a command line and returns the exit code. Errors that the user can fix are printed; all others are thrown. */
export async function run(argv: readonly string[], environment: Environment): Promise<number> {
  let session: Session | undefined;
  try {
    const width = environment.terminal.columns ?? DEFAULT_WIDTH;
    const saved = async () => (await import("./saved-values.ts")).savedValues(environment);
    const line = await parseArgs(argv, { version: VERSION, width, saved });
    if (line.kind === "text") {
      environment.out(line.text);
      return EXIT.ok;
    }
    // Loaded here, so that help and usage errors do not have to wait for the engine.
    session = new (await import("./session.ts")).Session(environment, line.args);
    return await runCommand(line.name, line.args, session);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await session?.close();
    await showError(error, argv, session?.environment ?? environment);
    return EXIT.failed;
  } finally {
    await session?.close();
  }
}

/** The implementation of each command, loaded when it is called. */
const IMPLEMENTATIONS: {
  readonly [N in CommandName]: () => Promise<{
    readonly run: (args: ArgsByCommand[N], session: Session) => Promise<number>;
  }>;
} = {
  init: () => import("./commands/init.ts"),
  validate: () => import("./commands/validate.ts"),
  plan: () => import("./commands/plan.ts"),
  apply: () => import("./commands/apply.ts"),
  show: () => import("./commands/show.ts"),
  history: () => import("./commands/history.ts"),
  undo: () => import("./commands/undo.ts"),
  import: () => import("./commands/import.ts"),
  snapshot: () => import("./commands/snapshot.ts"),
  fmt: () => import("./commands/fmt.ts"),
  forget: () => import("./commands/forget.ts"),
  schema: () => import("./commands/schema.ts"),
  whoami: () => import("./commands/whoami.ts"),
  login: () => import("./commands/login.ts"),
  logout: () => import("./commands/logout.ts"),
  emulator: () => import("./commands/emulator.ts"),
  completion: () => import("./commands/completion.ts"),
};

async function runCommand<N extends CommandName>(name: N, args: ArgsByCommand[N], session: Session): Promise<number> {
  const { run } = await IMPLEMENTATIONS[name]();
  // Commands that send requests, and no others, take a token.
  session.environment.onCommandLoaded?.({ sendsRequests: "tokenFile" in args });
  return await run(args, session);
}

/** Prints an error in the requested format, if the command line is valid enough to determine it. */
async function showError(error: UserError, argv: readonly string[], environment: Environment): Promise<void> {
  const { failureJson, renderFailure } = await import("./views/failure.ts");
  const { reportFailureToGitHub } = await import("./ci/github-actions.ts");
  const format = requestedFormat(argv);
  const diagnostic = error.toDiagnostic();
  if (format === "json") {
    environment.out(failureJson(diagnostic, environment.clock));
  } else {
    const { failureMarkdown } = await import("./views/plan/markdown.ts");
    if (format === "markdown") environment.out(failureMarkdown(diagnostic));
    const text = renderFailure(diagnostic, colorsFor(environment, "stderr"));
    environment.err(wrapForTerminal(text, environment, "stderr"));
  }
  await reportFailureToGitHub(environment, error);
}

function requestedFormat(argv: readonly string[]): "text" | "json" | "markdown" {
  const separator = argv.indexOf("--");
  const line = argv.slice(0, separator === -1 ? argv.length : separator).join("\n");
  if (/^--?json(=true)?$|^--?format[=\n]json$/m.test(line)) return "json";
  return /^--?format[=\n]markdown$/m.test(line) ? "markdown" : "text";
}
