import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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

interface ShellOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Commands that the test process executes when a script calls them, because it takes longer to start a process. */
  readonly commands: Readonly<Record<string, Command>>;
}

export interface ShellResult {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Runs a bash script. Bash scripts that it starts can also call `commands`. */
export async function runBash(script: string, options: ShellOptions): Promise<ShellResult> {
  const functions = Object.keys(options.commands).map((name) => [`BASH_FUNC_${name}%%`, `() {${bodyOf(name)}}`]);
  const env = { ...options.env, ...Object.fromEntries(functions) };
  return await run("bash", ["-eo", "pipefail", "-c", script], { ...options, env });
}

/** Runs the script in a file, like `sh FILE`. Other scripts that it starts cannot call `commands`. */
export async function runFile(path: string, options: ShellOptions): Promise<ShellResult> {
  const functions = Object.keys(options.commands).map((name) => `${name}() {${bodyOf(name)}}\n`);
  return await run("sh", ["-c", `${functions.join("")}. "$0"`, path], options);
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
  const socket = child.stdio[3] as Duplex;
  let request = "";
  socket.setEncoding("utf8").on("data", async (text) => {
    request += text;
    const call = parseCall(request);
    if (call === undefined) return;
    request = "";
    const result = await execute(commands, call);
    writeFileSync(join(directory, "response"), responseScript(result));
    socket.write(`${join(directory, "response")}\n`);
  });
  const code = await new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1)));
  rmSync(directory, { recursive: true });
  return { code, output };
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

/** Returns undefined if the request is incomplete. */
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
