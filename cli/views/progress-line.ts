import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import { type Clock, formatDuration } from "../../src/internal.ts";
import type { Environment } from "../environment.ts";
import { Pace } from "./pace.ts";
import { groupDigits, plural } from "./text.ts";

export interface Progress {
  /** True if there is a progress line, which disappears at the end. */
  readonly isLive: boolean;
  /** Does nothing without a progress line. */
  update(text: string): void;
  /** Prints a permanent line. Does nothing if there is a progress line. */
  log(text: string): void;
  /** Without a progress line, prints a line every 30 seconds. */
  count(read: number, expected?: number): void;
  stop(): Promise<void>;
}

function countText(read: number, expected: number | undefined, pace: Pace): string {
  const count = groupDigits(read);
  // The expected number comes from an earlier run, so it may be too small.
  if (expected === undefined || expected < read) return count;
  const seconds = read < expected ? pace.secondsFor(expected - read) : undefined;
  const time = seconds === undefined ? "" : `, about ${formatDuration(seconds)} left`;
  return `${count} of about ${groupDigits(expected)}${time}`;
}

export interface ProgressOptions {
  readonly clock: Clock;
  /** Default: true. False if results are printed during the work, because a progress line would interfere with them. */
  readonly live?: boolean | undefined;
  /**
   * Returns the maximum number of contacts to read per minute, which follows from the rate limit; undefined before the
   * limit is known.
   */
  readonly maxContactsPerMinute?: () => number | undefined;
}

/** Milliseconds before the progress of loading is shown, so that it does not flicker in most runs. */
const LOADING_DELAY = 1000;
/** Milliseconds between two updates of the progress of loading. */
const LOADING_INTERVAL = 200;

/** Shows how many contacts of the configuration are loaded, on one line that disappears at the end. */
export class LoadingProgress {
  readonly #stream: NodeJS.WriteStream | undefined;
  readonly #clock: Clock;
  /** Monotonic milliseconds. */
  #nextUpdate: number;
  #isShown = false;

  constructor({ progressStream, env }: Pick<Environment, "progressStream" | "env">, clock: Clock) {
    this.#stream = supportsLines(env) ? progressStream : undefined;
    this.#clock = clock;
    this.#nextUpdate = clock.monotonic() + LOADING_DELAY;
  }

  /** Writes directly to the stream, because loading does not return to the event loop, which listr2 needs. */
  update(contactsLoaded: number): void {
    if (this.#stream === undefined || this.#clock.monotonic() < this.#nextUpdate) return;
    this.#nextUpdate = this.#clock.monotonic() + LOADING_INTERVAL;
    this.#isShown = true;
    this.#stream.write(`${CLEAR_LINE}Loading the configuration… ${plural(contactsLoaded, "contact")}`);
  }

  stop(): void {
    if (this.#isShown) this.#stream?.write(CLEAR_LINE);
  }
}

/** Moves the cursor to the start of the line, and deletes the line. */
const CLEAR_LINE = "\r\u001b[K";

/** Returns whether the terminal can move the cursor. */
function supportsLines(env: Environment["env"]): boolean {
  return env["TERM"] !== "dumb";
}

type ProgressStreams = Pick<Environment, "err" | "progressStream" | "env" | "signal">;

/**
 * Starts a progress line, which also disappears when `signal` is aborted. Without a progress line, `log` prints
 * lines instead. All output is on standard error.
 */
export function startProgress(streams: ProgressStreams, title: string, options: ProgressOptions): Progress {
  const { progressStream, env, signal } = streams;
  const { live = true } = options;
  return progressStream === undefined || !live || signal.aborted || !supportsLines(env)
    ? plainProgress(streams, title, options)
    : liveProgress({ progressStream, signal }, title, options);
}

/** Milliseconds between two counts in a log. */
const LOG_INTERVAL = 30_000;

function plainProgress(
  { err, signal }: Pick<ProgressStreams, "err" | "signal">,
  title: string,
  { clock }: ProgressOptions,
): Progress {
  const pace = new Pace(clock);
  let nextLog = clock.monotonic() + LOG_INTERVAL;
  const log = (text: string) => err(`${text}\n`);
  return {
    isLive: false,
    update() {},
    count(read, expected) {
      if (signal.aborted || clock.monotonic() < nextLog) return;
      nextLog = clock.monotonic() + LOG_INTERVAL;
      pace.update(read);
      log(`${title}… ${countText(read, expected, pace)}`);
    },
    log,
    async stop() {},
  };
}

function liveProgress(
  { progressStream: stream, signal }: { readonly progressStream: NodeJS.WriteStream; readonly signal: AbortSignal },
  title: string,
  { clock, maxContactsPerMinute }: ProgressOptions,
): Progress {
  // Defined in this function, because the bundle loads listr2 on first use, and most runs have no terminal.
  class ProgressLine extends DefaultRenderer {
    /** Draws the line on standard error even if standard output is not a terminal. */
    static override nonTTY = true;
  }
  const pace = new Pace(clock);
  let finish: () => void = () => {};
  // Listr starts asynchronously, so `stop` may be called before it starts.
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let setText: (text: string) => void = () => {};
  let isEnded = false;
  const end = () => {
    isEnded = true;
    finish();
  };
  // While the line is shown, listr2 holds back all other output on the stream, including the message of a second Ctrl-C.
  signal.addEventListener("abort", end, { once: true });
  const list = new Listr(
    {
      title,
      task: (_, task) => {
        setText = (text) => {
          // A new title would draw the line again.
          if (isEnded) return;
          task.title = `${title}… ${text}`;
        };
        return finished;
      },
    },
    {
      // The Ctrl-C handler of listr2 would end the process during a request.
      registerSignalListeners: false,
      renderer: ProgressLine,
      // The default fallback renderer would write to standard output.
      fallbackRenderer: "silent",
      rendererOptions: {
        clearOutput: true,
        logger: new ListrLogger({ processOutput: new ProcessOutput(stream, stream) }),
      },
    },
  );
  const running = list.run();
  return {
    isLive: true,
    update: (text) => setText(text),
    count(read, expected) {
      pace.update(read, maxContactsPerMinute?.());
      setText(countText(read, expected, pace));
    },
    log() {},
    async stop() {
      signal.removeEventListener("abort", end);
      end();
      await running;
    },
  };
}
