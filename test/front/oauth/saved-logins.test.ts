import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { systemClock } from "../../../src/clock/clock.ts";
import type { Emulator } from "../../../src/emulator/index.ts";
import { openLoginDirectory, type SavedLogin, type SavedLogins } from "../../../src/front/oauth/saved-logins.ts";
import type { Tokens } from "../../../src/front/oauth/token-renewal.ts";
import { SCALE } from "../../scale.ts";
import { buildProgram } from "../../support/build-program.ts";
import { startEmulator } from "../../support/emulator.ts";
import { CLIENT, expectNoSecret, secretsOf } from "../../support/secrets.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { catchError } from "../support.ts";

const TOKENS: Tokens = { accessToken: "an.access.token", refreshToken: "a.refresh.token", issuedAt: 1, expiresAt: 2 };

function login(company: string, overrides: Partial<SavedLogin> = {}): SavedLogin {
  return {
    company: { id: company, name: "FBI" },
    api: "https://api2.frontapp.com",
    clientId: CLIENT.id,
    oauth: "https://app.frontapp.com/oauth",
    signedInAt: 1,
    tokens: TOKENS,
    ...overrides,
  };
}

async function withLoginDirectory(run: (directory: string, logins: SavedLogins) => Promise<void>): Promise<void> {
  using root = new TemporaryDirectory();
  const directory = root.pathOf("front-contacts/logins");
  await run(directory, openLoginDirectory(directory));
}

test("the login directory saves logins in files that only their owner can read", () =>
  withLoginDirectory(async (directory, logins) => {
    expect(logins.list()).toEqual([]);
    logins.save(login("cmp_b"));
    logins.save(login("cmp_a"));
    expect(openLoginDirectory(directory).list()).toEqual([login("cmp_a"), login("cmp_b")]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o777)).toEqual([0o600, 0o600]);
  }));

test("the login directory replaces a login only if the company and the API are the same", () =>
  withLoginDirectory(async (_, logins) => {
    const local = login("cmp_a", { api: "http://127.0.0.1:4010" });
    logins.save(login("cmp_a", { signedInAt: 1 }));
    logins.save(login("cmp_a", { signedInAt: 2 }));
    logins.save(local);
    expect(logins.list()).toEqual([local, login("cmp_a", { signedInAt: 2 })]);
    logins.remove(local);
    expect(logins.list()).toEqual([login("cmp_a", { signedInAt: 2 })]);
  }));

test.each(["cmp_../../x", "..", "cmp_", "cmp_a/b"])("the login directory rejects the company ID %j", (id) =>
  withLoginDirectory(async (_, logins) => {
    expect(() => logins.save(login(id))).toThrow("not the ID of a company");
  }),
);

test.each([
  ["no content", ""],
  ["incomplete JSON", '{"format":1,"company":'],
  ["an unknown format", JSON.stringify({ format: 2, ...login("cmp_a") })],
  ["no tokens", JSON.stringify({ format: 1, ...login("cmp_a"), tokens: undefined })],
  [
    "tokens without a valid expiry",
    JSON.stringify({ format: 1, ...login("cmp_a"), tokens: { ...TOKENS, expiresAt: "soon" } }),
  ],
])("the login directory ignores a login file with %s", (_, text) =>
  withLoginDirectory(async (directory, logins) => {
    logins.save(login("cmp_b"));
    writeFileSync(join(directory, "cmp_a@api2.frontapp.com.json"), text, { mode: 0o600 });
    expect(logins.list()).toEqual([login("cmp_b")]);
  }),
);

test.each(["640", "604", "660"])("the login directory rejects a login that other users can read (mode %s)", (mode) =>
  withLoginDirectory(async (directory, logins) => {
    logins.save(login("cmp_a"));
    const [name = ""] = readdirSync(directory);
    chmodSync(join(directory, name), mode);
    const error = catchError(() => logins.list());
    expect(error.message).toContain("is accessible to other users");
    expect(error.advice).toContain("chmod 600");
  }),
);

test("the error for a directory at the path of a login advises deleting it and signing in again", () =>
  withLoginDirectory(async (directory, logins) => {
    mkdirSync(join(directory, "cmp_a@api2.frontapp.com.json"), { recursive: true });
    const error = catchError(() => logins.list());
    expect(error.message).toMatch(/cmp_a@api2\.frontapp\.com\.json" is not the file of a saved login$/);
    expect(error.advice).toBe("Delete it, then run 'front-contacts login'.");
  }));

test("the error for a login that cannot be saved does not contain its tokens", () =>
  withLoginDirectory(async (directory, logins) => {
    logins.save(login("cmp_a"));
    rmSync(directory, { recursive: true });
    writeFileSync(directory, "in the way");
    const error = catchError(() => logins.save(login("cmp_a")));
    expect(error.message).toContain("is not writable");
    expectNoSecret(error, [TOKENS.accessToken, TOKENS.refreshToken]);
  }));

test("the login directory replaces the tokens of a login", () =>
  withLoginDirectory(async (directory, logins) => {
    logins.save(login("cmp_a"));
    const store = logins.tokenStore(login("cmp_a"), systemClock);
    store.write({ ...TOKENS, refreshToken: "an.other.token" });
    expect(store.read()?.refreshToken).toBe("an.other.token");
    expect(logins.list()).toEqual([login("cmp_a", { tokens: { ...TOKENS, refreshToken: "an.other.token" } })]);
    expect(readdirSync(directory).length).toBe(1);
    logins.remove(login("cmp_a"));
    expect(store.read()).toBeUndefined();
  }));

test("the login directory removes a login and its temporary files", () =>
  withLoginDirectory(async (directory, logins) => {
    logins.save(login("cmp_a"));
    logins.save(login("cmp_b"));
    writeFileSync(join(directory, ".cmp_a@api2.frontapp.com.json.1234.tmp"), "half", { mode: 0o600 });
    logins.remove(login("cmp_a"));
    expect(readdirSync(directory)).toEqual(["cmp_b@api2.frontapp.com.json"]);
  }));

test("the login directory allows one renewal of a login at a time", () =>
  withLoginDirectory(async (directory, logins) => {
    logins.save(login("cmp_a"));
    const clock = new VirtualClock();
    let running = 0;
    let maxRunning = 0;
    const work = async () => {
      running += 1;
      maxRunning = Math.max(maxRunning, running);
      await clock.sleep(200);
      running -= 1;
    };
    const stores = Array.from({ length: 5 }, () => openLoginDirectory(directory).tokenStore(login("cmp_a"), clock));
    await Promise.all(stores.map((store) => store.withLock(work)));
    expect(maxRunning).toBe(1);
    expect(readdirSync(directory).length).toBe(1);
  }));

test.each<[string, age: number | undefined]>([
  ["that is more than a minute old", 61_000],
  ["that a killed process left behind a moment ago", 0],
  ["of a process whose clock is a day ahead", -86_400_000],
  ["that was not written completely", undefined],
])("the login directory takes over a lock %s", (_, age) =>
  withLoginDirectory(async (directory, logins) => {
    logins.save(login("cmp_a"));
    const clock = new VirtualClock();
    const [name = ""] = readdirSync(directory);
    const text = age === undefined ? "" : JSON.stringify({ owner: "x", since: clock.now() - age });
    writeFileSync(join(directory, `${name}.lock`), text);
    expect(await logins.tokenStore(login("cmp_a"), clock).withLock(async () => "done")).toBe("done");
    expect(readdirSync(directory)).toEqual([name]);
  }),
);

test("the login directory releases the lock after an error", () =>
  withLoginDirectory(async (_, logins) => {
    logins.save(login("cmp_a"));
    const store = logins.tokenStore(login("cmp_a"), new VirtualClock());
    const failing = () => Promise.reject(new Error("no"));
    await expect(store.withLock(failing)).rejects.toThrow("no");
    expect(await store.withLock(async () => "done")).toBe("done");
  }));

/** Runs `whoami` in a separate process. */
function runWhoami(config: string, { url, oauth }: Emulator): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [buildProgram(), "whoami"], {
    cwd: config,
    env: {
      PATH: process.env["PATH"],
      XDG_CONFIG_HOME: config,
      FRONT_API_URL: url,
      FRONT_OAUTH_URL: oauth.url,
      FRONT_OAUTH_CLIENT_ID: oauth.clientId,
      FRONT_OAUTH_CLIENT_SECRET: oauth.clientSecret,
    },
  });
  return new Promise((resolve) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += String(text)));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

test("concurrent processes do not lose a rotated refresh token", async () => {
  using config = new TemporaryDirectory();
  const directory = config.pathOf("front-contacts/logins");
  const logins = openLoginDirectory(directory);
  await using emulator = await startEmulator({
    oauthClient: CLIENT,
    latency: 300,
    behavior: { refreshRotation: "always", rotatedRefreshToken: "revoked" },
  });
  const expiredTokens = { ...TOKENS, refreshToken: await emulator.oauth.signIn() };
  logins.save(login("cmp_tp1", { api: emulator.url, oauth: emulator.oauth.url, tokens: expiredTokens }));
  const results = await Promise.all(Array.from({ length: SCALE.processes }, () => runWhoami(config.path, emulator)));
  expect(results.map(({ code }) => code)).toEqual(results.map(() => 0));
  const [saved] = logins.list();
  const validTokens = emulator.snapshot().oauth?.refresh_tokens?.map(({ token }) => token);
  expect(validTokens).toEqual([saved?.tokens.refreshToken]);
  expect(saved?.tokens.refreshToken).not.toBe(expiredTokens.refreshToken);
  expect(emulator.requests.filter(({ path }) => path === "/oauth/token").length).toBe(1);
  for (const { output } of results)
    expectNoSecret(output, [...secretsOf(emulator.snapshot()), expiredTokens.refreshToken]);
  const file = join(directory, `cmp_tp1@${new URL(emulator.url).host.replace(":", "_")}.json`);
  expect(readFileSync(file, "utf8")).not.toContain(CLIENT.secret);
});
