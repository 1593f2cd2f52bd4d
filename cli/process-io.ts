import type { Clock, Fetch, WritableDisk } from "../src/internal.ts";
import { UserError } from "../src/model/user-error.ts";

/** The process environment, injectable for tests. */
export interface Environment {
  /** Writes the result to standard output. */
  readonly out: (text: string) => void;
  /** Writes anything else to standard error. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory, where paths of the command line start. */
  readonly cwd: string;
  readonly terminal: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
    readonly columns?: number | undefined;
  };
  /** The stream for a live progress line; undefined if standard error is not a terminal. */
  readonly screen?: NodeJS.WriteStream;
  /** Prompts on the terminal; undefined if the prompt was interrupted. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Returns all of standard input, every time it is called. Throws a `UsageError` if it is too large. */
  readonly input: () => Promise<Uint8Array>;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /**
   * Calls the listener on SIGINT, SIGTERM and SIGHUP, instead of aborting `signal`, until the returned function is
   * called.
   */
  readonly onSignal?: (listener: (signal: NodeJS.Signals) => void) => () => void;
  /** The command that started this program: Node.js, its options, and the script. */
  readonly program?: readonly string[];
  /** The operations whose outcome would be unknown if the process exited now, as text for people. */
  readonly inFlight: Set<string>;
  /** Called when the code of a command is loaded, before it runs. */
  readonly onCommandLoaded?: (command: { readonly sendsRequests: boolean }) => void;
  /** Returns whether this version of Node.js can send requests through a proxy. Default: it cannot. */
  readonly supportsProxies?: () => boolean;
  /** Replaces the system clock. */
  readonly clock?: Clock;
  /** Replaces the network. */
  readonly fetch?: Fetch;
  /** Replaces the disk for plans and the cache. */
  readonly disk?: WritableDisk;
}

/** Maximum size in bytes of a file to import, including standard input: enough for half a million contacts. */
export const MAX_INPUT_BYTES = 256 * 1024 * 1024;

/** Exit codes: those of Terraform, and one for `fmt --check`. */
export const EXIT = { ok: 0, failed: 1, changesPending: 2, unformatted: 3 } as const;

/** A command line, a file that it names, or an environment variable that cannot be used. */
export class UsageError extends UserError {
  constructor(summary: string, advice: string) {
    super("usage", summary, { advice });
  }
}

/** Throws a `UsageError` if a file to be written has the name of a configuration file, which it would replace. */
export function mustNotBeContacts(named: string): void {
  if (!/\.ya?ml$/i.test(named)) return;
  throw new UsageError(
    `${named} has the name of a configuration file`,
    "Name a file that does not end in .yaml or .yml.",
  );
}
