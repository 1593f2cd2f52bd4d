import { closeSync, constants, openSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { adviseUnwritable, type Clock, reasonOf, traceRequests } from "../src/internal.ts";
import { assertOutputFileName, type Environment, UsageError } from "./environment.ts";

export type Trace = ReturnType<typeof openTrace>;

/** Opens a file to append requests to it. A new file is readable only by its owner. */
export function openTrace(file: string, { cwd, fetch: send, err }: Environment, clock: Clock) {
  assertOutputFileName(file);
  let descriptor: number | undefined = open(resolve(cwd, file), file);
  const close = () => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  const onRequest = (exchange: object) => {
    if (descriptor === undefined) return;
    try {
      writeFileSync(descriptor, `${JSON.stringify(exchange)}\n`);
    } catch (error) {
      close();
      const advice = adviseUnwritable(error);
      err(`Warning: "${file}" can no longer be written (${reasonOf(error)}), so the trace is incomplete. ${advice}\n`);
    }
  };
  return { fetch: traceRequests(send ?? ((request) => fetch(request)), { clock, onRequest }), close };
}

function open(path: string, file: string): number {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a reader.
    const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
    return openSync(path, O_APPEND | O_CREAT | O_NONBLOCK | O_WRONLY, 0o600);
  } catch (error) {
    throw new UsageError(`"${file}" cannot be written (${reasonOf(error)})`, adviseUnwritable(error));
  }
}
