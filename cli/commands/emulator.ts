import { spawn } from "node:child_process";
import { constants } from "node:os";
import { basename, delimiter, dirname } from "node:path";
import {
  BEHAVIOR_OPTIONS,
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
import { redrawPicture } from "../../src/index.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";

/** Starts a local Front emulator, and runs a command against it, or serves until it is stopped. */
export async function run(given: Given, io: Environment): Promise<number> {
  if (textsOf(given, "behave").includes("list")) {
    io.out(behaviorList());
    return EXIT.ok;
  }
  const command = commandOf(given);
  const kind = oauthKind(textOf(given, "oauth"));
  await using emulator = await start(given, io);
  const credentials = await credentialsFor(emulator, kind);
  return await (command === undefined ? serve(emulator, credentials, io) : runCommand(command, credentials, io));
}

/** Returns the values of every behavior, for `--behave list`. */
function behaviorList(): string {
  return Object.entries(BEHAVIOR_OPTIONS)
    .map(([name, answers]) => `${name}=${answers.join("|")}\n`)
    .join("");
}

function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

function textsOf(given: Given, name: string): readonly string[] {
  const value = given[name];
  return Array.isArray(value) ? value : [];
}

function commandOf(given: Given): readonly string[] | undefined {
  const { command } = given;
  if (!Array.isArray(command)) return undefined;
  if (command.length > 0) return command;
  throw new UsageError("Missing command after --", "Add a command, or remove --.");
}

async function start(given: Given, io: Environment): Promise<Emulator> {
  const seed = textOf(given, "seed");
  try {
    return await startEmulator(await optionsFrom(given, io));
  } catch (error) {
    const located = error instanceof SeedError && seed !== undefined ? await locateSeedError(error, seed) : error;
    throw explained(located);
  }
}

/** Returns a usage error for an error of the user, and any other error unchanged. */
function explained(error: unknown): unknown {
  if (error instanceof SeedError) return new UsageError(error.message, "Correct the file, or specify another one.");
  if (error instanceof FaultSpecError) {
    return new UsageError(error.message, "Run 'front-contacts emulator --help' for usage.");
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return new UsageError("The port is in use", "Set another --port, or 0 for any free one.");
  if (code === "EACCES") return new UsageError("The port needs more permissions", "Set a --port above 1023.");
  return error;
}

async function optionsFrom(given: Given, io: Environment): Promise<EmulatorOptions> {
  const number = (name: string, otherwise: number, maximum?: number) =>
    numberFrom(name, textOf(given, name), otherwise, maximum);
  const [rate, token, scopes] = [number("rate", 200), textOf(given, "token"), textOf(given, "scopes")];
  const [client, seed, state] = [textOf(given, "oauth-client"), textOf(given, "seed"), textOf(given, "state")];
  const others = textOf(given, "others")?.replace(/%$/, "");
  return {
    port: number("port", 0, 65_535),
    rate: rate === 0 ? Number.POSITIVE_INFINITY : rate,
    window: Math.max(1, number("window", 60_000)),
    othersShare: numberFrom("others", others, 0, 100) / 100,
    latency: number("latency", 0),
    indexLag: number("index-lag", 0),
    faults: textsOf(given, "fault").map(parseFault),
    redrawAvatar: redrawPicture,
    behavior: Object.assign({}, ...textsOf(given, "behave").map(behaviorFrom)) as Partial<Behavior>,
    ...(token === undefined ? {} : { token }),
    ...(scopes === undefined ? {} : { scopes: scopes.split(",").map(scopeFrom) }),
    ...(client === undefined ? {} : { oauthClient: clientFrom(client) }),
    ...(seed === undefined ? {} : { seed: await readSeedFile(seed) }),
    ...(state === undefined ? {} : { state }),
    ...(given["log"] === true ? { onResponse: (seen) => io.err(`${lineFor(seen)}\n`) } : {}),
  };
}

function numberFrom(name: string, text: string | undefined, otherwise: number, maximum = 1_000_000_000): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= maximum) return value;
  throw new UsageError(`--${name} "${text}" is not valid`, `Use a whole number from 0 to ${maximum}.`);
}

function scopeFrom(text: string): Scope {
  const scope = SCOPES.find((known) => known === text.trim());
  if (scope === undefined) throw new UsageError(`"${text}" is not a valid scope`, `Use any of: ${SCOPES.join(", ")}.`);
  return scope;
}

const OAUTH_KINDS = ["login", "ci"] as const;

function oauthKind(text: string | undefined): (typeof OAUTH_KINDS)[number] | undefined {
  const kind = OAUTH_KINDS.find((known) => known === text);
  if (text === undefined || kind !== undefined) return kind;
  throw new UsageError(`--oauth "${text}" is not valid`, `Use one of: ${OAUTH_KINDS.join(", ")}.`);
}

function clientFrom(text: string): { id: string; secret: string } {
  const [, id, secret] = /^([^\s:]+):(\S+)$/.exec(text) ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret };
  throw new UsageError("--oauth-client is not valid", "Write the id and the secret with a colon between them.");
}

/** `shortPages` alone means `shortPages=true`. */
function behaviorFrom(text: string): Record<string, unknown> {
  const [name = "", answer = "true"] = text.split("=");
  const answers = Object.entries(BEHAVIOR_OPTIONS).find(([known]) => known === name)?.[1];
  if (answers === undefined) {
    throw new UsageError(`"${name}" is not a known behavior`, "Run 'front-contacts emulator --behave list'.");
  }
  const chosen = answers.find((known) => String(known) === answer);
  if (chosen === undefined) {
    throw new UsageError(`"${answer}" is not valid for ${name}`, `Use one of: ${answers.join(", ")}.`);
  }
  return { [name]: chosen };
}

type Credentials = Readonly<Record<string, string>>;

/** Returns the environment variables for a command. In a copy of a company, the command must not save a cache. */
async function credentialsFor(
  { url, token, oauth, isCopy }: Emulator,
  kind: ReturnType<typeof oauthKind>,
): Promise<Credentials> {
  const rehearsal: Credentials = isCopy ? { FRONT_CONTACTS_REHEARSAL: "1" } : {};
  if (kind === undefined) return { FRONT_API_URL: url, FRONT_API_TOKEN: token, ...rehearsal };
  const client = {
    ...rehearsal,
    FRONT_API_URL: url,
    FRONT_OAUTH_URL: oauth.url,
    FRONT_OAUTH_CLIENT_ID: oauth.clientId,
    FRONT_OAUTH_CLIENT_SECRET: oauth.clientSecret,
  };
  return kind === "login" ? client : { ...client, FRONT_OAUTH_REFRESH_TOKEN: await oauth.signIn() };
}

function lineFor({ method, path, query, status, fault }: Emulator["requests"][number]): string {
  const target = query === "" ? path : `${path}?${query}`;
  return `${method} ${target} ${status ?? "cut"}${fault === undefined ? "" : ` (${fault})`}`;
}

type OnSignal = NonNullable<Environment["onSignal"]>;

/** Calls the listener when the process is asked to stop. */
function onSignalOf({ onSignal, signal }: Environment): OnSignal {
  if (onSignal !== undefined) return onSignal;
  return (listener) => {
    const abort = () => listener("SIGINT");
    signal.addEventListener("abort", abort);
    return () => signal.removeEventListener("abort", abort);
  };
}

async function serve({ url }: Emulator, credentials: Credentials, io: Environment): Promise<number> {
  const stopped = new Promise<void>((resolve) => {
    const unsubscribe = onSignalOf(io)(() => {
      unsubscribe();
      resolve();
    });
  });
  const exports = Object.entries(credentials).map(([name, value]) => `export ${name}=${value}\n`);
  io.out(`The local Front emulator is listening at ${url}\n\n${exports.join("")}`);
  await stopped;
  return EXIT.ok;
}

async function runCommand(command: readonly string[], credentials: Credentials, io: Environment): Promise<number> {
  const [program = "", ...args] = resolved(command, io);
  const child = spawn(program, args, { stdio: "inherit", env: environmentOf(credentials, io) });
  const { stdin, stdout, stderr } = io.terminal;
  const unsubscribe = onSignalOf(io)((signal) => {
    // A terminal sends Ctrl-C to the whole foreground process group, so the command has received it.
    if (signal === "SIGINT" && (stdin || stdout || stderr)) return;
    child.kill(signal);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", ({ code }: NodeJS.ErrnoException) => {
        reject(new UsageError(`Cannot run ${program} (${code})`, "Check its name, and that it is installed."));
      });
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    unsubscribe();
  }
}

/** Runs this program for `front-contacts`, also if it is not on PATH. */
function resolved([name = "", ...args]: readonly string[], { program = [] }: Environment): readonly string[] {
  return name === "front-contacts" && program.length > 0 ? [...program, ...args] : [name, ...args];
}

/** Removes credentials for Front, and adds this program to PATH, so that scripts find `front-contacts`. */
function environmentOf(credentials: Credentials, { env, program = [] }: Environment): NodeJS.ProcessEnv {
  const others = Object.keys(env).filter((name) => name === "FRONT_API_TOKEN" || name.startsWith("FRONT_OAUTH_"));
  const script = program.at(-1) ?? "";
  const isNamed = /^front-contacts(\.cmd)?$/.test(basename(script));
  const path = isNamed ? { PATH: [dirname(script), env["PATH"] ?? ""].join(delimiter) } : {};
  return { ...env, ...path, ...Object.fromEntries(others.map((name) => [name, undefined])), ...credentials };
}
