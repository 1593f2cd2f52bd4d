import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

const FILE = "contacts:\n  ann:\n    name: Ann\n    handles: [{ source: email, handle: ann@example.com }]\n";

/** Runs a command with `--trace`. Returns whether it sent requests, and whether that was announced before it ran. */
async function traced(command: string) {
  await using sandbox = await Sandbox.withFront();
  sandbox.write("contacts/ann.yaml", FILE);
  const announced: boolean[] = [];
  const { code } = await sandbox.run(`${command} --trace trace.jsonl`, {
    onCommandLoaded: ({ sendsRequests }) => announced.push(sendsRequests),
  });
  return { code, announced, sent: sandbox.files(".").includes("trace.jsonl") };
}

test.each(["plan", "apply --auto-approve", "whoami", "import --all", "schema --from-front", "snapshot seed.json"])(
  "%s is announced as a command that sends requests",
  async (command) => {
    expect(await traced(command)).toEqual({ code: 0, announced: [true], sent: true });
  },
);

test.each(["validate", "fmt", "history", "forget ann@example.com"])(
  "%s is announced as a command that sends no requests",
  async (command) => {
    expect(await traced(command)).toEqual({ code: 0, announced: [false], sent: false });
  },
);

test("help and usage errors load no command", async () => {
  await using sandbox = await Sandbox.withFront();
  const announced: unknown[] = [];
  const onCommandLoaded = (command: unknown) => announced.push(command);
  await sandbox.run("plan --help", { onCommandLoaded });
  await sandbox.run("plan --nonsense", { onCommandLoaded });
  expect(announced).toEqual([]);
});
