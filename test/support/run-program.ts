import { run } from "../../cli/run.ts";
import type { Command } from "./shell.ts";

/**
 * Runs `front-contacts` in the test process. A separate process would load the program each time, which takes longer
 * than the command. Tests of the process itself start the program that `buildProgram()` builds.
 */
export const runProgram: Command = async ({ args, env, cwd }) => {
  let out = "";
  let err = "";
  const code = await run([...args], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env,
    cwd,
    terminal: { stdin: false, stdout: false, stderr: false },
    ask: async () => undefined,
    input: async () => new Uint8Array(),
    signal: new AbortController().signal,
    inFlight: new Map(),
  });
  return { code, out, err };
};
