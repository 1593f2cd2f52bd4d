import type { Clock, Fetch, WritableDisk } from "../src/index.ts";
import { UserError } from "../src/model/user-error.ts";

/** Everything the program shares with the outside, so that a test can be the outside. */
export interface Environment {
  /** The answer, and nothing else. */
  readonly out: (text: string) => void;
  /** Everything that is not the answer. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where paths of the command line start. */
  readonly cwd: string;
  readonly terminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Where a live line may be drawn; absent when standard error is not a terminal. */
  readonly screen?: NodeJS.WriteStream;
  /** Asks on the terminal; undefined when the question was cut off. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** All of standard input, however often it is asked for. */
  readonly input: () => Promise<string>;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Calls the listener at SIGINT, SIGTERM and SIGHUP, in place of `signal`, until the returned function is called. */
  readonly onSignal?: (listener: (signal: NodeJS.Signals) => void) => () => void;
  /** How this program was started: Node.js, its options, and the script. */
  readonly program?: readonly string[];
  /** What a second Ctrl-C would leave in doubt, in words. */
  readonly inFlight: Set<string>;
  /** In place of the machine's own. */
  readonly clock?: Clock;
  /** In place of the machine's network. */
  readonly fetch?: Fetch;
  /** In place of the machine's own, for plans and the cache. */
  readonly disk?: WritableDisk;
}

/** The flags as given on the command line, by their names there. One that was not given is absent. */
export type Given = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Terraform's, with `fmt`'s own. */
export const EXIT = { ok: 0, failed: 1, changesPending: 2, unformatted: 3 } as const;

/** A command line, a file that it names, or an environment variable that cannot be used. */
export class UsageError extends UserError {
  constructor(summary: string, advice: string) {
    super("usage", summary, { advice });
  }
}

/** Throws a `UsageError` when the file is named as those are that hold contacts: it would take the place of one. */
export function mustNotBeContacts(named: string): void {
  if (!/\.ya?ml$/i.test(named)) return;
  throw new UsageError(`${named} is named as files of contacts are`, "Name a file that does not end in .yaml or .yml.");
}
