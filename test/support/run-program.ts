import { run } from "../../cli/run.ts";
import { programEnvironment } from "./program-environment.ts";
import type { Command } from "./shell.ts";

/**
 * Runs `front-contacts` in the test process. A separate process would load the program each time, which takes longer
 * than the command. Tests of the process itself start the program that `buildProgram()` builds.
 */
export const runProgram: Command = async ({ args, env, cwd }) => {
  const { environment, printed } = programEnvironment({ env, cwd });
  return { code: await run([...args], environment), ...printed };
};
