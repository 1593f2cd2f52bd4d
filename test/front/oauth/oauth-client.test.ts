import { expect, test } from "@jest/globals";
import type { Emulator, EmulatorOptions } from "../../../src/emulator/index.ts";
import { createOAuthClient, type OAuthClient } from "../../../src/front/oauth/oauth-client.ts";
import { startEmulator } from "../../support/emulator.ts";
import { CLIENT, expectNoSecret, secretsOf } from "../../support/secrets.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { catchError, failure } from "../support.ts";

const CALLBACK = "http://127.0.0.1:8765/callback";
const HOUR = 3_600_000;

interface OAuthFixture {
  readonly auth: OAuthClient;
  readonly emulator: Emulator;
  readonly clock: VirtualClock;
  /** Authorizes the application as an admin and returns the URL of the redirect. */
  authorize(state: string): Promise<URL>;
}

async function withAuth(options: EmulatorOptions, run: (fixture: OAuthFixture) => Promise<void>): Promise<void> {
  const clock = new VirtualClock();
  await using emulator = await startEmulator({ oauthClient: CLIENT, now: () => clock.now(), ...options });
  const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
  const auth = createOAuthClient({ url: emulator.oauth.url, ...client, clock, fetch: clock.fetch });
  const authorize = async (state: string) => {
    const { headers } = await fetch(auth.authorizationUrl(CALLBACK, state), { redirect: "manual" });
    return new URL(headers.get("location") ?? "");
  };
  await run({ auth, emulator, clock, authorize });
}

function clientWith(respond: (request: Request) => Response | Promise<Response>): OAuthClient {
  const fetch = async (request: Request) => await respond(request);
  return createOAuthClient({ clientId: CLIENT.id, clientSecret: CLIENT.secret, clock: new VirtualClock(), fetch });
}

test("the OAuth client returns the authorization URL with the client ID, the redirect URL and the state", () => {
  const { origin, pathname, searchParams } = clientWith(() => new Response()).authorizationUrl(CALLBACK, "st4te");
  expect(origin + pathname).toBe("https://app.frontapp.com/oauth/authorize");
  expect(Object.fromEntries(searchParams)).toEqual({
    response_type: "code",
    client_id: CLIENT.id,
    redirect_uri: CALLBACK,
    state: "st4te",
  });
});

test("the OAuth client exchanges a code with HTTP Basic authentication and a form body", () =>
  withAuth({}, async ({ auth, emulator, clock, authorize }) => {
    const tokens = await auth.exchangeCode(await authorize("st4te"), "st4te");
    expect(tokens).toMatchObject({ issuedAt: clock.now(), expiresAt: clock.now() + HOUR });
    const sent = emulator.requests.at(-1);
    expect(sent?.headers["authorization"]).toBe(
      `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString("base64")}`,
    );
    expect(sent?.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
    expect(sent?.body).toContain("grant_type=authorization_code");
    const headers = { authorization: `Bearer ${tokens.accessToken}` };
    expect((await fetch(`${emulator.url}/me`, { headers })).status).toBe(200);
  }));

test("the OAuth client does not exchange a code that was returned with another state", () =>
  withAuth({}, async ({ auth, emulator, authorize }) => {
    const callbackUrl = await authorize("another-state");
    await expect(auth.exchangeCode(callbackUrl, "st4te")).rejects.toThrow();
    expect(emulator.requests.filter(({ path }) => path === "/oauth/token")).toEqual([]);
  }));

test("the OAuth client ignores other parameters of the callback URL", () =>
  withAuth({}, async ({ auth, authorize }) => {
    const callbackUrl = await authorize("st4te");
    callbackUrl.search += "&iss=https://evil.example&response=x&id_token=y";
    expect((await auth.exchangeCode(callbackUrl, "st4te")).accessToken).not.toBe("");
  }));

test("the OAuth client rejects a used code and returns undefined for an invalid refresh token", () =>
  withAuth({}, async ({ auth, authorize }) => {
    const callbackUrl = await authorize("st4te");
    await auth.exchangeCode(callbackUrl, "st4te");
    const error = await failure(auth.exchangeCode(callbackUrl, "st4te"));
    expect(error).toMatchObject({ code: "unauthorized", advice: expect.stringContaining("front-contacts login") });
    expect(await auth.refresh("gone")).toBeUndefined();
  }));

test.each(["expires_at", "expires_in"] as const)("the OAuth client reads the lifetime in %s", (tokenExpiry) =>
  withAuth({ behavior: { tokenExpiry } }, async ({ auth, emulator, clock }) => {
    const { issuedAt, expiresAt } = (await auth.refresh(await emulator.oauth.signIn())) ?? {};
    expect([issuedAt, expiresAt]).toEqual([clock.now(), clock.now() + HOUR]);
  }),
);

const NOW = Date.UTC(2026, 0, 1);
const VALID_GRANT = { access_token: "an.access.token", token_type: "bearer" };

test.each<[name: string, lifetime: object, headers: Record<string, string>, expected: number]>([
  ["assumes a lifetime of an hour if the response has none", {}, {}, HOUR],
  ["uses expires_in if the response also has expires_at", { expires_at: NOW / 1000 + 10, expires_in: 60 }, {}, 60_000],
  ["reads expires_at from a string", { expires_at: String(NOW / 1000 + 90) }, {}, 90_000],
  ["assumes a lifetime of an hour if expires_at has passed", { expires_at: 1 }, {}, HOUR],
  ["assumes a lifetime of an hour if expires_at is not a number", { expires_at: "soon" }, {}, HOUR],
  [
    "calculates the lifetime with the server's clock if the local clock is a day behind",
    { expires_at: NOW / 1000 + 86_460 },
    { date: "Fri, 02 Jan 2026 00:00:00 GMT" },
    60_000,
  ],
])("the OAuth client %s", async (_, lifetime, headers, expected) => {
  const respond = () => Response.json({ ...VALID_GRANT, ...lifetime }, { headers });
  const tokens = await clientWith(respond).refresh("the-same");
  expect(tokens).toEqual({
    accessToken: "an.access.token",
    refreshToken: "the-same",
    issuedAt: NOW,
    expiresAt: NOW + expected,
  });
});

const secret = `${CLIENT.id}:${CLIENT.secret}`;
const echo = `${secret} ${Buffer.from(secret).toString("base64")} r3fresh-token-of-old`;

const json = (body: object, status = 200) => Response.json({ ...body, echo }, { status });

test.each<[name: string, respond: () => Response | Promise<Response>, code: string, transient?: boolean]>([
  ["rejects the client", () => json({ error: "invalid_client" }, 400), "unauthorized"],
  [
    "requires other credentials",
    () => new Response(echo, { status: 401, headers: { "www-authenticate": "Basic" } }),
    "unauthorized",
  ],
  ["returns an unexpected error code", () => json({ error: "unsupported_grant_type" }, 400), "broken"],
  ["returns an unknown error code", () => json({ error: echo }, 400), "broken"],
  ["is unavailable", () => new Response(echo, { status: 503 }), "broken", true],
  ["is rate limited", () => new Response(echo, { status: 429 }), "broken", true],
  [
    "redirects",
    () => new Response(null, { status: 302, headers: { location: `https://evil.example/${echo}` } }),
    "broken",
  ],
  ["returns a page", () => new Response(`<p>${echo}</p>`, { headers: { "content-type": "text/html" } }), "unreadable"],
  ["returns an empty response", () => new Response(null, { status: 204 }), "unreadable"],
  ["returns a response without a token", () => json({ token_type: "bearer" }), "unreadable"],
  [
    "returns a token that contains a line break",
    () => json({ ...VALID_GRANT, access_token: "x\r\nevil: 1" }),
    "unreadable",
  ],
  ["returns a refresh token with a space", () => json({ ...VALID_GRANT, refresh_token: "a b" }), "unreadable"],
  ["returns an unsupported type of token", () => json({ ...VALID_GRANT, token_type: "dpop2" }), "unreadable"],
  [
    "closes the connection",
    () => Promise.reject(Object.assign(new TypeError(echo), { code: "ECONNRESET" })),
    "unreachable",
    true,
  ],
])("if the server %s, the error contains no secret", async (_, respond, code, transient = false) => {
  const error = await failure(clientWith(respond).refresh("r3fresh-token-of-old"));
  expect(error).toMatchObject({ code, transient, outcome: "not-done" });
  expect(error.advice).toMatch(/\.$/);
  expectNoSecret([error, error.stack, error.advice], [CLIENT.secret, "r3fresh-token-of-old"]);
});

test("a token request without a response times out", async () => {
  const error = await failure(
    clientWith(
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ).refresh("r3fresh-token-of-old"),
  );
  expect(error.message).toContain("did not send a complete response within 30 s");
});

test("inspecting the client shows neither the secret nor a token", () =>
  withAuth({}, async ({ auth, emulator }) => {
    await auth.refresh(await emulator.oauth.signIn());
    expectNoSecret(auth, secretsOf(emulator.snapshot()));
  }));

test("the client secret is not sent to another host", () => {
  const url = "https://evil.example/oauth";
  const error = catchError(() => createOAuthClient({ url, clientId: CLIENT.id, clientSecret: CLIENT.secret }));
  expect(error.code).toBe("wrong-address");
});
