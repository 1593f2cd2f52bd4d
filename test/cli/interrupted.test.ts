import { expect, test } from "@jest/globals";
import { type Clock, systemClock } from "../../src/clock/clock.ts";
import type { Fault, LoggedRequest } from "../../src/emulator/index.ts";
import { INTERRUPT_TIMEOUT } from "../../src/front/constants.ts";
import { FOUR_CONTACTS } from "../support/four-contacts.ts";
import { type RunResult, Sandbox } from "../support/sandbox.ts";

// These tests abort the signal in the environment of the program. test/e2e/interrupts.test.ts sends signals to processes.

interface Interrupt {
  readonly command?: string;
  /** The number of the write that interrupts the program. If omitted, the first request of any kind interrupts it. */
  readonly write?: number;
  readonly faults?: readonly Fault[];
  /** True if the emulator responds to the interrupting request only after the program has ended. */
  readonly held?: boolean;
  readonly clock?: Clock;
}

const isWrite = ({ method }: LoggedRequest) => method !== "GET";

/** Runs a command that is interrupted when the emulator receives a request. */
async function withInterrupt(
  { command = "apply --auto-approve", write, faults = [], held = false, clock = systemClock }: Interrupt,
  check: (result: RunResult, sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const interrupt = new AbortController();
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let count = 0;
  const onRequest = async (request: LoggedRequest) => {
    if (write !== undefined && !isWrite(request)) return;
    count += 1;
    if (count !== (write ?? 1)) return;
    interrupt.abort();
    if (held) await ended;
  };
  await using sandbox = (await Sandbox.withFront({ onRequest })).write("contacts/all.yaml", FOUR_CONTACTS);
  sandbox.front.faults = faults;
  const result = await sandbox.run(command, { signal: interrupt.signal, clock });
  end();
  await check(result, sandbox);
}

test("an interrupted apply finishes all requests in flight", () =>
  withInterrupt({ command: "apply --auto-approve --parallelism 2", write: 3 }, async ({ code, err }, sandbox) => {
    expect(code).toBe(1);
    const { length } = sandbox.writes;
    expect(err).toContain(`Operations: ${length} applied, 0 failed, 0 unknown, ${4 - length} skipped.`);
    expect(await sandbox.list("/contacts")).toHaveLength(length);
  }));

test.each(["apply --auto-approve", "plan"])(
  "if %s is interrupted while it reads Front, it reports the interrupt and sends no further request",
  (command) =>
    withInterrupt({ command }, async ({ code, err }, sandbox) => {
      expect(code).toBe(1);
      expect(err).toContain("Interrupted before the request was sent");
      expect(sandbox.front.requests).toHaveLength(1);
    }),
);

test("an interrupt ends the wait that Front requires before a retry", () =>
  withInterrupt(
    { write: 1, faults: [{ method: "POST", path: "/contacts", kind: "429", retryAfter: 119 }] },
    async ({ code, err }) => {
      expect(code).toBe(1);
      expect(err).toContain("Operations: 0 applied, 0 failed, 0 unknown, 4 skipped.");
    },
  ));

/** Shortens the wait for a response after an interrupt. */
const clockWithShortTimeout: Clock = {
  ...systemClock,
  sleep: (milliseconds, signal) => systemClock.sleep(milliseconds === INTERRUPT_TIMEOUT ? 1 : milliseconds, signal),
};

test("an interrupted apply reports an unknown outcome if Front never responds", () =>
  withInterrupt(
    { command: "apply --auto-approve --parallelism 1", write: 2, held: true, clock: clockWithShortTimeout },
    async ({ code, err }) => {
      expect(code).toBe(1);
      expect(err).toContain("did not respond in time after the interrupt");
      expect(err).toContain("Operations: 1 applied, 0 failed, 1 unknown, 2 skipped.");
    },
  ));
