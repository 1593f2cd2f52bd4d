import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CALL = fileURLToPath(new URL("./call.js", import.meta.url));
const TYPESCRIPT = new URL("./run-typescript.js", import.meta.url).href;

/** Young objects get room, and one thread to clear them away: every processor has a process of its own to run. */
const FLAGS = ["--max-semi-space-size=32", "--single-threaded-gc", `--import=${TYPESCRIPT}`];

/** A failure has to be readable as far as anybody would read. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/**
 * Calls an exported function in a Node of its own. For long calculations: in jest's sandbox each use of a global costs,
 * and the whole takes half as long again. What goes in and comes out is JSON.
 */
export async function natively<Call extends (...words: never[]) => Promise<unknown>>(
  module: URL,
  name: string,
  ...words: Parameters<Call>
): Promise<Awaited<ReturnType<Call>>> {
  const call = [...FLAGS, CALL, module.href, name, JSON.stringify(words)];
  const { stdout } = await promisify(execFile)(process.execPath, call, { maxBuffer: MOST_OUTPUT });
  return JSON.parse(stdout);
}
