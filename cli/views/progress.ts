import { DefaultRenderer, Listr, ListrLogger, ProcessOutput } from "listr2";
import type { Environment } from "../process-io.ts";

/** Tells people that long work goes on. */
export interface Progress {
  /** Something to know now, such as "5 of 12". Replaces what was said before on a terminal. */
  say(text: string): void;
  /** Something that stays said. Plain lines where there is no terminal, nothing where the live line tells it anyway. */
  log(text: string): void;
  /** Says how many contacts were read, of about how many. */
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

/** listr2 takes no live line where standard output is no terminal. Ours is on standard error, which is one. */
class LiveLine extends DefaultRenderer {
  static override nonTTY = true;
}

function liveProgress(screen: NodeJS.WriteStream, title: string): Progress {
  let finish: () => void = () => {};
  /** The list begins a little later, and may be told to end before it has. */
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
      /** Its own handler for Ctrl-C would end the process in the middle of a request. */
      registerSignalListeners: false,
      renderer: LiveLine,
      /** Its usual one would write into the answer. */
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
