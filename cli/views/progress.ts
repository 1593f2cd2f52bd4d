import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import type { Environment } from "../process-io.ts";

/** Reports the progress of long work. */
export interface Progress {
  /** Updates the live line, for example with "5 of 12". Does nothing without a terminal. */
  say(text: string): void;
  /** Prints a line that stays. Does nothing on a terminal, where the live line shows the same. */
  log(text: string): void;
  /** Updates the live line with the number of contacts read and expected. */
  count(read: number, expected?: number): void;
  /** Removes the live line. */
  stop(): Promise<void>;
}

function countText(read: number, expected: number | undefined): string {
  const of = expected === undefined ? "" : ` of about ${expected.toLocaleString("en-US")}`;
  return `${read.toLocaleString("en-US")}${of}`;
}

type Outlets = Pick<Environment, "err" | "screen">;

/**
 * One live counting line on a terminal, plain lines elsewhere; always on standard error. Where the answer comes line by
 * line, a live line would get in its way on a terminal.
 */
export function startProgress(io: Outlets, title: string, { live = true }: { readonly live?: boolean } = {}): Progress {
  return io.screen === undefined || !live ? plainProgress(io) : liveProgress(io.screen, title);
}

function plainProgress({ err }: Outlets): Progress {
  return {
    say() {},
    count() {},
    log: (text) => err(`${text}\n`),
    async stop() {},
  };
}

/** listr2 draws no live line unless standard output is a terminal. This one is on standard error, which is. */
class LiveLine extends DefaultRenderer {
  static override nonTTY = true;
}

function liveProgress(screen: NodeJS.WriteStream, title: string): Progress {
  let finish: () => void = () => {};
  /** The list starts asynchronously, and may be stopped before it has started. */
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
      /** Its handler for Ctrl-C would end the process during a request. */
      registerSignalListeners: false,
      renderer: LiveLine,
      /** The default renderer would write to standard output. */
      fallbackRenderer: "silent",
      rendererOptions: {
        clearOutput: true,
        logger: new ListrLogger({ processOutput: new ProcessOutput(screen, screen) }),
      },
    },
  );
  const running = list.run();
  return {
    say: (text) => say(text),
    count: (read, expected) => say(countText(read, expected)),
    log() {},
    async stop() {
      finish();
      await running;
    },
  };
}
