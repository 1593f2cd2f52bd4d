import { closeSync, constants, openSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Fetch, systemClock, traceRequests } from "../src/index.ts";
import { type Environment, type Given, mustNotBeContacts, UsageError } from "./process-io.ts";

/**
 * With `--trace FILE`, a way to send that adds a line to the file for every exchange. The file is opened at once, so
 * that one that cannot be written is found before any work; it is only ever added to, and only its owner may read it.
 */
export function tracingFetch(io: Environment, given: Given): Fetch | undefined {
  const named = given["trace"];
  if (typeof named !== "string") return io.fetch;
  mustNotBeContacts(named);
  const path = resolve(io.cwd, named);
  let descriptor: number | undefined = open(path, named);
  return traceRequests(io.fetch ?? ((request) => fetch(request)), {
    clock: io.clock ?? systemClock,
    onRequest(exchange) {
      if (descriptor === undefined) return;
      try {
        writeFileSync(descriptor, `${JSON.stringify(exchange)}\n`);
      } catch {
        closeSync(descriptor);
        descriptor = undefined;
        io.err(`Warning: ${named} can no longer be written, so nothing more is traced.\n`);
      }
    },
  });
}

function open(path: string, named: string): number {
  try {
    // Without O_NONBLOCK, opening a named pipe waits for somebody to read it.
    const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
    return openSync(path, O_APPEND | O_CREAT | O_NONBLOCK | O_WRONLY, 0o600);
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new UsageError(`${named} cannot be written (${code})`, "Name a file in a directory that may be written.");
  }
}
