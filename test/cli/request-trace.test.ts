import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parseJsonLines, Sandbox } from "../support/sandbox.ts";

const DALE = "contacts:\n  dale:\n    name: Dale\n    handles: [{ source: email, handle: dale@fbi.example }]\n";

async function traceOf(command: string, sandbox: Sandbox): Promise<Record<string, unknown>[]> {
  await sandbox.write("contacts/dale.yaml", DALE).run(`${command} --trace trace.jsonl`);
  return parseJsonLines(sandbox.read("trace.jsonl"));
}

test("a trace has a line for every request, in order", async () => {
  await using sandbox = await Sandbox.withFront();
  const lines = await traceOf("apply --auto-approve", sandbox);
  const tracedRequests = lines.map(({ method, url, status }) => `${method} ${new URL(String(url)).pathname} ${status}`);
  expect(tracedRequests).toEqual(
    sandbox.front.requests.map(({ method, path, status }) => `${method} ${path} ${status}`),
  );
  expect(lines[0]).toMatchObject({ at: expect.stringMatching(/Z$/), milliseconds: expect.any(Number) });
  expect(lines[0]?.["headers"]).toMatchObject({ "x-ratelimit-limit": expect.any(String) });
});

test("a trace includes requests without a response", async () => {
  await using sandbox = await Sandbox.withFront({ faults: [{ kind: "reset-before", path: "/me", nth: 1 }] });
  const [first, second] = await traceOf("plan", sandbox);
  expect([first?.["error"], second?.["status"]]).toEqual([expect.any(String), 200]);
});

test("a trace contains no token and no bodies, and only its owner can read it", async () => {
  await using sandbox = await Sandbox.withFront();
  await traceOf("apply --auto-approve", sandbox);
  const text = sandbox.read("trace.jsonl");
  expect(text).not.toContain(sandbox.front.token);
  expect(text).not.toMatch(/bearer|"Dale"|dale@/i);
  expect(statSync(join(sandbox.directory, "trace.jsonl")).mode & 0o777).toBe(0o600);
});

test("a second command appends to the trace", async () => {
  await using sandbox = await Sandbox.withFront();
  const before = (await traceOf("plan", sandbox)).length;
  expect((await traceOf("plan", sandbox)).length).toBe(2 * before);
});

test("plan --trace reports a path that cannot be written, without sending a request", async () => {
  await using sandbox = await Sandbox.withFront();
  const err = await sandbox.write("contacts/dale.yaml", DALE).fail("plan --trace nowhere/trace.jsonl");
  expect(err).toContain('"nowhere/trace.jsonl" cannot be written (ENOENT)');
  expect(sandbox.front.requests).toEqual([]);
});
