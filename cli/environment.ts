import type { Clock, Fetch, WritableDisk } from "../src/internal.ts";
import { UserError, type UserErrorOptions } from "../src/model/user-error.ts";

/** The process environment, injectable for tests. */
export interface Environment {
  /** Writes the result to standard output. Calls `onError` if that fails. */
  readonly out: (text: string, onError?: () => void) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Paths on the command line are relative to this directory. */
  readonly cwd: string;
  /** The streams that are terminals, and the width of the terminal in columns. */
  readonly terminal: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
    readonly columns?: number | undefined;
    /** True if prompts would be written to a file, or to a device other than a terminal. */
    readonly hidesPrompts?: boolean;
  };
  /** The stream for a live progress line; undefined if standard error is not a terminal. */
  readonly progressStream?: NodeJS.WriteStream | undefined;
  /**
   * Prompts on the terminal. The question is the last line of the text. Resolves to undefined if the prompt is
   * interrupted or the input ends.
   */
  readonly ask: (text: string) => Promise<string | undefined>;
  /**
   * Returns all of standard input. Later calls return the same bytes. Throws a `UsageError` if the input is too large
   * or reading is interrupted.
   */
  readonly input: () => Promise<Uint8Array>;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /**
   * Calls the listener on SIGINT, SIGTERM and SIGHUP instead of aborting `signal`, until the returned function is
   * called.
   */
  readonly onSignal?: (listener: (signal: NodeJS.Signals) => void) => () => void;
  /** The command that started this program: Node.js, its options, and the script. */
  readonly program?: readonly string[];
  /**
   * The operations whose outcome would be unknown if the process exited now. Contains advice on how to continue, by the
   * escaped and masked ID of the operation.
   */
  readonly inFlight: Map<string, string>;
  /** Called after the code of a command is loaded, and before the command runs. */
  readonly onCommandLoaded?: (command: { readonly sendsRequests: boolean }) => void;
  /** Called repeatedly while a command loads the configuration or reads the remote state. */
  readonly onProgress?: () => void;
  /** Returns whether this version of Node.js can send requests through a proxy. Default: false. */
  readonly supportsProxies?: () => boolean;
  /** Replaces the system clock. */
  readonly clock?: Clock;
  /** Replaces the network. */
  readonly fetch?: Fetch;
  /** Replaces the file system for the files of `--out` and `--html`, the cache and the run history. */
  readonly disk?: WritableDisk | undefined;
}

/** Maximum size of standard input and of a file to import. Half a million contacts fit. */
export const MAX_INPUT_BYTES = 256 * 1024 * 1024;

export const EXIT = { ok: 0, failed: 1, changesPending: 2, unformatted: 3 } as const;

/** An error in how the program is called, or in its environment. */
export class UsageError extends UserError {
  constructor(summary: string, advice: string, options: Pick<UserErrorOptions, "location" | "remedy"> = {}) {
    super("usage", summary, { advice, ...options });
  }
}

/** Throws a `UsageError` if an output file could replace a configuration file, or if it is named `-`. */
export function assertOutputFileName(file: string): void {
  if (file === "-") {
    throw new UsageError(
      '"-" is not a valid output file',
      'Specify a file name. "-" does not mean standard output here. To write a file with this name, specify "./-".',
    );
  }
  if (!/\.ya?ml$/i.test(file)) return;
  throw new UsageError(
    `"${file}" has the name of a configuration file`,
    "Use a file name that does not end in .yaml or .yml.",
  );
}
