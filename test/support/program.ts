import { type ChildProcess, spawn } from "node:child_process";
import type { Outside, Ran } from "./test-environment.ts";

/** How a process ended. `code` is that of `Ran`, and -1 when a signal took the process. */
export interface Gone extends Ran {
  readonly signal: NodeJS.Signals | null;
}

/** Where its files are, and with its Front. */
function begin(command: string, words: readonly string[], { directory, front: { url, token } }: Outside): ChildProcess {
  const access = { FRONT_API_URL: url, FRONT_API_TOKEN: token, FRONT_CONTACTS_BACKOFF_MS: "1" };
  const env = { PATH: process.env["PATH"], ...access };
  return spawn(command, words, { cwd: directory, env, stdio: ["ignore", "pipe", "pipe"] });
}

/** The built program as a process of its own. */
export class Program implements AsyncDisposable {
  readonly gone: Promise<Gone>;
  readonly #child: ChildProcess;
  #out = "";
  #err = "";
  #heard: (() => void)[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#child.stdout?.on("data", (text) => {
      this.#out += String(text);
    });
    this.#child.stderr?.on("data", (text) => {
      this.#err += String(text);
      for (const hear of this.#heard.splice(0)) hear();
    });
    this.gone = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => {
        for (const hear of this.#heard.splice(0)) hear();
        resolve({ code: code ?? -1, signal, out: this.#out, err: this.#err });
      });
    });
  }

  static start(main: string, words: string, outside: Outside): Program {
    return new Program(begin(process.execPath, [main, ...words.split(" ")], outside));
  }

  /** In a shell, which closes, limits and redirects as people do. In the script it goes by its name. */
  static inShell(main: string, script: string, outside: Outside): Program {
    const command = `"${process.execPath}" "${main}"`;
    return new Program(begin("bash", ["-c", script.replaceAll("front-contacts ", `${command} `)], outside));
  }

  private get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has said this on standard error, or is gone. */
  async says(text: string): Promise<void> {
    while (!this.#err.includes(text) && !this.isGone) {
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.send("SIGKILL");
    await this.gone;
  }
}
