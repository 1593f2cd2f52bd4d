import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import { type Clock, formatDuration } from "../../src/internal.ts";
import type { Environment } from "../environment.ts";
import { Pace } from "./pace.ts";
import { groupDigits } from "./text.ts";

/** Reports the progress of long work. */
export interface Progress {
  /** True if there is a progress line, which disappears at the end. */
  readonly isLive: boolean;
  /** Updates the progress line, for example with "5 of 12". Does nothing without a progress line. */
  update(text: string): void;
  /** Prints a permanent line. Does nothing if there is a progress line, which shows the same information. */
  log(text: string): void;
  /** Updates the progress line with the number of contacts read and expected. */
  count(read: number, expected?: number): void;
  /** Removes the progress line. */
  stop(): Promise<void>;
}

function countText(read: number, expected: number | undefined, pace: Pace): string {
  const count = groupDigits(read);
  if (expected === undefined) return count;
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

type ProgressStreams = Pick<Environment, "err" | "progressStream" | "env">;

/** Starts a progress line on a terminal. Without a progress line, `log` prints lines. Both are on standard error. */
export function startProgress(streams: ProgressStreams, title: string, options: ProgressOptions): Progress {
  const { live = true } = options;
  // A dumb terminal cannot move the cursor.
  return streams.progressStream === undefined || !live || streams.env["TERM"] === "dumb"
    ? plainProgress(streams)
    : liveProgress(streams.progressStream, title, options);
}

function plainProgress({ err }: ProgressStreams): Progress {
  return {
    isLive: false,
    update() {},
    count() {},
    log: (text) => err(`${text}\n`),
    async stop() {},
  };
}

function liveProgress(
  stream: NodeJS.WriteStream,
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
  const list = new Listr(
    {
      title,
      task: (_, task) => {
        setText = (text) => {
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
      finish();
      await running;
    },
  };
}
