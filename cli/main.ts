#!/usr/bin/env node
import { fstatSync, writeFileSync } from "node:fs";
import { addAbortSignal } from "node:stream";
import { EXIT, MAX_INPUT_BYTES, UsageError } from "./environment.ts";
import { run } from "./run.ts";
import { nameSourcesInStackTraces } from "./stack-traces.ts";
import { limitHeapGrowth, tuneV8 } from "./tune-v8.ts";

// Stack traces are changed only after an uncaught error. If they were changed from the start, formatting the stack
// trace of an error that a package catches would also read the source maps, which takes 40 ms.
process.once("uncaughtExceptionMonitor", nameSourcesInStackTraces);

const interrupted = new AbortController();
const inFlight = new Map<string, string>();

/** Receives signals in place of `interrupt` while a command handles signals itself. */
let signalListener: ((signal: NodeJS.Signals) => void) | undefined;

/** Seconds within which signals count as one: `timeout` sends a signal to the process and to its process group. */
const SIGNAL_WINDOW = 0.25;

let lastSignalAt = Number.NEGATIVE_INFINITY;

function interrupt(signal: NodeJS.Signals = "SIGINT"): void {
  const now = process.uptime();
  if (now - lastSignalAt < SIGNAL_WINDOW) return;
  lastSignalAt = now;
  if (signalListener !== undefined) {
    signalListener(signal);
    return;
  }
  if (!interrupted.signal.aborted) {
    process.stderr.write("\nInterrupted. Waiting for requests in flight; press Ctrl-C again to exit immediately.\n");
    interrupted.abort();
    return;
  }
  const operations = [...inFlight.keys()].map((operation) => `  ${operation}\n`).join("");
  const [advice] = inFlight.values();
  const details =
    advice === undefined ? "" : ` The outcome of these operations is unknown:\n${operations}\n${advice} to continue.`;
  process.stderr.write(`\nExited immediately.${details}\n`);
  process.exit(EXIT.failed);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);

let outputFailed = false;

/**
 * Reports only the first error. Does not exit, so that a full disk does not stop an apply. A closed pipe, for example
 * to `head`, is not an error.
 */
function handleWriteError(stream: NodeJS.WriteStream, { code, message }: NodeJS.ErrnoException): void {
  if (code === "EPIPE" || outputFailed) return;
  outputFailed = true;
  if (stream === process.stderr) return;
  process.stderr.write(
    `\nError: The output cannot be written (${code ?? message})\n\n  Free disk space, or write to another file.\n`,
  );
}

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => handleWriteError(stream, error));
}

/** Writes to standard output, which must be a file. On a full disk, a stream would silently omit part of the text. */
function writeToOutputFile(text: string, onError?: () => void): void {
  try {
    writeFileSync(process.stdout.fd, text);
  } catch (error) {
    handleWriteError(process.stdout, error as NodeJS.ErrnoException);
    onError?.();
  }
}

function writeToOutputStream(text: string, onError?: () => void): void {
  process.stdout.write(text, (error) => {
    if (error) onError?.();
  });
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

/**
 * Returns whether a stream is a file or a device other than a terminal. Returns false for a pipe, because it may lead to
 * a terminal.
 */
function isHidden(stream: typeof process.stdout | typeof process.stderr): boolean {
  try {
    const status = fstatSync(stream.fd);
    return !stream.isTTY && (status.isFile() || status.isCharacterDevice());
  } catch {
    return false;
  }
}

// The last write of a stream may fail after the command has returned.
process.on("exit", () => {
  if (outputFailed) process.exitCode = EXIT.failed;
});

const promptStream = process.stdout.isTTY && !process.stderr.isTTY ? process.stdout : process.stderr;

async function ask(text: string): Promise<string | undefined> {
  const { createInterface } = await import("node:readline/promises");
  const questionStart = text.lastIndexOf("\n") + 1;
  promptStream.write(text.slice(0, questionStart));
  const question = text.slice(questionStart);
  const terminal = createInterface({ input: process.stdin, output: promptStream });
  terminal.on("SIGINT", () => interrupt());
  try {
    // At the end of the input, readline closes without resolving the question.
    const closed = new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined)));
    return await Promise.race([terminal.question(question, { signal: interrupted.signal }), closed]);
  } catch {
    return undefined;
  } finally {
    terminal.close();
  }
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw new UsageError(
      "The working directory no longer exists",
      "Change to an existing directory, then run the command again.",
    );
  }
}

let input: Promise<Uint8Array> | undefined;

async function readInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of addAbortSignal(interrupted.signal, process.stdin)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_INPUT_BYTES) break;
    }
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    throw new UsageError("Interrupted while reading standard input", "Run the command again.");
  }
  if (length <= MAX_INPUT_BYTES) return Buffer.concat(chunks);
  throw new UsageError(
    "Standard input is larger than 256 MB",
    "Check that it is the right file. To import a large file, split it and import the parts one at a time.",
  );
}

process.exitCode = await run(process.argv.slice(2), {
  out: isFile(process.stdout.fd) ? writeToOutputFile : writeToOutputStream,
  err: (text) => void process.stderr.write(text),
  env: process.env,
  // This is a getter, so that help and version also work in a deleted directory.
  get cwd() {
    return workingDirectory();
  },
  terminal: {
    stdin: process.stdin.isTTY === true,
    stdout: process.stdout.isTTY === true,
    stderr: process.stderr.isTTY === true,
    // Pseudo-terminals without a size report 0 columns.
    columns: process.stdout.columns || undefined,
    hidesPrompts: isHidden(promptStream),
  },
  progressStream: process.stderr.isTTY ? process.stderr : undefined,
  ask,
  input: () => (input ??= readInput()),
  signal: interrupted.signal,
  onSignal(listener) {
    signalListener = listener;
    return () => {
      signalListener = undefined;
    };
  },
  program: [process.execPath, ...process.execArgv, process.argv[1] ?? ""],
  inFlight,
  onCommandLoaded: tuneV8,
  onProgress: limitHeapGrowth,
  // Every version of Node.js 24 supports NODE_USE_ENV_PROXY. Other versions support it only if they have the option.
  supportsProxies: () =>
    process.versions.node.startsWith("24.") || process.allowedNodeEnvironmentFlags.has("--use-env-proxy"),
});
