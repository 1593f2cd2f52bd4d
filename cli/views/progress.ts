import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import { type Clock, formatDuration } from "../../src/internal.ts";
import type { Environment } from "../process-io.ts";
import { Pace } from "./pace.ts";
import { groupDigits } from "./text.ts";

/** Reports the progress of long work. */
export interface Progress {
  /** True if there is a live line, which disappears at the end. */
  readonly isLive: boolean;
  /** Updates the live line, for example with "5 of 12". Does nothing without a terminal. */
  say(text: string): void;
  /** Prints a line that stays. Does nothing on a terminal, where the live line shows the same. */
  log(text: string): void;
  /** Updates the live line with the number of contacts read and expected. */
  count(read: number, expected?: number): void;
  /** Removes the live line. */
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
  /** False if the result is printed line by line, because a live line would disturb it. */
  readonly live?: boolean | undefined;
  /** Number of contacts per minute that can be read within the reported rate limit, once it is known. */
  readonly announcedPace?: () => number | undefined;
}

type Outlets = Pick<Environment, "err" | "screen">;

/** Starts a live counting line on a terminal, or prints plain lines elsewhere; always on standard error. */
export function startProgress(io: Outlets, title: string, options: ProgressOptions): Progress {
  const { live = true } = options;
  return io.screen === undefined || !live ? plainProgress(io) : liveProgress(io.screen, title, options);
}

function plainProgress({ err }: Outlets): Progress {
  return {
    isLive: false,
    say() {},
    count() {},
    log: (text) => err(`${text}\n`),
    async stop() {},
  };
}

function liveProgress(screen: NodeJS.WriteStream, title: string, { clock, announcedPace }: ProgressOptions): Progress {
  // Defined here because listr2 is loaded when it is first used, and most runs have no terminal.
  class LiveLine extends DefaultRenderer {
    /** listr2 draws no live line unless standard output is a terminal. This one is on standard error, which is. */
    static override nonTTY = true;
  }
  const pace = new Pace(clock);
  let finish: () => void = () => {};
  // The list starts asynchronously, and may be stopped before it has started.
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let say: (text: string) => void = () => {};
  const list = new Listr(
    {
      title,
      task: (_, task) => {
        say = (text) => {
          task.title = `${title}… ${text}`;
        };
        return finished;
      },
    },
    {
      // The handler of listr2 for Ctrl-C would end the process during a request.
      registerSignalListeners: false,
      renderer: LiveLine,
      // The default renderer would write to standard output.
      fallbackRenderer: "silent",
      rendererOptions: {
        clearOutput: true,
        logger: new ListrLogger({ processOutput: new ProcessOutput(screen, screen) }),
      },
    },
  );
  const running = list.run();
  return {
    isLive: true,
    say: (text) => say(text),
    count(read, expected) {
      pace.update(read, announcedPace?.());
      say(countText(read, expected, pace));
    },
    log() {},
    async stop() {
      finish();
      await running;
    },
  };
}
