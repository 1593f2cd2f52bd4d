import type { Environment } from "../../cli/environment.ts";

export interface OutputListeners {
  readonly onOut?: (text: string) => void;
  readonly onErr?: (text: string) => void;
}

/** Returns an environment without terminals, input or variables, and the output that the program prints. */
export function programEnvironment({ onOut, onErr, ...replaced }: Partial<Environment> & OutputListeners = {}): {
  readonly environment: Environment;
  readonly printed: { out: string; err: string };
} {
  const printed = { out: "", err: "" };
  const environment = {
    out: (text: string) => {
      printed.out += text;
      onOut?.(text);
    },
    err: (text: string) => {
      printed.err += text;
      onErr?.(text);
    },
    env: {},
    cwd: process.cwd(),
    terminal: { stdin: false, stdout: false, stderr: false },
    ask: async () => undefined,
    input: async () => new Uint8Array(),
    signal: new AbortController().signal,
    inFlight: new Map(),
    ...replaced,
  };
  return { environment, printed };
}
