import { type ChildProcess, spawn } from "node:child_process";
import { buildProgram } from "./build-program.ts";
import type { RunResult, Sandbox } from "./sandbox.ts";

/** The path of the program. The program is built when this module is loaded, because tests have a timeout. */
export const MAIN = buildProgram();

/** The result of a process. `code` is -1 if a signal ended the process. */
export interface ProcessResult extends RunResult {
  readonly signal: NodeJS.Signals | null;
}

/** Starts a process in the directory of a sandbox, with credentials for the sandbox's emulator. */
function spawnProcess(
  command: string,
  args: readonly string[],
  { directory, front: { url, token } }: Sandbox,
): ChildProcess {
  const credentials = { FRONT_API_URL: url, FRONT_API_TOKEN: token, FRONT_CONTACTS_BACKOFF_MS: "1" };
  const env = { PATH: process.env["PATH"], ...credentials };
  return spawn(command, args, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
}

export class Program implements AsyncDisposable {
  readonly exited: Promise<ProcessResult>;
  readonly #child: ChildProcess;
  #out = "";
  #err = "";
  #listeners: (() => void)[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#child.stdout?.on("data", (text) => {
      this.#out += String(text);
    });
    this.#child.stderr?.on("data", (text) => {
      this.#err += String(text);
      for (const listener of this.#listeners.splice(0)) listener();
    });
    this.exited = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        for (const listener of this.#listeners.splice(0)) listener();
        resolve({ code: code ?? -1, signal, out: this.#out, err: this.#err });
      });
    });
  }

  static start(command: string, sandbox: Sandbox): Program {
    return new Program(spawnProcess(process.execPath, [MAIN, ...command.split(" ")], sandbox));
  }

  /**
   * Starts a shell script, for example to redirect output or set limits. In the script, `front-contacts` runs the built
   * program.
   */
  static inShell(script: string, sandbox: Sandbox): Program {
    const program = `"${process.execPath}" "${MAIN}"`;
    return new Program(spawnProcess("bash", ["-c", script.replaceAll("front-contacts ", `${program} `)], sandbox));
  }

  private get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until standard error contains this text, or the process has ended. */
  async waitForStderr(text: string): Promise<void> {
    while (!this.#err.includes(text) && !this.hasExited) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.send("SIGKILL");
    await this.exited;
  }
}
