import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { EmulatorOptions } from "../../src/emulator/index.ts";
import { openLoginDirectory } from "../../src/front/oauth/saved-logins.ts";
import { listen } from "../support/local-server.ts";
import { Sandbox } from "../support/sandbox.ts";
import { CLIENT, expectNoSecret, secretsOf } from "../support/secrets.ts";
import { oauthEnv, signIn, type Visit } from "../support/sign-in.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const DALE = "contacts:\n  dale:\n    handles: [{ source: email, handle: dale@fbi.example }]\n";

function startSandbox(options: EmulatorOptions = {}): Promise<Sandbox> {
  return Sandbox.withFront({ oauthClient: CLIENT, ...options });
}

function filesOf({ directory }: Sandbox): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

test("login prints the URL of the authorization page, and saves a login that only the user can read", async () => {
  await using sandbox = await startSandbox();
  const { code, out, err, visited } = await signIn(sandbox);
  expect({ code, out }).toEqual({ code: 0, out: "Signed in to cmp_tp1 (Twin Peaks Sheriff's Department).\n" });
  expect(err).toContain("Open this URL in a browser, as an admin");
  expect(visited?.page).toContain("You are signed in.");
  const files = filesOf(sandbox);
  expect(files.map((path) => statSync(path).mode & 0o777)).toEqual([0o600]);
  expectNoSecret(out + err + visited?.page, secretsOf(sandbox.front.snapshot()));
  expectNoSecret(readFileSync(files[0] ?? "", "utf8"), [CLIENT.secret]);
});

test("apply and plan use the saved login", async () => {
  await using sandbox = await startSandbox();
  await signIn(sandbox);
  sandbox.write("contacts/dale.yaml", DALE);
  const env = oauthEnv(sandbox);
  await sandbox.succeed("apply --auto-approve", { env });
  const { out, err } = await sandbox.run("plan", { env });
  expect(out).toContain("No changes.");
  expectNoSecret(out + err, secretsOf(sandbox.front.snapshot()));
});

test("login rejects a callback without the right state, path and method, and continues to wait", async () => {
  await using sandbox = await startSandbox();
  const responses: (number | string)[][] = [];
  const visit = async (authorize: URL): Promise<Visit> => {
    const redirectUri = new URL(authorize.searchParams.get("redirect_uri") ?? "");
    const sendRequest = async (target: string, method = "GET") => {
      const response = await fetch(new URL(target, redirectUri), { method });
      responses.push([method, target, response.status]);
      expect(response.headers.get("content-security-policy")).toBe("default-src 'none'");
    };
    await sendRequest("/callback?code=evil");
    await sendRequest("/callback?code=evil&state=guessed");
    await sendRequest(`/other?code=evil&state=${authorize.searchParams.get("state")}`);
    await sendRequest(`/callback?code=evil&state=${authorize.searchParams.get("state")}`, "POST");
    const response = await fetch(authorize);
    return { page: await response.text(), status: response.status };
  };
  expect(await signIn(sandbox, { visit })).toMatchObject({ code: 0, visited: { status: 200 } });
  expect(responses.map(([, , status]) => status)).toEqual([400, 400, 404, 404]);
  expect(sandbox.front.requests.filter(({ path }) => path === "/oauth/token").length).toBe(1);
});

test("login reports that the admin denied access", async () => {
  await using sandbox = await startSandbox({ behavior: { authorize: "deny" } });
  const { code, err, visited } = await signIn(sandbox);
  expect(code).toBe(1);
  expect(err).toContain("Front rejected the sign-in: access was denied");
  expect(err).toContain("Only an admin of the company can authorize the application.");
  expect(visited?.page).toContain("The sign-in failed.");
  expect(filesOf(sandbox)).toEqual([]);
});

test("login reports a redirect without an authorization code", async () => {
  await using sandbox = await startSandbox();
  const visit = async (authorize: URL): Promise<Visit> => {
    const redirect = new URL(authorize.searchParams.get("redirect_uri") ?? "");
    redirect.searchParams.set("state", authorize.searchParams.get("state") ?? "");
    const response = await fetch(redirect);
    return { page: await response.text(), status: response.status };
  };
  const { code, err } = await signIn(sandbox, { visit });
  expect(code).toBe(1);
  expect(err).toContain("Error: The redirect from Front contains no authorization code");
  expect(err).toContain("Check the settings of the application in Front.");
  expect(filesOf(sandbox)).toEqual([]);
});

test("login does not save a login if Front rejects the code", async () => {
  await using sandbox = await startSandbox();
  sandbox.front.faults = [{ path: "/oauth/token", kind: "status", status: 400, body: { error: "invalid_grant" } }];
  const { code, err } = await signIn(sandbox);
  expect(code).toBe(1);
  expect(err).toContain("rejected the authorization code");
  expect(err).toContain("front-contacts login");
  expect(filesOf(sandbox)).toEqual([]);
});

test("login reports an incorrect client secret", async () => {
  await using sandbox = await startSandbox();
  const env = { ...oauthEnv(sandbox), FRONT_OAUTH_CLIENT_SECRET: "an0ther-secret" };
  const { code, err } = await signIn(sandbox, { env });
  expect(code).toBe(1);
  expect(err).toContain("FRONT_OAUTH_CLIENT_SECRET");
  expectNoSecret(err, ["an0ther-secret"]);
});

test("login times out if no redirect arrives", async () => {
  await using sandbox = await startSandbox();
  const visit = async () => undefined;
  const { code, err } = await signIn(sandbox, { visit, clock: new VirtualClock() });
  expect(code).toBe(1);
  expect(err).toContain("Timed out waiting for the redirect from Front to http://127.0.0.1:");
  expect(err).toContain("FRONT_API_TOKEN");
});

test("login stops waiting on Ctrl-C", async () => {
  await using sandbox = await startSandbox();
  const interrupt = new AbortController();
  const visit = async () => {
    interrupt.abort();
    return undefined;
  };
  const { code, err } = await signIn(sandbox, { visit, signal: interrupt.signal });
  expect(code).toBe(1);
  expect(err).toContain("Interrupted before the sign-in was complete");
});

test("login reports a port that is in use, with advice", async () => {
  await using sandbox = await startSandbox();
  await using server = await listen(createServer());
  const command = `login --redirect-uri ${server.url.origin}/callback`;
  const err = await sandbox.fail(command, { env: oauthEnv(sandbox) });
  expect(err).toContain(server.url.host);
  expect(err).toContain("the port is in use");
  expect(err).toContain("--redirect-uri");
});

test.each([
  "https://127.0.0.1:8765/callback",
  "http://example.com/callback",
  "http://127.0.0.1.evil.example/",
  "http://me:pass@127.0.0.1:8765/",
  "http://127.0.0.1:8765/?x=1",
  "callback",
])("login rejects the redirect URI %s", async (uri) => {
  await using sandbox = await startSandbox();
  const err = await sandbox.fail(`login --redirect-uri ${uri}`, { env: oauthEnv(sandbox) });
  expect(err).toContain(`"${uri}" is not a valid redirect URI`);
  expect(sandbox.front.requests).toEqual([]);
});

test.each<[missing: string, message: string]>([
  ["FRONT_OAUTH_CLIENT_ID", "FRONT_OAUTH_CLIENT_ID is not set"],
  ["FRONT_OAUTH_CLIENT_SECRET", "FRONT_OAUTH_CLIENT_SECRET is not set"],
])("login reports that %s is missing", async (missing, message) => {
  await using sandbox = await startSandbox();
  expect(await sandbox.fail("login", { env: { ...oauthEnv(sandbox), [missing]: "" } })).toContain(message);
});

test("login reports that it found no configuration directory if neither XDG_CONFIG_HOME nor HOME is set", async () => {
  await using sandbox = await startSandbox();
  const err = await sandbox.fail("login", { env: { ...oauthEnv(sandbox), XDG_CONFIG_HOME: "", HOME: "" } });
  expect(err).toContain("No configuration directory found for saved logins");
});

test.each([
  ["FRONT_OAUTH_URL", "https://evil.example/oauth"],
  ["NODE_TLS_REJECT_UNAUTHORIZED", "0"],
])("login rejects %s=%s without sending a request", async (name, value) => {
  await using sandbox = await startSandbox();
  expect(await sandbox.fail("login", { env: { ...oauthEnv(sandbox), [name]: value } })).toContain(name);
  expect(sandbox.front.requests).toEqual([]);
});

test("logout removes the saved login and prints its company", async () => {
  await using sandbox = await startSandbox();
  const env = oauthEnv(sandbox);
  expect(await sandbox.run("logout", { env })).toMatchObject({ code: 0, out: "No saved logins.\n" });
  await signIn(sandbox);
  const { code, out, err } = await sandbox.run("logout", { env });
  expect({ code, out }).toEqual({
    code: 0,
    out: `Signed out of cmp_tp1 (Twin Peaks Sheriff's Department) at ${sandbox.front.url}.\n`,
  });
  expect(err).toContain("Front's settings");
  expect(filesOf(sandbox)).toEqual([]);
  expect(await sandbox.fail("whoami", { env })).toContain("No API token found");
});

async function startWithTwoLogins(): Promise<Sandbox> {
  const sandbox = await startSandbox();
  await signIn(sandbox);
  const logins = openLoginDirectory(join(sandbox.directory, "config/front-contacts/logins"));
  for (const login of logins.list()) logins.save({ ...login, company: { id: "cmp_k30", name: "FBI" } });
  return sandbox;
}

test("commands use the saved login of the company in the settings", async () => {
  await using sandbox = await startWithTwoLogins();
  const env = oauthEnv(sandbox);
  sandbox.write("contacts/dale.yaml", DALE).write("contacts/settings.yaml", "settings: { company: cmp_tp1 }\n");
  await sandbox.succeed("whoami", { env });
  await sandbox.succeed("plan", { env });
  sandbox.write("contacts/settings.yaml", "settings: { company: cmp_zz }\n");
  expect(await sandbox.fail("plan", { env })).toContain('The configuration is for company "cmp_zz"');
});

test("init uses the login of settings.company, and warns if there are several logins and no company", async () => {
  await using sandbox = await startWithTwoLogins();
  const env = oauthEnv(sandbox);
  const first = await sandbox.run("init", { env });
  expect(first).toMatchObject({ code: 0, err: expect.stringContaining("Warning: You are signed in to 2 companies") });
  sandbox.write("contacts/settings.yaml", "settings: { company: cmp_tp1 }\n");
  expect(await sandbox.run("init", { env })).toMatchObject({ code: 0, err: "" });
});

test("commands require settings.company if there are several saved logins", async () => {
  await using sandbox = await startWithTwoLogins();
  const env = oauthEnv(sandbox);
  const err = await sandbox.fail("whoami", { env });
  expect(err).toContain("You are signed in to 2 companies: cmp_k30 (FBI), cmp_tp1");
  expect(err).toContain(
    "settings: { company: cmp_k30 }, or delete the other logins with 'front-contacts logout COMPANY'.",
  );
  expect(await sandbox.fail("logout", { env })).toContain("--all");
  expect(await sandbox.fail("logout cmp_nobody", { env })).toContain('not signed in to company "cmp_nobody"');
  expect(await sandbox.fail("logout --all cmp_k30", { env })).toContain("cannot be combined");
  const out = await sandbox.succeed("logout --all", { env });
  expect(out.split("\n").length).toBe(3);
});

test("logout lists several saved logins with their APIs, and deletes all logins to the specified company", async () => {
  await using sandbox = await startSandbox();
  await signIn(sandbox);
  const env = oauthEnv(sandbox);
  const logins = openLoginDirectory(join(sandbox.directory, "config/front-contacts/logins"));
  for (const login of logins.list()) logins.save({ ...login, api: "http://127.0.0.1:9" });
  const company = "cmp_tp1 (Twin Peaks Sheriff's Department)";
  const err = await sandbox.fail("logout", { env });
  expect(err).toContain("Missing company: 2 logins are saved (");
  expect(err).toContain(`${company} at http://127.0.0.1:9`);
  expect(err).toContain(`${company} at ${sandbox.front.url}`);
  expect(err).toContain("'front-contacts logout cmp_tp1'");
  const out = await sandbox.succeed("logout cmp_tp1", { env });
  expect(out.split("\n").length).toBe(3);
  expect(logins.list()).toEqual([]);
});
