import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { EmulatorOptions } from "../../../src/emulator/index.ts";
import { Sandbox } from "../../support/sandbox.ts";
import { CLIENT, expectNoSecret, secretsOf } from "../../support/secrets.ts";
import { oauthEnv, signIn } from "../../support/sign-in.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DALE = "contacts:\n  dale:\n    handles: [{ source: email, handle: dale@fbi.example }]\n";
const NO_TOKEN = { FRONT_API_TOKEN: "" };

function startSandbox(options: EmulatorOptions = {}): Promise<Sandbox> {
  return Sandbox.withFront({ oauthClient: CLIENT, behavior: { refreshRotation: "last-day" }, ...options });
}

async function withTokenFile(mode: string, text = (token: string) => token): Promise<Sandbox> {
  const sandbox = await startSandbox();
  sandbox.write("token", text(sandbox.front.token)).write("contacts/dale.yaml", DALE);
  chmodSync(join(sandbox.directory, "token"), mode);
  return sandbox;
}

test.each(["600", "400"])("a token is read from a file with mode %s", async (mode) => {
  await using sandbox = await withTokenFile(mode, (token) => `${token}\n`);
  const { code, out, err } = await sandbox.run("plan --token-file token", { env: NO_TOKEN });
  expect(code).toBe(0);
  expect(out).toContain("1 to add");
  expectNoSecret(out + err, [sandbox.front.token]);
});

test.each(["644", "640", "604"])(
  "a token in a file with mode %s, which other users can read, is rejected",
  async (mode) => {
    await using sandbox = await withTokenFile(mode);
    const err = await sandbox.fail("plan --token-file token", { env: NO_TOKEN });
    expect(err).toContain(`is accessible to other users (mode 0${mode})`);
    expect(err).toContain("chmod 600");
    expect(sandbox.front.requests).toEqual([]);
  },
);

test.each(["plan", "apply --auto-approve", "apply --auto-approve --json", "whoami"])(
  "%s reads a token from standard input",
  async (command) => {
    await using sandbox = await withTokenFile("600");
    const result = await sandbox.run(`${command} --token-file -`, {
      env: NO_TOKEN,
      secretInput: `${sandbox.front.token}\n`,
    });
    expect(result.code).toBe(0);
    expectNoSecret(result.out + result.err, [sandbox.front.token]);
  },
);

test.each(["apply --auto-approve", "plan --out plan.json", "apply plan.json"])(
  "%s reads a token from a pipe, which can be read only once",
  async (command) => {
    await using sandbox = await withTokenFile("600");
    if (command === "apply plan.json") await sandbox.run("plan --out plan.json");
    const pipe = join(sandbox.directory, "pipe");
    execFileSync("/usr/bin/mkfifo", [pipe]);
    chmodSync(pipe, 0o644);
    const writer = spawn("sh", ["-c", `echo ${sandbox.front.token} > ${pipe}`]);
    const result = await sandbox.run(`${command} --token-file pipe`, { env: NO_TOKEN });
    writer.kill();
    expect(result.code).toBe(0);
    expectNoSecret(result.out + result.err, [sandbox.front.token]);
  },
);

test("a command reports a token file that is a pipe without a writer, and does not hang", async () => {
  await using sandbox = await withTokenFile("600");
  execFileSync("/usr/bin/mkfifo", [join(sandbox.directory, "pipe")]);
  const err = await sandbox.fail("plan --token-file pipe", { env: NO_TOKEN, clock: new VirtualClock() });
  expect(err).toMatch(/No data received from the pipe "\S+pipe"\s+First start the program that writes the token,/);
});

test("a saved plan is applied with a token from a file", async () => {
  await using sandbox = await withTokenFile("600");
  await sandbox.run("plan --out plan.json --token-file token", { env: NO_TOKEN });
  await sandbox.succeed("apply plan.json --token-file token", { env: NO_TOKEN });
});

test.each<[name: string, text: string, flaw: string]>([
  ["two words", "not-a-token at-all-here", "it contains spaces or line breaks"],
  ["two lines", "not-a-token\nat-all-here", "it contains spaces or line breaks"],
  ["a quoted token", '"at-all-here"', "it contains quotes"],
  ["a short word", "here", "it is too short"],
  ["an umlaut", "at-all-hereä", "it contains characters that are not allowed in a token"],
])("a token file with %s is reported as malformed, and its content is not shown", async (_, text, flaw) => {
  await using sandbox = await withTokenFile("600", () => text);
  const err = await sandbox.fail("plan --token-file token", { env: NO_TOKEN });
  expect(err).toContain(`The API token is malformed: ${flaw}`);
  expect(err).not.toContain("at-all-here");
});

test("plan reports an empty token file", async () => {
  await using sandbox = await withTokenFile("600", () => "\n");
  expect(await sandbox.fail("plan --token-file token", { env: NO_TOKEN })).toContain("The API token is empty");
});

test("plan reports a token file that does not exist or is a directory", async () => {
  await using sandbox = await withTokenFile("600");
  mkdirSync(join(sandbox.directory, "directory"));
  expect(await sandbox.fail("plan --token-file nowhere")).toContain('"nowhere" does not exist');
  expect(await sandbox.fail("plan --token-file directory")).toContain("is not a token file");
});

test("a token is not read from a terminal", async () => {
  await using sandbox = await withTokenFile("600");
  expect(await sandbox.fail("plan --token-file -", { answer: "yes" })).toContain("which is a terminal");
});

test.each(["--token", "--api-token", "--client-secret", "--refresh-token"])(
  "the option %s does not exist",
  async (option) => {
    await using sandbox = Sandbox.withoutFront();
    expect(await sandbox.fail(`plan ${option} x`)).toContain(`Unknown option "${option}"`);
  },
);

test("the error for a token that Front rejects names the source of the token", async () => {
  await using sandbox = await withTokenFile("600");
  const unknownToken = "eyJhbGciOiJub25lIn0.e30.another-token";
  sandbox.front.revoke(sandbox.front.token);
  expect(await sandbox.fail("plan --token-file token")).toContain("Check the token in token");
  expect(await sandbox.fail("plan --token-file -", { secretInput: unknownToken })).toContain("token on standard input");
  expect(await sandbox.fail("plan")).toContain("Check FRONT_API_TOKEN");
});

test("credentials are used in this order: token file, FRONT_API_TOKEN, refresh token, saved login", async () => {
  await using sandbox = await withTokenFile("600");
  await signIn(sandbox);
  const login = oauthEnv(sandbox);
  const ci = await getCiEnv(sandbox);
  const token = { ...ci, FRONT_API_TOKEN: sandbox.front.token };
  const getSource = async (env: Record<string, string>, args = "") => {
    const { code, out, err } = await sandbox.run(`whoami --json ${args}`, { env });
    expect({ code, err }).toEqual({ code: 0, err: "" });
    return JSON.parse(out).signed_in.from;
  };
  expect(await getSource(token, "--token-file token")).toBe("token");
  expect(await getSource(token)).toBe("FRONT_API_TOKEN");
  expect(await getSource(ci)).toBe("FRONT_OAUTH_REFRESH_TOKEN");
  expect(await getSource(login)).toBe("front-contacts login");
});

/** Returns environment variables with an OAuth client and a refresh token. */
async function getCiEnv(sandbox: Sandbox) {
  return { ...oauthEnv(sandbox), FRONT_OAUTH_REFRESH_TOKEN: await sandbox.front.oauth.signIn() };
}

async function startWithEntry(options: EmulatorOptions = {}): Promise<Sandbox> {
  return (await startSandbox(options)).write("contacts/dale.yaml", DALE);
}

test("in CI, apply uses a refresh token without a saved login, sends one token request, and saves no login", async () => {
  await using sandbox = await startWithEntry();
  const env = await getCiEnv(sandbox);
  const { code, out, err } = await sandbox.run("apply --auto-approve", { env });
  expect(code).toBe(0);
  expect(sandbox.front.requests.filter(({ path }) => path === "/oauth/token").length).toBe(1);
  expectNoSecret(out + err, secretsOf(sandbox.front.snapshot()));
  expect(await sandbox.succeed("logout", { env })).toBe("No saved logins.\n");
});

test("an apply continues when its token expires, and creates each contact once", async () => {
  let elapsed = 0;
  let created = 0;
  await using sandbox = await startWithEntry({
    now: () => Date.now() + elapsed,
    onRequest({ method, path }) {
      if (method === "POST" && path === "/contacts") created += 1;
      if (created === 3) elapsed = 61 * 60_000;
    },
  });
  const env = await getCiEnv(sandbox);
  const entries = Array.from({ length: 8 }, (_, index) =>
    DALE.replaceAll("dale", `agent-${index}`).replace("contacts:\n", ""),
  );
  sandbox.write("contacts/dale.yaml", `contacts:\n${entries.join("")}`);
  const { code, out, err } = await sandbox.run("apply --auto-approve", { env });
  expect(err).not.toContain("Error");
  expect(code).toBe(0);
  expect(out).toContain("Apply complete! Resources: 8 added, 0 changed, 0 destroyed.");
  expect(sandbox.front.snapshot().contacts?.length).toBe(8);
  expect(sandbox.front.requests.filter(({ status }) => status === 401).length).toBeGreaterThan(0);
  expect(sandbox.front.requests.filter(({ path }) => path === "/oauth/token").length).toBe(2);
});

test("in CI, an apply succeeds with a warning if Front rotates the refresh token", async () => {
  await using sandbox = await startWithEntry({ behavior: { refreshRotation: "always" } });
  const env = await getCiEnv(sandbox);
  const { code, out, err } = await sandbox.run("apply --auto-approve", { env });
  expect(code).toBe(0);
  expect(err).toContain(
    "Warning: Front replaced the refresh token in FRONT_OAUTH_REFRESH_TOKEN, so it may not be accepted again",
  );
  expect(err).toContain("replace FRONT_OAUTH_REFRESH_TOKEN where it is set, such as in a CI secret");
  expectNoSecret(out + err, [...secretsOf(sandbox.front.snapshot()), env.FRONT_OAUTH_REFRESH_TOKEN]);
});

test("in CI, a refresh token that Front rejects is an error with advice", async () => {
  await using sandbox = await startWithEntry();
  const env = await getCiEnv(sandbox);
  const oldToken = "an-0ld-refresh-token";
  const { code, out, err } = await sandbox.run("plan", { env: { ...env, FRONT_OAUTH_REFRESH_TOKEN: oldToken } });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("invalid_grant");
  expect(err).toContain("FRONT_OAUTH_REFRESH_TOKEN");
  expectNoSecret(err, [oldToken, CLIENT.secret]);
});

test.each(["FRONT_OAUTH_CLIENT_ID", "FRONT_OAUTH_CLIENT_SECRET"])(
  "in CI, the error names the missing variable %s",
  async (name) => {
    await using sandbox = await startWithEntry();
    const env = await getCiEnv(sandbox);
    expect(await sandbox.fail("plan", { env: { ...env, [name]: "" } })).toContain(`${name} is not set`);
  },
);

test("a saved login is not used for another API", async () => {
  await using sandbox = await startSandbox();
  await signIn(sandbox);
  const env = { ...oauthEnv(sandbox), FRONT_API_URL: "http://127.0.0.1:9" };
  const err = await sandbox.fail("whoami", { env });
  expect(err).toContain("No API token found");
  expect(err).toContain("front-contacts login");
});

test.each<[name: string, change: Record<string, string>, message: string]>([
  ["without the client secret", { FRONT_OAUTH_CLIENT_SECRET: "" }, "FRONT_OAUTH_CLIENT_SECRET is not set"],
  ["with another client ID", { FRONT_OAUTH_CLIENT_ID: "other" }, "does not match the application of the saved login"],
])("a saved login is not renewed %s, and the error names the variable", async (_, change, message) => {
  await using sandbox = await startSandbox();
  await signIn(sandbox);
  const laterClock = { now: () => Date.now() + 7_200_000, monotonic: () => 0, sleep: async () => {} };
  const err = await sandbox.fail("whoami", { env: { ...oauthEnv(sandbox), ...change }, clock: laterClock });
  expect(err).toContain(message);
});

test("an apply continues with a renewed login that cannot be saved, and warns that the next run must sign in", async () => {
  let elapsed = 0;
  let onRenewal = () => {};
  await using sandbox = await startWithEntry({
    behavior: { refreshRotation: "always" },
    now: () => Date.now() + elapsed,
    onRequest({ path }) {
      if (path === "/oauth/token") onRenewal();
    },
  });
  await signIn(sandbox);
  const config = join(sandbox.directory, "config");
  onRenewal = () => {
    rmSync(config, { recursive: true, force: true });
    writeFileSync(config, "in the way");
  };
  elapsed = 61 * 60_000;
  const { code, out, err } = await sandbox.run("apply --auto-approve", { env: oauthEnv(sandbox) });
  expect([code, out]).toEqual([0, expect.stringContaining("Apply complete!")]);
  expect(err).toContain("Warning: Cannot save the login: ");
  expect(err).toContain("Then run 'front-contacts login' again.");
  expectNoSecret(out + err, secretsOf(sandbox.front.snapshot()));
});
