import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import type { Environment } from "../../cli/environment.ts";
import { run } from "../../cli/run.ts";
import { programEnvironment } from "../support/program-environment.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

/** Returns an environment for the program. The promise `listening` resolves when the program listens for signals. */
function createTestEnvironment(interactive = false) {
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  let whenListening: () => void = () => undefined;
  const listening = new Promise<void>((resolve) => {
    whenListening = resolve;
  });
  const { environment, printed } = programEnvironment({
    env: process.env,
    terminal: { stdin: interactive, stdout: false, stderr: false },
    onSignal(listener) {
      listeners.add(listener);
      whenListening();
      return () => listeners.delete(listener);
    },
  });
  const send = (signal: NodeJS.Signals) => {
    for (const listener of listeners) listener(signal);
  };
  return { environment, printed, send, listening };
}

const NODE = process.execPath;

function runEmulator(args: readonly string[], environment: Environment): Promise<number> {
  return run(["emulator", ...args], environment);
}

/** Runs an emulator without a command until `use` has ended. Returns its exit code and what it printed to stderr. */
async function withListeningEmulator(
  args: readonly string[],
  use: (call: (target: string, init?: RequestInit) => Promise<Response>) => Promise<void>,
): Promise<{ readonly code: number; readonly err: string }> {
  const { environment, printed, send, listening } = createTestEnvironment();
  const exitCode = runEmulator([...args, "--token", "secret-token"], environment);
  await listening;
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed.out) ?? [];
  const headers = { authorization: "Bearer secret-token", "content-type": "application/json" };
  await use((target, init) => fetch(`${url}${target}`, { headers, ...init }));
  send("SIGTERM");
  return { code: await exitCode, err: printed.err };
}

test("the emulator command prints the environment variables and runs until it is stopped", async () => {
  const { environment, printed, send, listening } = createTestEnvironment();
  const exitCode = runEmulator(["--token", "secret-token"], environment);
  await listening;
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed.out) ?? [];
  expect(printed.out).toBe(
    `The local Front emulator is listening at ${url}\n\nexport FRONT_API_URL=${url}\nexport FRONT_API_TOKEN=secret-token\n`,
  );
  expect((await fetch(`${url}/me`, { headers: { authorization: "Bearer secret-token" } })).status).toBe(200);
  send("SIGTERM");
  expect(await exitCode).toBe(0);
  await expect(fetch(`${url}/me`)).rejects.toThrow("fetch failed");
});

test.each([
  ["abc", "is too short"],
  ["my secret token", "contains spaces or line breaks"],
  ["secret-tok\u00e9n", "contains characters that are not allowed in a token"],
])("the emulator command rejects the token %j, which every client would reject", async (token, flaw) => {
  const { environment, printed } = createTestEnvironment();
  expect(await runEmulator(["--token", token], environment)).toBe(1);
  expect(printed.err).toContain(
    `Error: The value of --token ${flaw}\n\n  Use at least eight characters. Allowed characters: a-z, A-Z, 0-9, . _ ~ + / = -\n`,
  );
});

test("the emulator command runs a command and returns its exit code", async () => {
  const { environment, printed } = createTestEnvironment();
  const script = `
    const headers = { authorization: "Bearer " + process.env.FRONT_API_TOKEN };
    fetch(process.env.FRONT_API_URL + "/me", { headers }).then(({ status }) => process.exit(status === 200 ? 7 : 1));
  `;
  expect(await runEmulator(["--log", "--", NODE, "-e", script], environment)).toBe(7);
  expect(printed).toEqual({ out: "", err: "GET /me 200\n" });
});

test.each([
  ["login", "front-contacts s3cret unset unset"],
  ["ci", "front-contacts s3cret generated unset"],
])("the emulator command sets the OAuth variables for %s and removes other credentials", async (kind, expected) => {
  const { environment } = createTestEnvironment();
  const script = `
    [ "$FRONT_OAUTH_URL" = "$FRONT_API_URL/oauth" ] || exit 1
    refresh=\${FRONT_OAUTH_REFRESH_TOKEN-unset}
    case $refresh in other | unset) ;; *) refresh=generated ;; esac
    values="$FRONT_OAUTH_CLIENT_ID $FRONT_OAUTH_CLIENT_SECRET $refresh \${FRONT_API_TOKEN-unset}"
    [ "$values" = "$0" ] || exit 2
  `;
  const env = { ...environment.env, FRONT_API_TOKEN: "other", FRONT_OAUTH_REFRESH_TOKEN: "other" };
  const args = ["--oauth", kind, "--oauth-client", "front-contacts:s3cret", "--", "sh", "-c", script, expected];
  expect(await runEmulator(args, { ...environment, env })).toBe(0);
});

test.each([
  ["without a command", []],
  ["with a command", ["--", "sh", "-c", "echo > started"]],
])("an emulator %s stops if it is interrupted while it starts", async (_, command) => {
  using directory = new TemporaryDirectory();
  const args = command.map((word) => word.replace("started", directory.pathOf("started")));
  const { environment, printed } = createTestEnvironment();
  expect(await runEmulator(args, { ...environment, signal: AbortSignal.abort() })).toBe(1);
  expect(printed.out).toBe("");
  expect(existsSync(directory.pathOf("started"))).toBe(false);
});

test("the emulator command passes options after -- to the command", async () => {
  const { environment } = createTestEnvironment();
  expect(await runEmulator(["--", "sh", "-c", 'test "$0" = --port', "--port"], environment)).toBe(0);
});

test.each([
  ["SIGTERM", false, 143],
  ["SIGHUP", true, 129],
  ["SIGINT", false, 130],
] as const)(
  "the emulator command forwards %s to its command (interactive: %s) and exits with %s",
  async (signal, interactive, code) => {
    const { environment, send, listening } = createTestEnvironment(interactive);
    const exitCode = runEmulator(["--", "sleep", "10"], environment);
    await listening;
    send(signal);
    expect(await exitCode).toBe(code);
  },
);

test("the emulator command does not forward Ctrl-C to a command in the same terminal, which already received it", async () => {
  const { environment, send, listening } = createTestEnvironment(true);
  const exitCode = runEmulator(["--", "sh", "-c", "sleep 0.2; exit 5"], environment);
  await listening;
  send("SIGINT");
  expect(await exitCode).toBe(5);
});

test("the emulator command prints the help, the behaviors and the version", async () => {
  const help = createTestEnvironment();
  expect(await runEmulator(["--help"], help.environment)).toBe(0);
  expect(help.printed.out).toContain("front-contacts emulator [options] [-- COMMAND ARGUMENT...]");
  const behaviors = createTestEnvironment();
  expect(await runEmulator(["--behave", "list"], behaviors.environment)).toBe(0);
  expect(behaviors.printed.out).toContain(
    "emptyStrings=keep|clear (default: keep)\n    An empty string in a custom field is stored, or clears the field.\n",
  );
  const version = createTestEnvironment();
  expect(await runEmulator(["--version"], version.environment)).toBe(0);
  expect(version.printed.out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [["--bogus"], 'Unknown option "--bogus"'],
  [["plan"], "plan"],
  [["--port", "x"], '"x" is not a valid value for --port', "Use a whole number from 0 to 65535."],
  [["--port", "70000"], '"70000" is not a valid value for --port'],
  [["--port"], "--port"],
  [["--others", "120%"], '"120%" is not a valid value for --others', "Use a whole percentage from 0% to 100%"],
  [["--scopes", "contacts:all"], '"contacts:all" is not a valid scope', "Use any of: contacts:read"],
  [["--behave", "shortPage"], 'Unknown behavior "shortPage"', "front-contacts emulator --behave list"],
  [
    ["--behave", "phoneForm=none"],
    '"none" is not a valid value for phoneForm',
    "Use one of: e164, as-sent, digits, e164-us.",
  ],
  [["--fault", "POST /contacts"], '"POST /contacts" is not a valid fault', 'See "Inject faults" in docs/emulator.md'],
  [["--oauth", "no"], '"no" is not a valid value for --oauth', "Use one of: login, ci."],
  [["--oauth-client", "id"], "The value of --oauth-client is not valid"],
  [["--seed", "/nonexistent.json"], 'Cannot read "/nonexistent.json" (ENOENT)'],
  [["--"], "Missing command after --"],
  [["--", "/nonexistent-command"], 'Cannot run "/nonexistent-command" (ENOENT)', "Check that the program is installed"],
])("the emulator command rejects %j with exit code 1", async (args, summary, advice = "") => {
  const { environment, printed } = createTestEnvironment();
  expect(await runEmulator(args, environment)).toBe(1);
  expect(printed.out).toBe("");
  expect(printed.err).toContain(summary);
  expect(printed.err).toContain(advice);
  expect(printed.err).not.toContain("    at ");
});

test("the emulator command reports the location of an error in a seed file", async () => {
  using directory = new TemporaryDirectory();
  const seed = directory.pathOf("seed.json");
  directory.write("seed.json", '{\n  "contacts": [\n    { "handles": ["email:a@x.example"], "nmae": 1 }\n  ]\n}\n');
  const { environment, printed } = createTestEnvironment();
  expect(await runEmulator(["--seed", seed, "--", "true"], environment)).toBe(1);
  expect(printed.err).toContain(
    `Error: contacts[0] has an unknown key "nmae"\n\n  on ${seed}:3:49\n\n  Use any of: id, name, `,
  );
});

test("an emulator that can no longer write its state reports the error when it stops", async () => {
  using directory = new TemporaryDirectory();
  const state = directory.write("state/other", "").pathOf("state/front.json");
  const { code, err } = await withListeningEmulator(["--state", state], async (call) => {
    await rm(directory.pathOf("state"), { recursive: true });
    const body = JSON.stringify({ handles: [{ source: "email", handle: "ann@x.example" }] });
    expect((await call("/contacts", { method: "POST", body })).status).toBe(500);
  });
  expect(code).toBe(1);
  expect(err).toContain(`Error: Cannot write "${state}" (ENOENT)`);
});

test("the emulator command runs the current program as front-contacts even if front-contacts is not on PATH", async () => {
  const { environment } = createTestEnvironment();
  const program = ["sh", "-c", '[ "$0" = plan ] && [ -n "$FRONT_API_URL" ] && exit 5'];
  expect(await runEmulator(["--", "front-contacts", "plan"], { ...environment, program })).toBe(5);
});

test("the emulator command adds front-contacts to PATH for scripts", async () => {
  using directory = new TemporaryDirectory();
  const script = directory.pathOf("front-contacts");
  await writeFile(script, "#!/bin/sh\nexit 6\n", { mode: 0o700 });
  const { environment } = createTestEnvironment();
  expect(
    await runEmulator(["--", "sh", "-c", "front-contacts plan"], { ...environment, program: ["sh", script] }),
  ).toBe(6);
});

test("the emulator command passes its options to the emulator", async () => {
  using directory = new TemporaryDirectory();
  const state = directory.pathOf("front.json");
  const flags = [
    ...["--rate", "0", "--scopes", "contacts:read", "--fault", "GET /contacts=503", "--state", state],
    ...["--behave", "shortPages", "--latency", "1", "--window", "1000", "--others", "20%"],
  ];
  const result = await withListeningEmulator(flags, async (call) => {
    expect((await call("/me")).headers.get("x-ratelimit-limit")).toBe("1000000");
    expect((await call("/contacts")).status).toBe(503);
    expect((await call("/accounts")).status).toBe(403);
  });
  expect(result).toEqual({ code: 0, err: "" });
  expect(JSON.parse(await readFile(state, "utf8")).company.id).toBe("cmp_tp1");
});
