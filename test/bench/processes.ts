import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** The built program. */
export const TOOL = `${ROOT}dist/cli/main.js`;
export const REGISTER_TYPESCRIPT = `${ROOT}test/support/register-typescript.js`;
const USAGE = `${ROOT}test/bench/usage.cjs`;

export interface RunResult {
  readonly out: string;
  /** Wall time in milliseconds. */
  readonly wall: number;
  /** CPU time in milliseconds, including kernel time. */
  readonly cpu: number;
  /** Peak memory in MB. */
  readonly memory: number;
}

/** Runs a program with Node.js. Throws an error if the program fails. */
export async function run(
  args: readonly string[],
  { cwd = ROOT, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<RunResult> {
  const start = performance.now();
  const child = spawn(process.execPath, ["--require", USAGE, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const [out, err, usage] = [collect(child.stdout), collect(child.stderr), collect(child.stdio[3] as Readable)];
  const [code] = await once(child, "close");
  const wall = performance.now() - start;
  if (code !== 0) throw new Error(`${args.join(" ")} exited with ${code}:\n${out.text}\n${err.text}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(usage.text);
  return { out: out.text, wall, cpu: (userCPUTime + systemCPUTime) / 1000, memory: maxRSS / 1024 };
}

function collect(stream: Readable | null): { readonly text: string } {
  const collected = { text: "" };
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    collected.text += chunk;
  });
  return collected;
}

interface LoggedRequest {
  /** Milliseconds on the clock of this process. */
  readonly at: number;
  readonly method: string;
  readonly target: string;
  readonly status: string;
}

interface Log {
  readonly requests: LoggedRequest[];
  readonly marks: Map<string, () => void>;
}

/** The emulator in another process, and its request log. */
export class Front implements AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly #process: ChildProcess;
  readonly #logged: LoggedRequest[];
  /** Callbacks by path. A callback is called when its path appears in the log. */
  readonly #marks: Map<string, () => void>;

  private constructor(child: ChildProcess, url: string, token: string, log: Log) {
    this.#process = child;
    this.url = url;
    this.token = token;
    this.#logged = log.requests;
    this.#marks = log.marks;
  }

  static async start(flags: readonly string[]): Promise<Front> {
    const child = spawn(process.execPath, ["--max-old-space-size=12000", TOOL, "emulator", "--log", ...flags]);
    const requests: LoggedRequest[] = [];
    const marks = new Map<string, () => void>();
    createInterface({ input: child.stderr }).on("line", (line) => {
      const [method = "", target = "", status = ""] = line.split(" ");
      const onMark = marks.get(target);
      if (onMark === undefined) requests.push({ at: performance.now(), method, target, status });
      else onMark();
    });
    const variables = new Map<string, string>();
    for await (const line of createInterface({ input: child.stdout })) {
      const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) variables.set(name, value);
      if (variables.size === 2) break;
    }
    const [url, token] = [variables.get("FRONT_API_URL"), variables.get("FRONT_API_TOKEN")];
    if (url === undefined || token === undefined) throw new Error(`the emulator did not start with ${flags.join(" ")}`);
    return new Front(child, url, token, { requests, marks });
  }

  /** The environment variables that connect a program to this emulator. */
  get credentials(): Record<string, string> {
    return { FRONT_API_URL: this.url, FRONT_API_TOKEN: this.token };
  }

  /** Returns the requests since the last call. */
  async takeRequests(): Promise<LoggedRequest[]> {
    const mark = `/mark-${this.#marks.size}`;
    const marked = new Promise<void>((resolve) => this.#marks.set(mark, resolve));
    // This request has no token, so it does not count against the rate limit. All earlier requests precede it in the
    // log.
    await fetch(this.url + mark);
    await marked;
    return this.#logged.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill();
    await once(this.#process, "close");
  }
}
