import { expect, test } from "@jest/globals";
import type { Seed } from "../../src/emulator/index.ts";
import { onlyInFull, sample } from "../scale.ts";
import { Program } from "../support/program.ts";
import { Sandbox } from "../support/sandbox.ts";

const COUNT = 450;
const SEED: Seed = {
  contacts: Array.from({ length: COUNT }, (_, index) => ({
    id: `crd_${(index + 1296).toString(36)}`,
    handles: [`email:c${index}@x.example`],
    name: "Dale",
  })),
};

const FILE = "contacts:\n  c1:\n    name: Harry\n    handles: [{ source: email, handle: c1@x.example }]\n";

/** Runs a test in which the program receives a signal when it requests the nth page of contacts. */
async function withSignal(
  { nth, signal }: { readonly nth: number; readonly signal: NodeJS.Signals },
  run: (sandbox: Sandbox, start: (command: string) => Program) => Promise<void>,
): Promise<void> {
  let program: Program | undefined;
  let pages = 0;
  const onRequest = async ({ path }: { readonly path: string }) => {
    if (path !== "/contacts") return;
    pages += 1;
    if (pages !== nth) return;
    program?.send(signal);
    // The signal usually arrives during this delay. Otherwise, it arrives while the program reads the following pages.
    await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await using sandbox = await Sandbox.withFront({ seed: SEED, onRequest });
  await run(sandbox, (command) => {
    program = Program.start(command, sandbox);
    return program;
  });
}

async function expectContinued(sandbox: Sandbox): Promise<void> {
  expect([sandbox.exists("company.json"), sandbox.exists("company.json.partial")]).toEqual([false, true]);
  expect(await sandbox.run("snapshot company.json")).toMatchObject({
    code: 0,
    err: expect.stringContaining("contacts were already read."),
  });
  expect(JSON.parse(sandbox.read("company.json")).contacts).toHaveLength(COUNT);
  expect(sandbox.files(".")).toEqual(["company.json"]);
}

test.each(sample(["SIGINT", "SIGTERM"] as const, 2))(
  "a snapshot that receives %s asks the user to wait and prints how to continue, and the next run continues it",
  (signal) =>
    withSignal({ nth: 3, signal }, async (sandbox, start) => {
      await using program = start("snapshot company.json");
      const { code, out, err } = await program.exited;
      const lines = err.split("\n").filter((line) => !line.startsWith("Read "));
      const notice = "Interrupted. Waiting for requests in flight; press Ctrl-C again to exit immediately.";
      const message = "Snapshot interrupted. Run the same command again to continue from company.json.partial.";
      expect([code, out, ...lines]).toEqual([1, "", "", notice, message, ""]);
      await expectContinued(sandbox);
    }),
);

onlyInFull(test)("the next run continues a snapshot that was killed", () =>
  withSignal({ nth: 3, signal: "SIGKILL" }, async (sandbox, start) => {
    await using program = start("snapshot company.json");
    expect(await program.exited).toMatchObject({ signal: "SIGKILL" });
    await expectContinued(sandbox);
  }),
);

test("a rehearsal on a snapshot sends no requests to Front", async () => {
  await using sandbox = (await Sandbox.withFront({ seed: SEED })).write("contacts/c1.yaml", FILE);
  await sandbox.succeed("snapshot company.json");
  const requestsBefore = sandbox.front.requests.length;
  const rehearse = "emulator --rate 0 --seed company.json --state state.json -- front-contacts";
  await using apply = Program.start(`${rehearse} apply --auto-approve`, sandbox);
  expect(await apply.exited).toMatchObject({
    code: 0,
    out: expect.stringContaining("Resources: 0 added, 1 changed, 0 destroyed."),
  });
  await using plan = Program.start(`${rehearse} plan --detailed-exitcode`, sandbox);
  expect(await plan.exited).toMatchObject({ code: 0, out: expect.stringContaining("No changes.") });
  expect(sandbox.front.requests).toHaveLength(requestsBefore);
  // If the rehearsal left a cache, the next plan for the real company would use the contacts of the snapshot.
  expect(sandbox.files("contacts")).toEqual(["c1.yaml"]);
});

test("the emulator passes a signal to the command and returns the command's exit code", async () => {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("wait.sh", "trap 'exit 9' TERM\necho ready >&2\nwhile :; do sleep 0.05; done\n");
  await using program = Program.start("emulator -- sh wait.sh", sandbox);
  await program.waitForStderr("ready");
  program.send("SIGTERM");
  expect(await program.exited).toMatchObject({ code: 9, err: "ready\n" });
});
