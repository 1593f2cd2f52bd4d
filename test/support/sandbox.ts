import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "@jest/globals";
import type { Environment } from "../../cli/environment.ts";
import { run } from "../../cli/run.ts";
import type { EmulatorOptions } from "../../src/emulator/index.ts";
import { startEmulator, type TestEmulator } from "./emulator.ts";
import { createRepository } from "./git.ts";
import { type OutputListeners, programEnvironment } from "./program-environment.ts";
import { expectNoSecretInFiles, expectNoSecretInText } from "./secrets.ts";

export interface RunResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions
  extends OutputListeners,
    Partial<Pick<Environment, "clock" | "cwd" | "disk" | "onCommandLoaded" | "signal">> {
  readonly env?: Readonly<Record<string, string>>;
  /** The text that a person enters at the terminal. If omitted, standard input is not a terminal. */
  readonly answer?: string;
  /** The width of the terminal. If omitted, neither standard output nor standard error is a terminal. */
  readonly columns?: number;
  /** True if prompts would be written to a file. */
  readonly hidesPrompts?: boolean;
  readonly input?: string | Uint8Array;
  /** A token that is piped into standard input. It must not appear in any output or file. */
  readonly secretInput?: string;
  /** True to simulate a version of Node.js that can use a proxy. */
  readonly supportsProxies?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the tests check the shape
export function parseJsonLines(text: string): any[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The environment of program runs: a temporary directory with files, and an emulator if requested. */
export class Sandbox implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "front-contacts-"));
  readonly #front: TestEmulator | undefined;
  readonly #secrets = new Set<string>();
  readonly #writtenPaths = new Set<string>();

  private constructor(front: TestEmulator | undefined) {
    this.#front = front;
  }

  static async withFront(options: EmulatorOptions = {}): Promise<Sandbox> {
    return new Sandbox(await startEmulator({ rate: Number.POSITIVE_INFINITY, ...options }));
  }

  static withoutFront(): Sandbox {
    return new Sandbox(undefined);
  }

  /** Returns a sandbox with copies of the company and the files. This is faster than another apply. */
  async copy(options: EmulatorOptions = {}): Promise<Sandbox> {
    const copy = await Sandbox.withFront({ seed: this.front.snapshot(), ...options });
    cpSync(this.directory, copy.directory, { recursive: true });
    return copy;
  }

  get front(): TestEmulator {
    if (this.#front === undefined) throw new Error("this sandbox has no emulator");
    return this.#front;
  }

  write(path: string, content: string | Uint8Array): this {
    mkdirSync(dirname(join(this.directory, path)), { recursive: true });
    writeFileSync(join(this.directory, path), content);
    this.#writtenPaths.add(join(this.directory, path));
    return this;
  }

  /** Creates a git repository with a commit of these files. */
  createRepository(...paths: string[]): void {
    createRepository(this, ...paths);
  }

  read(path: string): string {
    return readFileSync(join(this.directory, path), "utf8");
  }

  exists(path: string): boolean {
    return existsSync(join(this.directory, path));
  }

  files(path: string): readonly string[] {
    return readdirSync(join(this.directory, path));
  }

  /** Runs the program in this process. `command` contains the arguments, separated by spaces. */
  async run(command: string, options: RunOptions = {}): Promise<RunResult> {
    const {
      env,
      answer,
      columns,
      hidesPrompts = false,
      secretInput = "",
      input = secretInput,
      supportsProxies,
      ...rest
    } = options;
    const credentials = this.#front && { FRONT_API_URL: this.#front.url, FRONT_API_TOKEN: this.#front.token };
    const isTerminal = columns !== undefined;
    const { environment, printed } = programEnvironment({
      env: { ...credentials, FRONT_CONTACTS_BACKOFF_MS: "1", ...env },
      cwd: this.directory,
      terminal: { stdin: answer !== undefined, stdout: isTerminal, stderr: isTerminal, columns, hidesPrompts },
      ask: async (text) => {
        printed.err += text;
        return answer;
      },
      input: async () => Buffer.from(input),
      supportsProxies: () => supportsProxies === true,
      ...(this.#front && { fetch: this.#front.fetch }),
      ...rest,
    });
    this.#addSecrets(environment.env, secretInput);
    const code = await run(
      command.split(" ").filter((argument) => argument !== ""),
      environment,
    );
    expectNoSecretInText([...this.#secrets], `${printed.out}\n${printed.err}`, command);
    return { code, ...printed };
  }

  /** Runs a command that must exit with 0, and returns its standard output. */
  async succeed(command: string, options: RunOptions = {}): Promise<string> {
    const { code, out, err } = await this.run(command, options);
    expect({ command, code, err }).toEqual({ command, code: 0, err });
    return out;
  }

  /** Runs a command that must exit with 1, and returns its standard error. */
  async fail(command: string, options: RunOptions = {}): Promise<string> {
    const { code, out, err } = await this.run(command, options);
    expect({ command, code, out }).toEqual({ command, code: 1, out });
    return err;
  }

  /** Adds the credentials of a run to the secrets that its output and files must not contain. */
  #addSecrets(env: Environment["env"], secretInput: string): void {
    const names = ["FRONT_API_TOKEN", "FRONT_OAUTH_CLIENT_SECRET", "FRONT_OAUTH_REFRESH_TOKEN"];
    for (const secret of [...names.map((name) => env[name] ?? ""), secretInput]) this.#secrets.add(secret.trim());
  }

  /** Sends a GET request as a teammate, and returns the body of the response. */
  // biome-ignore lint/suspicious/noExplicitAny: the type depends on the path
  async get(path: string): Promise<any> {
    return (await this.front.asTeammate("GET", path)).body;
  }

  /** Requests a listing as a teammate, and returns its first page. */
  // biome-ignore lint/suspicious/noExplicitAny: the type depends on the path
  async list(path: string): Promise<any[]> {
    return (await this.get(path))._results;
  }

  /** Returns all requests except GET requests, as `METHOD /path`. */
  get writes(): string[] {
    const writes = this.front.requests.filter(({ method }) => method !== "GET");
    return writes.map(({ method, path }) => `${method} ${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      expectNoSecretInFiles([...this.#secrets], this.directory, this.#writtenPaths);
    } finally {
      rmSync(this.directory, { recursive: true, force: true });
      await this.#front?.close();
    }
  }
}
