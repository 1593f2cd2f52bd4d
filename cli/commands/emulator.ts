import { spawn } from "node:child_process";
import { constants } from "node:os";
import { basename, delimiter, dirname } from "node:path";
import {
  BEHAVIOR_OPTIONS,
  BEHAVIORS,
  type Behavior,
  type Emulator,
  type EmulatorOptions,
  FaultSpecError,
  locateSeedError,
  parseFault,
  readSeedFile,
  SCOPES,
  type Scope,
  SeedError,
  startEmulator,
} from "../../src/emulator/index.ts";
import { describeFlaw, isToken, reencodePicture } from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { type Environment, EXIT, UsageError } from "../environment.ts";
import type { Session } from "../session.ts";

export async function run(args: ArgsByCommand["emulator"], session: Session): Promise<number> {
  const { environment } = session;
  if (args.behave.includes("list")) {
    session.print(renderBehaviors());
    return EXIT.ok;
  }
  try {
    await using emulator = await start(args, environment);
    const variables = await connectionVariables(emulator, args.oauth);
    if (environment.signal.aborted) return EXIT.failed;
    const { command } = args;
    return await (command === undefined
      ? serve(emulator, variables, environment)
      : runCommand(command, variables, environment));
  } catch (error) {
    // The emulator saves its state when it is closed, which may fail, for example if the disk is full.
    throw toUsageError(error);
  }
}

function renderBehaviors(): string {
  return Object.entries(BEHAVIORS)
    .map(([name, { values, description }]) => {
      const [defaultValue] = values;
      return `${name}=${values.join("|")} (default: ${defaultValue})\n    ${description}\n`;
    })
    .join("");
}

async function start(args: ArgsByCommand["emulator"], environment: Environment): Promise<Emulator> {
  const { seed } = args;
  try {
    return await startEmulator(await emulatorOptionsFrom(args, environment));
  } catch (error) {
    const locatedError = error instanceof SeedError && seed !== undefined ? await locateSeedError(error, seed) : error;
    throw toUsageError(locatedError, args.port);
  }
}

/** Converts an error that the user can resolve. Returns any other error unchanged. */
function toUsageError(error: unknown, port = 0): unknown {
  if (error instanceof SeedError) {
    const { summary, advice = "Correct the file, or specify another file.", location } = error;
    return new UsageError(summary, advice, { location: location && { ...location, length: 1 } });
  }
  if (error instanceof FaultSpecError) {
    return new UsageError(error.message, 'See "Inject faults" in docs/emulator.md of front-contacts.');
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return new UsageError(`Port ${port} is in use`, "Set --port to another port, or to 0 for any free port.");
  if (code === "EACCES")
    return new UsageError(`Permission to use port ${port} was denied`, "Set --port to a number above 1023.");
  return error;
}

async function emulatorOptionsFrom(args: ArgsByCommand["emulator"], { err }: Environment): Promise<EmulatorOptions> {
  const { port = 0, rate = 200, window = 60_000, others: othersShare = 0, latency = 0, indexLag = 0 } = args;
  const { token, scopes, oauthClient, seed, state } = args;
  if (token !== undefined && !isToken(token)) {
    const advice = "Use at least eight characters. Allowed characters: a-z, A-Z, 0-9, . _ ~ + / = -";
    throw new UsageError(`The value of --token ${describeFlaw(token)}`, advice);
  }
  return {
    port,
    othersShare,
    latency,
    indexLag,
    token,
    oauthClient,
    state,
    scopes: scopes?.map(parseScope),
    rate: rate === 0 ? Number.POSITIVE_INFINITY : rate,
    window: Math.max(1, window),
    faults: args.fault.map(parseFault),
    reencodeAvatar: reencodePicture,
    behavior: Object.assign({}, ...args.behave.map(parseBehavior)) as Partial<Behavior>,
    seed: seed === undefined ? undefined : await readSeedFile(seed),
    ...(args.log ? { onResponse: (request) => err(`${logLine(request)}\n`) } : {}),
  };
}

function parseScope(text: string): Scope {
  const scope = SCOPES.find((candidate) => candidate === text);
  if (scope === undefined) throw new UsageError(`"${text}" is not a valid scope`, `Use any of: ${SCOPES.join(", ")}.`);
  return scope;
}

/** Returns the behavior that an option value such as `shortPages=true` sets. The default value is `true`. */
function parseBehavior(text: string): Record<string, unknown> {
  const [name = "", value = "true"] = text.split("=");
  const values = Object.entries(BEHAVIOR_OPTIONS).find(([behavior]) => behavior === name)?.[1];
  if (values === undefined) {
    throw new UsageError(
      `Unknown behavior "${name}"`,
      "Run 'front-contacts emulator --behave list' to see all behaviors.",
    );
  }
  const chosenValue = values.find((candidate) => String(candidate) === value);
  if (chosenValue === undefined) {
    throw new UsageError(`"${value}" is not a valid value for ${name}`, `Use one of: ${values.join(", ")}.`);
  }
  return { [name]: chosenValue };
}

type Variables = Readonly<Record<string, string>>;

async function connectionVariables(
  { url, token, oauth, isFromSnapshot }: Emulator,
  kind: ArgsByCommand["emulator"]["oauth"],
): Promise<Variables> {
  const rehearsalVariables: Variables = isFromSnapshot ? { FRONT_CONTACTS_REHEARSAL: "1" } : {};
  if (kind === undefined) return { FRONT_API_URL: url, FRONT_API_TOKEN: token, ...rehearsalVariables };
  const clientVariables = {
    ...rehearsalVariables,
    FRONT_API_URL: url,
    FRONT_OAUTH_URL: oauth.url,
    FRONT_OAUTH_CLIENT_ID: oauth.clientId,
    FRONT_OAUTH_CLIENT_SECRET: oauth.clientSecret,
  };
  return kind === "login" ? clientVariables : { ...clientVariables, FRONT_OAUTH_REFRESH_TOKEN: await oauth.signIn() };
}

function logLine({ method, path, query, status, fault }: Emulator["requests"][number]): string {
  const target = query === "" ? path : `${path}?${query}`;
  return `${method} ${target} ${status ?? "closed"}${fault === undefined ? "" : ` (${fault})`}`;
}

type OnSignal = NonNullable<Environment["onSignal"]>;

/** Returns `onSignal`, or a substitute that calls the listener when `signal` is aborted. */
function onSignalOf({ onSignal, signal }: Environment): OnSignal {
  if (onSignal !== undefined) return onSignal;
  return (listener) => {
    const abort = () => listener("SIGINT");
    signal.addEventListener("abort", abort);
    return () => signal.removeEventListener("abort", abort);
  };
}

async function serve({ url }: Emulator, variables: Variables, environment: Environment): Promise<number> {
  const stopSignal = new Promise<void>((resolve) => {
    const unsubscribe = onSignalOf(environment)(() => {
      unsubscribe();
      resolve();
    });
  });
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`);
  environment.out(`The local Front emulator is listening at ${url}\n\n${exports.join("")}`);
  await stopSignal;
  return EXIT.ok;
}

async function runCommand(command: readonly string[], variables: Variables, environment: Environment): Promise<number> {
  const [program = "", ...args] = resolveProgram(command, environment);
  const child = spawn(program, args, { stdio: "inherit", env: childVariables(variables, environment) });
  const { stdin, stdout, stderr } = environment.terminal;
  const unsubscribe = onSignalOf(environment)((signal) => {
    // A terminal sends Ctrl-C to the whole foreground process group, so the command already received it.
    if (signal === "SIGINT" && (stdin || stdout || stderr)) return;
    child.kill(signal);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", ({ code }: NodeJS.ErrnoException) => {
        reject(
          new UsageError(
            `Cannot run "${program}" (${code})`,
            "Check that the program is installed, executable and on PATH.",
          ),
        );
      });
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    unsubscribe();
  }
}

/** Replaces `front-contacts`, which may not be on PATH, with the command that started this program. */
function resolveProgram([name = "", ...args]: readonly string[], { program = [] }: Environment): readonly string[] {
  return name === "front-contacts" && program.length > 0 ? [...program, ...args] : [name, ...args];
}

/**
 * Returns the environment variables of the command. The emulator's credentials replace all credentials of Front. If the
 * current program is named `front-contacts`, its directory is added to PATH, for scripts that the command runs.
 */
function childVariables(variables: Variables, { env, program = [] }: Environment): NodeJS.ProcessEnv {
  const secrets = Object.keys(env).filter((name) => name === "FRONT_API_TOKEN" || name.startsWith("FRONT_OAUTH_"));
  const script = program.at(-1) ?? "";
  const isNamed = /^front-contacts(\.cmd)?$/.test(basename(script));
  const path = isNamed ? { PATH: [dirname(script), env["PATH"] ?? ""].join(delimiter) } : {};
  return { ...env, ...path, ...Object.fromEntries(secrets.map((name) => [name, undefined])), ...variables };
}
