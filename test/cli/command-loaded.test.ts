import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const FILE = "contacts:\n  ann:\n    name: Ann\n    handles: [{ source: email, handle: ann@example.com }]\n";

/** Returns the exit code, each `sendsRequests` that `onCommandLoaded` received, and whether there is a trace file. */
async function runWithTrace(command: string) {
  await using sandbox = (await Sandbox.withFront()).write("contacts/ann.yaml", FILE);
  const reported: boolean[] = [];
  const { code } = await sandbox.run(`${command} --trace trace.jsonl`, {
    onCommandLoaded: ({ sendsRequests }) => reported.push(sendsRequests),
  });
  return { code, reported, sent: sandbox.files(".").includes("trace.jsonl") };
}

test.each(["plan", "apply --auto-approve", "whoami", "import --all", "schema --from-front", "snapshot seed.json"])(
  "onCommandLoaded reports that %s sends requests",
  async (command) => {
    expect(await runWithTrace(command)).toEqual({ code: 0, reported: [true], sent: true });
  },
);

test.each(["validate", "fmt", "history", "forget ann@example.com"])(
  "onCommandLoaded reports that %s sends no requests",
  async (command) => {
    expect(await runWithTrace(command)).toEqual({ code: 0, reported: [false], sent: false });
  },
);

test("help and usage errors do not load a command", async () => {
  await using sandbox = await Sandbox.withFront();
  const reported: unknown[] = [];
  const onCommandLoaded = (command: unknown) => reported.push(command);
  await sandbox.run("plan --help", { onCommandLoaded });
  await sandbox.run("plan --nonsense", { onCommandLoaded });
  expect(reported).toEqual([]);
});
