import { expect, test } from "@jest/globals";
import { Outside } from "../support/test-environment.ts";

const FILE = "contacts:\n  ann:\n    name: Ann\n    handles: [{ source: email, handle: ann@example.com }]\n";

/** Runs a command with `--trace`. Returns whether it sent requests, and whether that was announced before it ran. */
async function traced(words: string) {
  await using outside = await Outside.withFront();
  outside.write("contacts/ann.yaml", FILE);
  const announced: boolean[] = [];
  const { code } = await outside.run(`${words} --trace trace.jsonl`, {
    onCommandLoaded: ({ sendsRequests }) => announced.push(sendsRequests),
  });
  return { code, announced, sent: outside.files(".").includes("trace.jsonl") };
}

test.each(["plan", "apply --auto-approve", "whoami", "import --all", "schema --from-front", "snapshot seed.json"])(
  "%s is announced as a command that sends requests",
  async (words) => {
    expect(await traced(words)).toEqual({ code: 0, announced: [true], sent: true });
  },
);

test.each(["validate", "fmt", "history", "forget ann@example.com"])(
  "%s is announced as a command that sends no requests",
  async (words) => {
    expect(await traced(words)).toEqual({ code: 0, announced: [false], sent: false });
  },
);

test("help and usage errors load no command", async () => {
  await using outside = await Outside.withFront();
  const announced: unknown[] = [];
  const onCommandLoaded = (command: unknown) => announced.push(command);
  await outside.run("plan --help", { onCommandLoaded });
  await outside.run("plan --nonsense", { onCommandLoaded });
  expect(announced).toEqual([]);
});
