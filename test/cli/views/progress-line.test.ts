import { Writable } from "node:stream";
import { expect, test } from "@jest/globals";
import { LoadingProgress, startProgress } from "../../../cli/views/progress-line.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** The parts of a terminal that a progress line requires. */
class Screen extends Writable {
  readonly progressStream = this as unknown as NodeJS.WriteStream;
  readonly isTTY = true;
  readonly columns = 80;
  readonly rows = 24;
  shown = "";

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.shown += String(chunk);
    done();
  }
}

function startOnScreen(
  env: Readonly<Record<string, string>> = {},
  options: Parameters<typeof startProgress>[2] = { clock: systemClock },
  signal = new AbortController().signal,
) {
  const screen = new Screen();
  const { progressStream } = screen;
  return { screen, progress: startProgress({ err: () => {}, env, progressStream, signal }, "Reading Front", options) };
}

/** Checks the condition every 20 ms until it is true, for at most about 30 seconds. */
async function waitUntil(isTrue: () => boolean): Promise<void> {
  for (let checks = 0; checks < 1_500 && !isTrue(); checks += 1) await new Promise((done) => setTimeout(done, 20));
}

test.each([0, 1, 5, 20, 100, 500])(
  "the progress line can be stopped twice, %i ms after it was started",
  async (milliseconds) => {
    const { progress } = startOnScreen();
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
    progress.update("5 of 12");
    await progress.stop();
    await progress.stop();
  },
);

test("no progress line is shown on a dumb terminal", async () => {
  const { screen, progress } = startOnScreen({ TERM: "dumb" });
  expect(progress.isLive).toBe(false);
  await progress.stop();
  expect(screen.shown).toBe("");
});

test("the progress line shows the progress", async () => {
  const { screen, progress } = startOnScreen();
  await waitUntil(() => {
    progress.update("5 of 12");
    return screen.shown.includes("Reading Front… 5 of 12");
  });
  expect(screen.shown).toContain("Reading Front… 5 of 12");
  await progress.stop();
});

test("an interrupt ends the progress line, so that the terminal shows later output", async () => {
  const interrupt = new AbortController();
  const { screen, progress } = startOnScreen({}, { clock: systemClock }, interrupt.signal);
  await waitUntil(() => screen.shown.includes("Reading Front"));
  screen.write("Interrupted.\n");
  interrupt.abort();
  await waitUntil(() => screen.shown.includes("Interrupted."));
  progress.update("5 of 12");
  screen.write("Exited immediately.\n");
  expect(screen.shown.endsWith("Interrupted.\n\u001b[?25hExited immediately.\n")).toBe(true);
  await progress.stop();
});

test("no progress line is shown after an interrupt", async () => {
  const { screen, progress } = startOnScreen({}, { clock: systemClock }, AbortSignal.abort());
  expect(progress.isLive).toBe(false);
  await progress.stop();
  expect(screen.shown).toBe("");
});

test.each([
  ["with a known total and the time left", [500, 1000], "500 of about 1,000, about 6 s left"],
  ["with a known total, when all contacts were read", [1000, 1000], "1,000 of about 1,000"],
  ["with a known total, when more contacts were read", [1001, 1000], "1,001"],
  ["without a known total", [1000, undefined], "1,000"],
] as const)("the progress line shows the count %s", async (_, [read, expected], text) => {
  const options = { clock: new VirtualClock(), maxContactsPerMinute: () => 5000 };
  const { screen, progress } = startOnScreen({}, options);
  await waitUntil(() => {
    progress.count(read, expected);
    return screen.shown.includes("Reading Front…");
  });
  expect(screen.shown).toContain(`Reading Front… ${text}`);
  expect(screen.shown).not.toContain(`Reading Front… ${text},`);
  await progress.stop();
});

test("without a terminal, the count and the time left at the measured pace are printed every 30 seconds until an interrupt", async () => {
  const clock = new VirtualClock();
  const interrupt = new AbortController();
  let log = "";
  const err = (text: string) => {
    log += text;
  };
  const streams = { err, env: {}, progressStream: undefined, signal: interrupt.signal };
  const progress = startProgress(streams, "Reading contacts", { clock, maxContactsPerMinute: () => 99_000 });
  const counts = [
    [29_999, 290],
    [1, 300],
    [29_999, 590],
    [1, 600],
  ] as const;
  for (const [milliseconds, read] of counts) {
    await clock.sleep(milliseconds);
    progress.count(read, 20_000);
  }
  interrupt.abort();
  await clock.sleep(30_000);
  progress.count(900, 20_000);
  expect(log).toBe(
    "Reading contacts… 300 of about 20,000, about 33 min left\nReading contacts… 600 of about 20,000, about 32 min left\n",
  );
});

test.each([
  [
    "on a terminal, loading shows its progress after one second, at most five times per second",
    {},
    "\r\u001b[KLoading the configuration… 2,000 contacts\r\u001b[K",
  ],
  ["on a dumb terminal, loading shows nothing", { TERM: "dumb" }, ""],
])("%s", async (_, env, expected) => {
  const screen = new Screen();
  const clock = new VirtualClock();
  const progress = new LoadingProgress({ env, progressStream: screen.progressStream }, clock);
  const updates = [
    [999, 1000],
    [1, 2000],
    [199, 3000],
  ] as const;
  for (const [milliseconds, contactsLoaded] of updates) {
    await clock.sleep(milliseconds);
    progress.update(contactsLoaded);
  }
  progress.stop();
  expect(screen.shown).toBe(expected);
});

test("loading that ends within one second shows nothing", () => {
  const screen = new Screen();
  const progress = new LoadingProgress({ env: {}, progressStream: screen.progressStream }, new VirtualClock());
  progress.update(10);
  progress.stop();
  expect(screen.shown).toBe("");
});
