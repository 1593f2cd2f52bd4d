import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { run } from "../../cli/run.ts";

/**
 * Runs `front-contacts` in the test process when a script calls it. A separate process would load the program each
 * time, which takes longer than the command. Tests of the process itself start the program that `buildProgram()`
 * builds.
 */
export class ProgramServer implements AsyncDisposable {
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => {
      let request = "";
      socket.setEncoding("utf8").on("data", (text) => {
        request += text;
        if (request.endsWith("\0\0")) void this.#respond(socket, request);
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  /** A bash script that runs `front-contacts` with its arguments, and exits with the same code. */
  get script(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `exec 3<>/dev/tcp/127.0.0.1/${port}
{ printf '%s\\0' "$PWD" "$#" "$@"; env -0; printf '\\0'; } >&3
IFS= read -r -d '' code <&3; IFS= read -r -d '' out <&3; IFS= read -r -d '' err <&3
printf %s "$out"; printf %s "$err" >&2; exit "$code"
`;
  }

  async #respond(socket: Socket, request: string): Promise<void> {
    const [cwd = "", count, ...rest] = request.slice(0, -2).split("\0");
    const argv = rest.splice(0, Number(count));
    const env = Object.fromEntries(rest.map((line) => [line.replace(/=.*/s, ""), line.replace(/^[^=]*=/, "")]));
    let out = "";
    let err = "";
    const running = run(argv, {
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
      inFlight: new Set(),
    });
    const code = await running.catch((error: unknown) => {
      err += error instanceof Error ? error.stack : String(error);
      return 1;
    });
    socket.end([code, out, err, ""].join("\0"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
