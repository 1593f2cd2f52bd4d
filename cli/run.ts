import { UserError } from "../src/model/user-error.ts";
import type { ArgsByCommand, CommandName } from "./args/commands.ts";
import { parseArgs } from "./args/parse-args.ts";
import { type Environment, EXIT } from "./environment.ts";
import { VERSION } from "./package-files.ts";
import type { Session } from "./session.ts";
import { colorsFor } from "./views/colors.ts";
import { wrapForTerminal } from "./views/wrap.ts";

/** Number of columns if neither the terminal nor `COLUMNS` specifies a width. */
const DEFAULT_WIDTH = 100;

function widthOf({ terminal, env }: Environment): number {
  const columns = /^[1-9]\d{0,3}$/.test(env["COLUMNS"] ?? "") ? Number(env["COLUMNS"]) : undefined;
  return terminal.columns ?? columns ?? DEFAULT_WIDTH;
}

/** Returns the exit code. Prints a `UserError`, and throws any other error. */
export async function run(argv: readonly string[], environment: Environment): Promise<number> {
  let session: Session | undefined;
  try {
    const width = widthOf(environment);
    const loadCompletionSource = async () => (await import("./completion-source.ts")).completionSource(environment);
    const assertWorkingDirectory = () => void environment.cwd;
    const commandLine = await parseArgs(argv, {
      version: VERSION,
      width,
      loadCompletionSource,
      assertWorkingDirectory,
    });
    if (commandLine.kind === "text") {
      environment.out(commandLine.text);
      return EXIT.ok;
    }
    // Loaded on demand, because help and usage errors do not need these modules, which take time to load.
    session = new (await import("./session.ts")).Session(environment, commandLine.args);
    return await runCommand(commandLine.name, commandLine.args, session);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    await session?.close();
    await showError(error, { argv, contacts: session?.args.contacts }, session?.environment ?? environment);
    return EXIT.failed;
  } finally {
    await session?.close();
  }
}

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
  // All commands that can send requests, except login, have the option --token-file, and no other command has it.
  session.environment.onCommandLoaded?.({ sendsRequests: "tokenFile" in args });
  return await run(args, session);
}

/** `contacts` is undefined if the arguments are not valid. */
async function showError(
  error: UserError,
  { argv, contacts = "contacts" }: { readonly argv: readonly string[]; readonly contacts: string | undefined },
  environment: Environment,
): Promise<void> {
  const { completeAdvice } = await import("./views/advice.ts");
  const { failureJson, renderFailure } = await import("./views/failure.ts");
  const { reportFailureToGitHub } = await import("./ci/github-actions.ts");
  const format = requestedFormat(argv);
  const diagnostic = completeAdvice(error.toDiagnostic(), contacts);
  if (format === "json") {
    environment.out(failureJson(diagnostic, environment.clock));
  } else {
    const { failureMarkdown } = await import("./views/plan/markdown.ts");
    if (format === "markdown") environment.out(failureMarkdown(diagnostic));
    const text = renderFailure(diagnostic, colorsFor(environment, "stderr"));
    environment.err(wrapForTerminal(text, environment, "stderr"));
  }
  await reportFailureToGitHub(environment, diagnostic);
}

/** Returns the output format that the arguments request, even if they cannot be parsed. */
function requestedFormat(argv: readonly string[]): "text" | "json" | "markdown" {
  const separator = argv.indexOf("--");
  const options = argv.slice(0, separator === -1 ? argv.length : separator).join("\n");
  if (/^--?json(=true)?$|^--?format[=\n]json$/m.test(options)) return "json";
  return /^--?format[=\n]markdown$/m.test(options) ? "markdown" : "text";
}
