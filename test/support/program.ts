import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Outside, Ran } from "./outside.ts";

/** How a process ended. `code` is that of `Ran`, and -1 when a signal took the process. */
export interface Gone extends Ran {
  readonly signal: NodeJS.Signals | null;
}

/** The built program as a process of its own. */
export class Program implements AsyncDisposable {
  readonly gone: Promise<Gone>;
  readonly #child: ChildProcess;
  #out = "";
  #err = "";
  #heard: (() => void)[] = [];

  constructor(main: string, words: string, outside: Outside, { env, ...options }: SpawnOptions = {}) {
    const { url, token } = outside.front;
    this.#child = spawn(process.execPath, [main, ...words.split(" ")], {
      cwd: outside.directory,
      env: {
        ...{ PATH: process.env["PATH"], FRONT_API_URL: url, FRONT_API_TOKEN: token, FRONT_CONTACTS_BACKOFF_MS: "1" },
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
      ...options,
    });
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

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Hears nothing more of its answer, as `head` does when it has enough. */
  hangUp(): void {
    this.#child.stdout?.destroy();
  }

  onOut(listener: () => void): void {
    this.#child.stdout?.on("data", listener);
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
