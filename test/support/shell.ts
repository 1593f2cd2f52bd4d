import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";

/** A call of a command by a script. */
interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The exported variables whose values have one line. */
  readonly env: Readonly<Record<string, string>>;
  /** The first line of standard input, if the option `--config -` is present. */
  readonly input: string;
}

export interface CallResult {
  readonly code?: number;
  readonly out?: string;
  readonly err?: string;
}

export type Command = (call: Call) => CallResult | Promise<CallResult>;

interface ProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface ShellOptions extends ProcessOptions {
  /** Commands that the test process executes when a script calls them, because it takes longer to start a process. */
  readonly commands: Readonly<Record<string, Command>>;
}

export interface ShellResult {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Runs a bash script in a process. Bash scripts that it starts can also call `commands`. */
export async function runBash(script: string, options: ShellOptions): Promise<ShellResult> {
  const functions = Object.keys(options.commands).map((name) => [`BASH_FUNC_${name}%%`, `() {${bodyOf(name)}}`]);
  const env = { ...options.env, ...Object.fromEntries(functions) };
  return await run("bash", ["-eo", "pipefail", "-c", script], { ...options, env });
}

/** Runs the script in a file in a process, like `sh FILE`. */
export async function runFile(path: string, options: ShellOptions): Promise<ShellResult> {
  return await run("sh", ["-c", `${functionsFor(options.commands)}. "$0"`, path], options);
}

/** A shell that runs one script after another, each in a subshell, because it takes longer to start a process. */
export class Shell implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "front-contacts-shell-"));
  readonly #child: ChildProcess;
  readonly #socket: Duplex;
  #onDone: (code: number) => void = () => {};

  /** `scriptName` is the value of `$0` in the scripts. */
  constructor(program: "bash" | "sh", scriptName: string, { commands, ...options }: ShellOptions) {
    // A script that starts bash with another script stays in the same subshell.
    const script = `${functionsFor(commands)}bash() { . "$1"; }
while IFS= read -r request <&3; do
  (. "$request")
  printf '%s\\0' done '' '' 1 "$?" '' >&3
done`;
    this.#child = spawn(program, ["-c", script, scriptName], {
      ...options,
      stdio: ["ignore", "inherit", "inherit", "pipe"],
    });
    this.#socket = this.#child.stdio[3] as Duplex;
    serve(this.#socket, { directory: this.#directory, commands, onDone: (code) => this.#onDone(code) });
    this.#child.once("close", () => this.#onDone(1));
  }

  /** Runs a script with additional environment variables. */
  async run(script: string, { cwd, env }: ProcessOptions): Promise<ShellResult> {
    const output = join(this.#directory, "output");
    const variables = Object.entries(env).map(([name, value = ""]) => `export ${name}=${quote(value)}\n`);
    const text = `exec > ${quote(output)} 2>&1 < /dev/null\ncd ${quote(cwd)}\n${variables.join("")}${script}\n`;
    writeFileSync(join(this.#directory, "request"), text);
    const code = await new Promise<number>((resolve) => {
      this.#onDone = resolve;
      this.#socket.write(`${join(this.#directory, "request")}\n`);
    });
    return { code, output: readFileSync(output, "utf8") };
  }

  [Symbol.dispose](): void {
    this.#child.kill();
    rmSync(this.#directory, { recursive: true });
  }
}

function functionsFor(commands: ShellOptions["commands"]): string {
  return Object.keys(commands)
    .map((name) => `${name}() {${bodyOf(name)}}\n`)
    .join("");
}

/** Returns the body of a shell function that sends its call to the test process, and then executes the response. */
function bodyOf(name: string): string {
  return `
  call_input=
  case " $* " in *" --config - "*) IFS= read -r call_input ;; esac
  printf '%s\\0' ${name} "$PWD" "$call_input" "$#" "$@" >&3
  export -p >&3
  printf '\\0' >&3
  IFS= read -r call_response <&3
  . "$call_response"
  return "$call_code"
`;
}

async function run(shell: string, args: readonly string[], options: ShellOptions): Promise<ShellResult> {
  const { commands, ...spawnOptions } = options;
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-shell-"));
  const child = spawn(shell, args, { ...spawnOptions, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => (output += String(text)));
  serve(child.stdio[3] as Duplex, { directory, commands, onDone: () => {} });
  const code = await new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1)));
  rmSync(directory, { recursive: true });
  return { code, output };
}

interface Server extends Pick<ShellOptions, "commands"> {
  /** The directory for the files with responses. */
  readonly directory: string;
  readonly onDone: (code: number) => void;
}

/** Executes the calls that a shell sends, one at a time. */
function serve(socket: Duplex, { directory, commands, onDone }: Server): void {
  let request = "";
  socket.setEncoding("utf8").on("data", async (text) => {
    request += text;
    const call = parseCall(request);
    if (call === undefined) return;
    request = "";
    if (call.name === "done") return onDone(Number(call.args[0]));
    const result = await execute(commands, call);
    writeFileSync(join(directory, "response"), responseScript(result));
    socket.write(`${join(directory, "response")}\n`);
  });
}

async function execute(commands: ShellOptions["commands"], call: Call & { readonly name: string }) {
  try {
    return (await commands[call.name]?.(call)) ?? { code: 127 };
  } catch (error) {
    return { code: 1, err: error instanceof Error ? String(error.stack) : String(error) };
  }
}

function responseScript({ code = 0, out = "", err = "" }: CallResult): string {
  return `printf %s ${quote(out)}\nprintf %s ${quote(err)} >&2\ncall_code=${code}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Returns the call in a request; undefined if the request is incomplete. */
function parseCall(request: string): (Call & { readonly name: string }) | undefined {
  const [name = "", cwd = "", input = "", count, ...rest] = request.split("\0");
  const args = rest.splice(0, Number(count));
  const [variables = "", end] = rest;
  return end === undefined ? undefined : { name, cwd, input, args, env: parseVariables(variables) };
}

/** Parses the output of `export -p` in bash or dash. */
function parseVariables(text: string): Record<string, string> {
  const variables = Array.from(text.matchAll(/^(?:declare -x|export) (\w+)=(["'])(.*)\2$/gm));
  return Object.fromEntries(
    variables.map(([, name = "", mark, value = ""]) => [
      name,
      mark === '"' ? value.replaceAll(/\\(["$`\\])/g, "$1") : value.replaceAll(`'"'"'`, "'"),
    ]),
  );
}
