#!/usr/bin/env node
import { spawn } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  BEHAVIOURS,
  type Behaviour,
  type Emulator,
  type EmulatorOptions,
  FaultSpecError,
  parseFault,
  readSeedFile,
  SCOPES,
  type Scope,
  SeedError,
  startEmulator,
} from "../src/emulator/index.ts";

/** What the command needs of the world, so that a test can be the world. */
export interface EmulatorIo {
  out(text: string): void;
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a terminal is attached: its Ctrl-C reaches the command that was started as well. */
  readonly interactive: boolean;
  /** Calls the listener at SIGINT, SIGTERM and SIGHUP, until the function it answers with is called. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}

class UsageError extends Error {
  override readonly name = "UsageError";
}

const HELP = `front-emulator: a local Front, for trying, rehearsing and testing

Usage:
  front-emulator [flags]                   run until stopped, and print how to reach it
  front-emulator [flags] -- COMMAND ARG…   run a command with FRONT_API_URL and FRONT_API_TOKEN set to it

Flags:
  --port N          the port on 127.0.0.1 (default: any free one)
  --token TOKEN     the token to let in (default: a new one at every start)
  --scopes LIST     what the token may do, such as contacts:read,custom_fields:read (default: everything)
  --oauth KIND      name no token, but what OAuth needs: login (an application, for front-contacts login)
                    or ci (the application, and the refresh token of somebody who has signed in)
  --oauth-client ID:SECRET   the application's (default: a new secret, or the one of --state)
  --seed FILE       begin with the company of this JSON file
  --state FILE      keep everything on this file, and go on from it next time
  --rate N          requests a window (default 200; 0 switches the limits off)
  --window MS       the window in milliseconds (default 60000)
  --others PERCENT  what the company's other integrations use of each window (default 0%)
  --latency MS      what every answer takes (default 0)
  --index-lag MS    how long a new handle is not found by alias, nor a new contact listed (default 0)
  --fault FAULT     what goes wrong; may be repeated: [METHOD ]PATH[#NTH][~PROBABILITY]=KIND[:DETAIL]
                    kinds: a status (503; 503-after: done and answered so), 429[:SECONDS], reset-before,
                    reset-after, apply-delay:MS, delay:MS, slow-body[:MS], truncate[:length|chunked|close],
                    html[:STATUS], redirect[:STATUS]
  --behave NAME[=ANSWER]   how to be where Front's documents are silent; may be repeated:
${Object.entries(BEHAVIOURS)
  .map(([name, answers]) => `                    ${name}=${answers.join("|")}`)
  .join("\n")}
  --log             one line a request, on stderr
  --help, --version

Examples:
  front-emulator --port 8080 --state front.json
  front-emulator --seed company.json -- front-contacts plan
  front-emulator --oauth ci -- front-contacts whoami
  front-emulator --fault 'POST /contacts#2=reset-after' --rate 50 -- front-contacts apply --auto-approve
`;

const FLAGS = {
  port: { type: "string" },
  token: { type: "string" },
  scopes: { type: "string" },
  oauth: { type: "string" },
  "oauth-client": { type: "string" },
  seed: { type: "string" },
  state: { type: "string" },
  rate: { type: "string" },
  window: { type: "string" },
  others: { type: "string" },
  latency: { type: "string" },
  "index-lag": { type: "string" },
  fault: { type: "string", multiple: true },
  behave: { type: "string", multiple: true },
  log: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

/** Runs the command line and answers with the exit code. */
export async function runEmulator(words: readonly string[], io: EmulatorIo): Promise<number> {
  try {
    const { flags, command } = readWords(words);
    if (flags.help || flags.version) {
      io.out(flags.help ? HELP : `${version()}\n`);
      return 0;
    }
    const kind = oauthKind(flags.oauth);
    await using emulator = await startEmulator(await optionsFrom(flags, io));
    const access = await accessTo(emulator, kind);
    return await (command === undefined ? serve(emulator, access, io) : runCommand(command, access, io));
  } catch (error) {
    const sentence = sentenceFor(error);
    if (sentence === undefined) throw error;
    io.err(`front-emulator: ${sentence}\n`);
    return 1;
  }
}

/** What is before `--` is for us, what is after it is the command. */
function readWords(words: readonly string[]) {
  const split = words.indexOf("--");
  const ours = split === -1 ? words : words.slice(0, split);
  const command = split === -1 ? undefined : words.slice(split + 1);
  if (command?.length === 0) throw new UsageError("there is no command after --; write one, or leave -- out.");
  try {
    return { flags: parseArgs({ args: [...ours], options: FLAGS, strict: true }).values, command };
  } catch (error) {
    const [reason] = (error as Error).message.split(/\. |\n/);
    throw new UsageError(`${reason}; see front-emulator --help, and put a command to run after --.`);
  }
}

type Flags = ReturnType<typeof readWords>["flags"];

async function optionsFrom(flags: Flags, io: EmulatorIo): Promise<EmulatorOptions> {
  const rate = numberFrom("rate", flags.rate, 200);
  return {
    port: numberFrom("port", flags.port, 0, 65_535),
    rate: rate === 0 ? Number.POSITIVE_INFINITY : rate,
    window: Math.max(1, numberFrom("window", flags.window, 60_000)),
    othersShare: numberFrom("others", flags.others?.replace(/%$/, ""), 0, 100) / 100,
    latency: numberFrom("latency", flags.latency, 0),
    indexLag: numberFrom("index-lag", flags["index-lag"], 0),
    faults: (flags.fault ?? []).map(parseFault),
    behaviour: Object.assign({}, ...(flags.behave ?? []).map(answerFrom)) as Partial<Behaviour>,
    ...(flags.token === undefined ? {} : { token: flags.token }),
    ...(flags.scopes === undefined ? {} : { scopes: flags.scopes.split(",").map(scopeFrom) }),
    ...(flags["oauth-client"] === undefined ? {} : { oauthClient: clientFrom(flags["oauth-client"]) }),
    ...(flags.seed === undefined ? {} : { seed: await readSeedFile(flags.seed) }),
    ...(flags.state === undefined ? {} : { state: flags.state }),
    ...(flags.log ? { onAnswer: (seen) => io.err(`${lineFor(seen)}\n`) } : {}),
  };
}

function numberFrom(flag: string, text: string | undefined, otherwise: number, maximum = 1_000_000_000): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= maximum) return value;
  throw new UsageError(`--${flag} takes a whole number up to ${maximum}, not "${text}".`);
}

function scopeFrom(text: string): Scope {
  const scope = SCOPES.find((known) => known === text.trim());
  if (scope === undefined) throw new UsageError(`"${text}" is not a scope; known are ${SCOPES.join(", ")}.`);
  return scope;
}

const OAUTH_KINDS = ["login", "ci"] as const;

function oauthKind(text: string | undefined): (typeof OAUTH_KINDS)[number] | undefined {
  const kind = OAUTH_KINDS.find((known) => known === text);
  if (text === undefined || kind !== undefined) return kind;
  throw new UsageError(`--oauth can be ${OAUTH_KINDS.join(" or ")}, not "${text}".`);
}

function clientFrom(text: string): { id: string; secret: string } {
  const [, id, secret] = /^([^\s:]+):(\S+)$/.exec(text) ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret };
  throw new UsageError("--oauth-client takes an id and a secret with a colon between them.");
}

/** The variables by which a command reaches the emulator. */
async function accessTo({ url, token, oauth }: Emulator, kind: ReturnType<typeof oauthKind>) {
  if (kind === undefined) return { FRONT_API_URL: url, FRONT_API_TOKEN: token };
  const client = {
    FRONT_API_URL: url,
    FRONT_OAUTH_URL: oauth.url,
    FRONT_OAUTH_CLIENT_ID: oauth.clientId,
    FRONT_OAUTH_CLIENT_SECRET: oauth.clientSecret,
  };
  return kind === "login" ? client : { ...client, FRONT_OAUTH_REFRESH_TOKEN: await oauth.signIn() };
}

type Access = Awaited<ReturnType<typeof accessTo>>;

/** `shortPages` alone asks for the answer true. */
function answerFrom(text: string): Record<string, unknown> {
  const [name = "", answer = "true"] = text.split("=");
  const answers = Object.entries(BEHAVIOURS).find(([known]) => known === name)?.[1];
  if (answers === undefined) throw new UsageError(`there is no behaviour "${name}"; see front-emulator --help.`);
  const chosen = answers.find((known) => String(known) === answer);
  if (chosen === undefined) throw new UsageError(`${name} can be ${answers.join(" or ")}, not "${answer}".`);
  return { [name]: chosen };
}

function lineFor({ method, path, query, status, fault }: Emulator["requests"][number]): string {
  const target = query === "" ? path : `${path}?${query}`;
  return `${method} ${target} ${status ?? "cut"}${fault === undefined ? "" : ` (${fault})`}`;
}

async function serve({ url }: Emulator, access: Access, io: EmulatorIo): Promise<number> {
  const stopped = new Promise<void>((resolve) => {
    const forget = io.onSignal(() => {
      forget();
      resolve();
    });
  });
  const exports = Object.entries(access).map(([name, value]) => `export ${name}=${value}\n`);
  io.out(`Front is at ${url}\n\n${exports.join("")}`);
  await stopped;
  return 0;
}

async function runCommand(command: readonly string[], access: Access, io: EmulatorIo): Promise<number> {
  const [program = "", ...args] = command;
  // Whatever else the environment has to offer is for another Front.
  const foreign = Object.keys(io.env).filter((name) => name === "FRONT_API_TOKEN" || name.startsWith("FRONT_OAUTH_"));
  const env = { ...io.env, ...Object.fromEntries(foreign.map((name) => [name, undefined])), ...access };
  const child = spawn(program, args, { stdio: "inherit", env });
  const forget = io.onSignal((signal) => {
    // A terminal sends Ctrl-C to the whole foreground group, so the command has already had this one.
    if (signal === "SIGINT" && io.interactive) return;
    child.kill(signal);
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", (cause: NodeJS.ErrnoException) => {
        reject(new UsageError(`${program} cannot be run (${cause.code}); check its name and that it is installed.`));
      });
      child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    forget();
  }
}

/** A foreseen error in its own words; undefined for a bug, which is to be seen with its stack. */
function sentenceFor(error: unknown): string | undefined {
  if (error instanceof UsageError || error instanceof SeedError || error instanceof FaultSpecError)
    return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "the port is in use; give another --port, or 0 for any free one.";
  if (code === "EACCES" || code === "EPERM") return `no permission: ${message}.`;
  return undefined;
}

/** The package's version, found from the sources and from dist alike. */
function version(): string {
  for (const place of ["../package.json", "../../package.json"]) {
    try {
      return JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8")).version;
    } catch {
      // Not there: the other place has it.
    }
  }
  return "unknown";
}

function realIo(): EmulatorIo {
  const { stdin, stdout, stderr, env } = process;
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    env,
    interactive: stdin.isTTY || stdout.isTTY || stderr.isTTY,
    onSignal(listener) {
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}

const isProgram = process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isProgram) process.exitCode = await runEmulator(process.argv.slice(2), realIo());
