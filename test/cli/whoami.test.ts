import { expect, test } from "@jest/globals";
import type { EmulatorOptions, Scope } from "../../src/emulator/index.ts";
import { Sandbox } from "../support/sandbox.ts";
import { CLIENT, expectNoSecret, secretsOf } from "../support/secrets.ts";
import { oauthEnv, signIn } from "../support/sign-in.ts";

async function whoami(options: EmulatorOptions = {}, command = "whoami") {
  await using sandbox = await Sandbox.withFront({ behavior: { burstHeaders: "shown" }, ...options });
  const result = await sandbox.run(command);
  return { ...result, requests: sandbox.front.requests, token: sandbox.front.token };
}

test("whoami prints the company, the token source, the rate limit and what the token can read", async () => {
  const { code, out, err, requests, token } = await whoami({ rate: 100 });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^Company {7}Twin Peaks Sheriff's Department \(cmp_tp1\)$/m);
  expect(out).toMatch(/^Signed in {5}with the API token from FRONT_API_TOKEN$/m);
  expect(out).toMatch(/^Rate limit {4}95 of 100 requests left; resets in \d+ s; burst pool: 50 of 50 left$/m);
  expect(out).toMatch(/^Can read {6}contacts, custom fields, contact lists, accounts$/m);
  expect(out).not.toContain("Cannot read");
  expect(out).toContain("Front does not report what a token can write or delete");
  expect(out).toContain("contacts:delete with ensure: absent or missing: absent");
  expect(requests.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "GET", "GET"]);
  expectNoSecret(out, [token]);
});

test.each<[readable: string, scopes: readonly Scope[], missing: RegExp[]]>([
  [
    "contacts",
    ["contacts:read"],
    [/custom fields \(custom_fields:read\).*custom_fields/, /accounts \(accounts:read\).*account.*\. Front responded/],
  ],
  [
    "accounts and fields",
    ["accounts:read", "custom_fields:read"],
    [/contacts \(contacts:read\).*plan, apply, undo, import and snapshot/, /contact lists \(contacts:read\)/],
  ],
])("whoami reports the missing scopes of a token that can read only %s", async (_, scopes, missing) => {
  const { code, out } = await whoami({ scopes });
  expect(code).toBe(0);
  const lines = out.split("\n").filter((line) => line.startsWith("Cannot read"));
  expect(lines).toEqual(missing.map((line) => expect.stringMatching(line)));
});

test("whoami reports a permission as unknown if the request that tests it fails", async () => {
  const { code, out } = await whoami({ faults: [{ path: "/accounts", kind: "status", status: 404 }] });
  expect(code).toBe(0);
  expect(out).toMatch(/^Unknown {7}accounts: /m);
});

test("whoami --json prints the company, the token source, the rate limit and what the token can read", async () => {
  const { code, out } = await whoami({ scopes: ["contacts:read"], rate: 100 }, "whoami --json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    company: { id: "cmp_tp1" },
    signed_in: { kind: "api-token", from: "FRONT_API_TOKEN", expires_at: null },
    rate_limit: { limit: 100, remaining: 95, burst_limit: 50, burst_remaining: 50 },
    reads: [
      { what: "contacts", permitted: true },
      { what: "custom-fields", permitted: false, scope: "custom_fields:read" },
      { what: "contact-lists", permitted: true },
      { what: "accounts", permitted: false, missing_for: expect.stringContaining("account") },
    ],
    writes: null,
  });
});

test("whoami prints when a login was saved, when its token expires, and the rate limit", async () => {
  await using sandbox = await Sandbox.withFront({ oauthClient: CLIENT, rate: 200 });
  await signIn(sandbox);
  const { code, out, err } = await sandbox.run("whoami", { env: oauthEnv(sandbox) });
  expect(code).toBe(0);
  const time = "\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z";
  expect(out).toMatch(
    new RegExp(
      `with OAuth \\(front-contacts login, ${time}\\); the token is valid until ${time} and then renewed automatically`,
    ),
  );
  expect(out).toContain("of 120 requests left");
  expectNoSecret(out + err, secretsOf(sandbox.front.snapshot()));
});

test("a trace contains every request, including those for OAuth, and no secret", async () => {
  await using sandbox = await Sandbox.withFront({ oauthClient: CLIENT });
  const env = { ...oauthEnv(sandbox), FRONT_OAUTH_REFRESH_TOKEN: await sandbox.front.oauth.signIn() };
  await sandbox.run("whoami --trace trace.jsonl", { env });
  const trace = sandbox.read("trace.jsonl");
  expect(trace.trim().split("\n").length).toBe(sandbox.front.requests.length);
  expect(trace).toContain("/oauth/token");
  expectNoSecret(trace, secretsOf(sandbox.front.snapshot()));
});

test("whoami reports a token that Front rejects", async () => {
  await using sandbox = await Sandbox.withFront();
  const { code, out, err } = await sandbox.run("whoami", { env: { FRONT_API_TOKEN: "eyJhbGciOiJub25lIn0.e30.x" } });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toContain("Check FRONT_API_TOKEN");
});

test("whoami escapes the name of the company", async () => {
  const { out } = await whoami({ seed: { company: { id: "cmp_1", name: "F\u001b[2JB\u202eI" } } });
  expect(out).toContain("F\\u{1b}[2JB\\u{202e}I (cmp_1)");
});
