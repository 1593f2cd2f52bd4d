import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/emulator/index.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CALLBACK = "http://127.0.0.1:8765/callback";
const CLIENT = { id: "app", secret: "s3cret:with-colon_and.dots" };

/** An OAuth application that uses plain fetch. */
class App {
  readonly emulator: Emulator;
  readonly #clock: { now: number };

  constructor(emulator: Emulator, clock: { now: number }) {
    this.emulator = emulator;
    this.#clock = clock;
  }

  wait(milliseconds: number): void {
    this.#clock.now += milliseconds;
  }

  async authorize(parameters: Record<string, string> = {}): Promise<Response> {
    const query = {
      response_type: "code",
      client_id: CLIENT.id,
      redirect_uri: CALLBACK,
      state: "st4te",
      ...parameters,
    };
    const url = `${this.emulator.oauth.url}/authorize?${new URLSearchParams(query)}`;
    return await fetch(url, { redirect: "manual" });
  }

  async code(): Promise<string> {
    const location = (await this.authorize()).headers.get("location") ?? "";
    return new URL(location).searchParams.get("code") ?? "";
  }

  async token(form: Record<string, string>, { id, secret } = CLIENT, headers = {}) {
    const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
    const body = new URLSearchParams(form);
    const url = `${this.emulator.oauth.url}/token`;
    const response = await fetch(url, { method: "POST", body, headers: { authorization, ...headers } });
    // biome-ignore lint/suspicious/noExplicitAny: the tests check the shape
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  }

  async signIn() {
    return await this.token({ grant_type: "authorization_code", code: await this.code(), redirect_uri: CALLBACK });
  }

  async refresh(refreshToken: string) {
    return await this.token({ grant_type: "refresh_token", refresh_token: refreshToken });
  }

  async me(token: string): Promise<Response> {
    return await fetch(`${this.emulator.url}/me`, { headers: { authorization: `Bearer ${token}` } });
  }
}

/** Runs a test with an emulator. Only `wait` advances its clock. */
async function withApp(options: EmulatorOptions, run: (app: App) => Promise<void>): Promise<void> {
  const clock = { now: Date.UTC(2026, 0, 1) };
  await using emulator = await startEmulator({ oauthClient: CLIENT, now: () => clock.now, ...options });
  await run(new App(emulator, clock));
}

test("the emulator redirects an admin with a code and the state, and exchanges the code for valid tokens", () =>
  withApp({}, async (app) => {
    const { status, headers } = await app.authorize();
    expect(status).toBe(302);
    expect(headers.get("location")).toMatch(/^http:\/\/127\.0\.0\.1:8765\/callback\?code=[0-9a-f]+&state=st4te$/);
    const response = await app.signIn();
    expect(response).toMatchObject({
      status: 200,
      body: { token_type: "Bearer", expires_at: Date.UTC(2026, 0, 1, 1) / 1000 },
    });
    expect((await app.me(response.body.access_token)).status).toBe(200);
    expect((await app.me(response.body.refresh_token)).status).toBe(401);
  }));

test.each<[name: string, query: Record<string, string>, status: number, content: string]>([
  ["an unknown client", { client_id: "other" }, 400, "invalid_client"],
  ["no redirect URI", { redirect_uri: "" }, 400, "invalid_request"],
  ["a redirect URI on another host over plain HTTP", { redirect_uri: "http://evil.example/" }, 400, "invalid_request"],
  ["an unsupported response type", { response_type: "token" }, 302, "error=unsupported_response_type&state=st4te"],
])("the emulator rejects an authorization with %s", (_, query, status, content) =>
  withApp({}, async (app) => {
    const response = await app.authorize(query);
    expect(response.status).toBe(status);
    expect((response.headers.get("location") ?? "") + (await response.text())).toContain(content);
  }),
);

test("an admin can decline access, and other users are rejected", async () => {
  await withApp({ behavior: { authorize: "deny" } }, async (app) => {
    expect((await app.authorize()).headers.get("location")).toBe(`${CALLBACK}?error=access_denied&state=st4te`);
  });
  await withApp({ behavior: { authorize: "no-admin" } }, async (app) => {
    const response = await app.authorize();
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("You need to be an administrator");
  });
});

const EXCHANGE = { grant_type: "authorization_code", redirect_uri: CALLBACK };

test.each<[name: string, status: number, error: string, send: (app: App) => Promise<unknown>]>([
  ["a wrong secret", 401, "invalid_client", (app) => app.token(EXCHANGE, { id: "app", secret: "no" })],
  ["an unknown client", 401, "invalid_client", (app) => app.token(EXCHANGE, { id: "other", secret: "no" })],
  ["no secret", 401, "invalid_client", (app) => app.token(EXCHANGE, { id: "app", secret: "" })],
  ["a JSON body", 400, "invalid_request", (app) => app.token(EXCHANGE, CLIENT, { "content-type": "application/json" })],
  ["an unsupported grant type", 400, "unsupported_grant_type", (app) => app.token({ grant_type: "password" })],
  ["an unknown code", 400, "invalid_grant", (app) => app.token({ ...EXCHANGE, code: "x" })],
  [
    "a code for another redirect URI",
    400,
    "invalid_grant",
    async (app) => app.token({ ...EXCHANGE, code: await app.code(), redirect_uri: "http://localhost:1/" }),
  ],
  ["an unknown refresh token", 400, "invalid_grant", (app) => app.refresh("x")],
])("a token request with %s returns %i and %s", (_, status, error, send) =>
  withApp({}, async (app) => {
    expect(await send(app)).toMatchObject({ status, body: { error } });
  }),
);

test("a code can be exchanged once, within ten minutes", () =>
  withApp({}, async (app) => {
    const code = await app.code();
    expect((await app.token({ ...EXCHANGE, code })).status).toBe(200);
    expect((await app.token({ ...EXCHANGE, code })).body).toEqual({ error: "invalid_grant" });
    const expired = await app.code();
    app.wait(10 * MINUTE);
    expect((await app.token({ ...EXCHANGE, code: expired })).body).toEqual({ error: "invalid_grant" });
  }));

test("an access token is valid for an hour and can be renewed", () =>
  withApp({}, async (app) => {
    const { body } = await app.signIn();
    app.wait(60 * MINUTE - 1);
    expect((await app.me(body.access_token)).status).toBe(200);
    app.wait(1);
    expect((await app.me(body.access_token)).status).toBe(401);
    const renewed = await app.refresh(body.refresh_token);
    expect(renewed.body.refresh_token).toBe(body.refresh_token);
    expect((await app.me(renewed.body.access_token)).status).toBe(200);
  }));

test("a refresh token is valid for half a year and replaced on its last day", () =>
  withApp({}, async (app) => {
    const { body } = await app.signIn();
    app.wait(181 * DAY - 1);
    expect((await app.refresh(body.refresh_token)).body.refresh_token).toBe(body.refresh_token);
    app.wait(1);
    const replaced = await app.refresh(body.refresh_token);
    expect(replaced.body.refresh_token).not.toBe(body.refresh_token);
    expect((await app.refresh(body.refresh_token)).body).toEqual({ error: "invalid_grant" });
    app.wait(182 * DAY);
    expect((await app.refresh(replaced.body.refresh_token)).body).toEqual({ error: "invalid_grant" });
  }));

test("with refreshRotation always, rotatedRefreshToken valid and tokenExpiry expires_in, the emulator replaces every refresh token, accepts replaced tokens and returns expires_in", () =>
  withApp(
    { behavior: { refreshRotation: "always", rotatedRefreshToken: "valid", tokenExpiry: "expires_in" } },
    async (app) => {
      const { body } = await app.signIn();
      expect(body).toMatchObject({ expires_in: 3600 });
      expect(body.expires_at).toBeUndefined();
      expect((await app.refresh(body.refresh_token)).body.refresh_token).not.toBe(body.refresh_token);
      expect((await app.refresh(body.refresh_token)).status).toBe(200);
    },
  ));

test("an OAuth client has its own limit of 120 requests per minute", () =>
  withApp({ rate: 200 }, async (app) => {
    const { body } = await app.signIn();
    const limitOf = async (token: string) => {
      const { headers } = await app.me(token);
      return [headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-remaining")];
    };
    expect(await limitOf(body.access_token)).toEqual(["120", "119"]);
    expect(await limitOf(app.emulator.token)).toEqual(["200", "199"]);
    expect(await limitOf((await app.refresh(body.refresh_token)).body.access_token)).toEqual(["120", "118"]);
  }));

test("an OAuth token has the configured scopes", () =>
  withApp({ scopes: ["contacts:read"] }, async (app) => {
    const headers = { authorization: `Bearer ${(await app.signIn()).body.access_token}` };
    expect((await fetch(`${app.emulator.url}/contacts`, { headers })).status).toBe(200);
    expect((await fetch(`${app.emulator.url}/accounts`, { headers })).status).toBe(403);
  }));

test("the client and the refresh token remain valid after a restart from a state file", async () => {
  using directory = new TemporaryDirectory();
  const state = directory.pathOf("front.json");
  const { refreshToken, ...client } = await signInAndStop(state);
  expect(await readFile(state, "utf8")).toContain(refreshToken);
  await using emulator = await startEmulator({ state });
  expect(emulator.oauth).toMatchObject(client);
  const app = new App(emulator, { now: 0 });
  const form = { grant_type: "refresh_token", refresh_token: refreshToken };
  expect((await app.token(form, { id: client.clientId, secret: client.clientSecret })).status).toBe(200);
});

async function signInAndStop(state: string) {
  await using emulator = await startEmulator({ state });
  const { clientId, clientSecret } = emulator.oauth;
  return { clientId, clientSecret, refreshToken: await emulator.oauth.signIn() };
}
