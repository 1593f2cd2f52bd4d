import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { LoggedRequest } from "../../src/emulator/index.ts";
import { onlyInFull, sample } from "../scale.ts";
import { FOUR_CONTACTS } from "../support/four-contacts.ts";
import { Program } from "../support/program.ts";
import { Sandbox } from "../support/sandbox.ts";

const ONE_MORE_HANDLE = `contacts:
  dale:
    handles: [{ source: email, handle: dale@fbi.example }, { source: email, handle: coop@fbi.example }]
`;

const DALE = { source: "email", handle: "dale@fbi.example" };

const isWrite = ({ method }: LoggedRequest) => method !== "GET";

/** Starts a program, and calls `check`. At the nth matching request, the emulator calls `act` before it responds. */
async function withHeldRequest<T>(
  { nth, matches }: { readonly nth: number; readonly matches: (request: LoggedRequest) => boolean },
  act: (program: Program) => Promise<void>,
  check: (sandbox: Sandbox, program: Program) => Promise<T>,
  command = "apply --auto-approve --parallelism 1",
  files = FOUR_CONTACTS,
): Promise<T> {
  let program: Program | undefined;
  let count = 0;
  const onRequest = async (request: LoggedRequest) => {
    if (!matches(request)) return;
    count += 1;
    if (count === nth && program !== undefined) await act(program);
  };
  await using sandbox = (await Sandbox.withFront({ onRequest })).write("contacts/all.yaml", files);
  if (files !== FOUR_CONTACTS) await sandbox.front.asTeammate("POST", "/contacts", { handles: [DALE] });
  await using running = Program.start(command, sandbox);
  program = running;
  return await check(sandbox, running);
}

/** Returns a function that sends the signals and waits until the program has received one. */
const interrupt =
  (...signals: NodeJS.Signals[]) =>
  async (program: Program) => {
    for (const signal of signals) program.send(signal);
    await program.waitForStderr("Interrupted.");
  };

const writesTo = (sandbox: Sandbox) => sandbox.front.requests.filter(isWrite);

const SIGNALS: [nth: number, ...signals: NodeJS.Signals[]][] = [
  // Two signals can arrive together: the command `timeout` signals the process and then its process group.
  [2, "SIGHUP", "SIGTERM"],
  [1, "SIGINT"],
  [3, "SIGHUP"],
  [4, "SIGTERM"],
];

test.each(
  sample(
    SIGNALS.map(([nth, ...signals]) => ({ nth, signals })),
    4,
  ),
)(
  "an apply that receives $signals at write $nth finishes the write, starts no other operation and prints the operation counts",
  ({ nth, signals }) =>
    withHeldRequest({ nth, matches: isWrite }, interrupt(...signals), async (sandbox, program) => {
      const { code, out, err } = await program.exited;
      expect(code).toBe(1);
      expect(writesTo(sandbox).map(({ status }) => status)).toEqual(Array.from({ length: nth }, () => 201));
      expect(await sandbox.list("/contacts")).toHaveLength(nth);
      expect(err).toContain(`Operations: ${nth} applied, 0 failed, 0 unknown, ${4 - nth} skipped.`);
      expect(err).toContain("Interrupted. Waiting for requests in flight; press Ctrl-C again to exit immediately.");
      expect(err).not.toContain("Exited immediately.");
      expect(out).not.toContain("Apply complete!");
      await sandbox.succeed("apply --auto-approve");
      expect(await sandbox.list("/contacts")).toHaveLength(4);
    }),
);

onlyInFull(test)("an apply that is interrupted during the verification completes successfully", () =>
  withHeldRequest(
    { nth: 1, matches: ({ query }) => query.includes("updated_after") },
    interrupt("SIGTERM"),
    async (sandbox, program) => {
      const { code, out } = await program.exited;
      expect(writesTo(sandbox)).toHaveLength(4);
      expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("Apply complete! Resources: 4 added") });
    },
  ),
);

const interruptTwice = async (program: Program) => {
  await interrupt("SIGINT")(program);
  // Signals in quick succession count as one.
  await setTimeout(300);
  program.send("SIGINT");
  await program.exited;
};

const SECOND_SIGNALS: [command: string, reported: string][] = [
  ["apply --auto-approve", "  add-handle front_contact.dale email:coop@fbi.example\n"],
  ["apply --auto-approve --mask", "  add-handle front_contact.dale email:c***@fbi.example#"],
];

test.each(sample(SECOND_SIGNALS, 2))(
  "%s exits immediately at a second signal, and lists the operations with an unknown outcome",
  (command, reported) =>
    withHeldRequest(
      { nth: 1, matches: ({ path }) => path.endsWith("/handles") },
      interruptTwice,
      async (sandbox, program) => {
        const { code, err } = await program.exited;
        expect(code).toBe(1);
        expect(err).toContain(`\nExited immediately. The outcome of these operations is unknown:\n${reported}`);
        expect(err).toContain("\n\nRun the same command again to continue.\n");
        expect(err).not.toContain("Operations:");
        const journal = sandbox.read("contacts/.front-contacts/journal.jsonl");
        expect(journal).toMatch(/^\{.*"event":"started","operation":"add-handle .*\}\n$/);
        await sandbox.succeed("apply --auto-approve");
        expect(await sandbox.list("/contacts")).toHaveLength(1);
      },
      command,
      ONE_MORE_HANDLE,
    ),
);

onlyInFull(test)(
  "an undo that exits immediately prints the run ID, because undo without an ID would undo this undo",
  async () => {
    let program: Program | undefined;
    const onRequest = async ({ method }: LoggedRequest) => {
      if (method === "DELETE" && program !== undefined) await interruptTwice(program);
    };
    await using sandbox = (await Sandbox.withFront({ onRequest })).write("contacts/all.yaml", ONE_MORE_HANDLE);
    await sandbox.front.asTeammate("POST", "/contacts", { handles: [DALE] });
    await sandbox.succeed("apply --auto-approve");
    await using running = Program.start("undo --auto-approve --allow-removals 1", sandbox);
    program = running;
    const { err } = await running.exited;
    expect(err).toMatch(/^Run 'front-contacts undo \d{8}T\S+' with the same options to continue\.$/m);
  },
);
