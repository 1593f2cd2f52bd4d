import { expect, test } from "@jest/globals";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../../src/emulator/index.ts";
import { type FrontApi, FrontError } from "../../../src/front/api.ts";
import { connectFront } from "../../../src/front/client.ts";
import { createOAuthClient, type OAuthClient } from "../../../src/front/oauth/oauth-client.ts";
import {
  inMemoryTokenStore,
  RenewableToken,
  type RenewalOptions,
  type TokenStore,
} from "../../../src/front/oauth/token-renewal.ts";
import { CLIENT, expectNoSecret, secretsOf } from "../../support/secrets.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { COOPER, failure } from "../support.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface RenewalFixture {
  readonly emulator: Emulator;
  readonly clock: VirtualClock;
  readonly auth: OAuthClient;
  readonly store: TokenStore;
  readonly token: RenewableToken;
  readonly front: FrontApi;
  /** Simulates another process that shares the store. */
  startProcess(options?: Partial<RenewalOptions>): { readonly token: RenewableToken; readonly front: FrontApi };
  renewals(): number;
  /** Advances the clocks of the client and the emulator. */
  advance(milliseconds: number): void;
  /** Advances only the emulator's clock, so that a token expires earlier than the client expects. */
  advanceFront(milliseconds: number): void;
}

async function withRenewal(options: EmulatorOptions, run: (fixture: RenewalFixture) => Promise<void>): Promise<void> {
  const time = { elapsed: 0, ahead: 0 };
  class Clock extends VirtualClock {
    override now(): number {
      return super.now() + time.elapsed;
    }
  }
  const clock = new Clock();
  await using emulator = await startEmulator({ oauthClient: CLIENT, now: () => clock.now() + time.ahead, ...options });
  const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
  const auth = createOAuthClient({ url: emulator.oauth.url, ...client, clock, fetch: clock.fetch });
  const store = inMemoryTokenStore(await emulator.oauth.signIn());
  const startProcess: RenewalFixture["startProcess"] = (renewalOptions = {}) => {
    const token = new RenewableToken({
      store,
      refresh: auth.refresh,
      clock,
      advice: "Sign in again.",
      ...renewalOptions,
    });
    const defaults = { url: emulator.url, clock, fetch: clock.fetch, backoff: 1, random: () => 0 };
    return { token, front: connectFront({ ...defaults, token }) };
  };
  const renewals = () => emulator.requests.filter(({ path }) => path === "/oauth/token").length;
  const advance = (milliseconds: number) => {
    time.elapsed += milliseconds;
  };
  const advanceFront: RenewalFixture["advanceFront"] = (milliseconds) => {
    time.ahead += milliseconds;
  };
  await run({ emulator, auth, clock, store, ...startProcess(), startProcess, renewals, advance, advanceFront });
}

test("waiting requests share one renewal, and the next renewal is about five minutes before the token expires", () =>
  withRenewal({}, async ({ front, renewals, advance, token, clock }) => {
    expect(token.expiresAt).toBeUndefined();
    await Promise.all([front.me(), front.contactLists(), front.customFields()]);
    expect(renewals()).toBe(1);
    expect(token.expiresAt).toBeGreaterThan(clock.now());
    advance(54 * MINUTE);
    await front.me();
    expect(renewals()).toBe(1);
    advance(2 * MINUTE);
    await Promise.all([front.me(), front.contactLists(), front.customFields()]);
    expect(renewals()).toBe(2);
  }));

test("the client renews a rejected token and repeats the request", () =>
  withRenewal({}, async ({ front, emulator, advanceFront, renewals }) => {
    await front.me();
    advanceFront(61 * MINUTE);
    const contact = await front.createContact({ handles: [COOPER] });
    expect(contact.handles).toEqual([COOPER]);
    expect(renewals()).toBe(2);
    expect(emulator.requests.slice(-3).map(({ method, path, status }) => [method, path, status])).toEqual([
      ["POST", "/contacts", 401],
      ["POST", "/oauth/token", 200],
      ["POST", "/contacts", 201],
    ]);
    expect(front.requests).toBe(3);
  }));

test("the client repeats a read and its dependent write after a renewal", () =>
  withRenewal({}, async ({ front, advanceFront, renewals }) => {
    const { id } = await front.createContact({ handles: [COOPER] });
    let readCount = 0;
    await front.editContact(id, ({ name }) => {
      readCount += 1;
      if (readCount === 1) advanceFront(61 * MINUTE);
      return { name: `${name || "nobody"}, read ${readCount} times` };
    });
    expect((await front.contact(id))?.name).toBe("nobody, read 2 times");
    expect(renewals()).toBe(2);
  }));

test("the client does not renew a token between a read and its dependent write", () =>
  withRenewal({}, async ({ front, emulator, advance }) => {
    const { id } = await front.createContact({ handles: [COOPER] });
    await front.editContact(id, () => {
      advance(56 * MINUTE);
      return { name: "Dale Cooper" };
    });
    const last = emulator.requests.slice(-2).map(({ method, status }) => `${method} ${status}`);
    expect(last).toEqual(["GET 200", "PATCH 204"]);
  }));

test("an edit fails if Front always rejects its write with a 401", () =>
  withRenewal({}, async ({ front, emulator }) => {
    const { id } = await front.createContact({ handles: [COOPER] });
    emulator.faults = [{ method: "PATCH", path: "*", kind: "status", status: 401 }];
    const error = await failure(front.editContact(id, () => ({ name: "Dale Cooper" })));
    expect(error).toMatchObject({ outcome: "not-done" });
  }));

test("a request fails after a second 401, with the configured advice", () =>
  withRenewal({}, async ({ front, emulator, renewals }) => {
    emulator.faults = [{ path: "/me", kind: "status", status: 401 }];
    const error = await failure(front.me());
    expect(error).toMatchObject({ code: "unauthorized", advice: "Sign in again." });
    expect(renewals()).toBe(2);
  }));

test("the client reports an expired login without retries", () =>
  withRenewal({}, async ({ front, renewals, advance }) => {
    advance(183 * DAY);
    const error = await failure(front.me());
    expect(error).toMatchObject({ code: "unauthorized", advice: "Sign in again." });
    expect(error.message).toContain("invalid_grant");
    expect(renewals()).toBe(1);
  }));

test("the client stores a rotated refresh token and uses it for later renewals", () =>
  withRenewal({}, async ({ front, store, advance, renewals }) => {
    const before = store.read()?.refreshToken;
    advance(181 * DAY - MINUTE);
    await front.me();
    expect(store.read()?.refreshToken).toBe(before);
    advance(60 * MINUTE);
    await front.me();
    expect(store.read()?.refreshToken).not.toBe(before);
    advance(100 * DAY);
    await front.me();
    expect(renewals()).toBe(3);
  }));

test("the client uses a token that another process renewed", () =>
  withRenewal({}, async ({ front, startProcess, renewals, advance }) => {
    await front.me();
    const { front: second } = startProcess();
    await second.me();
    expect(renewals()).toBe(1);
    advance(60 * MINUTE);
    await front.me();
    await second.me();
    expect(renewals()).toBe(2);
  }));

test("the client reads the store again after another process rotated the refresh token", () =>
  withRenewal({ behavior: { refreshRotation: "always" } }, async ({ auth, store, startProcess, renewals }) => {
    const first = startProcess().token;
    const second = startProcess({
      refresh: async (refreshToken) => {
        await first.current();
        return await auth.refresh(refreshToken);
      },
    });
    expect((await second.front.me()).id).toBe("cmp_tp1");
    expect(renewals()).toBe(2);
    expect(await auth.refresh(store.read()?.refreshToken ?? "")).toBeDefined();
  }));

test("the client reports a login that was removed during the run", () =>
  withRenewal({}, async ({ startProcess, store }) => {
    const { front } = startProcess({ store: { ...store, read: () => undefined } });
    expect(await failure(front.me())).toMatchObject({
      code: "unauthorized",
      message: "The saved login was removed",
    });
  }));

test.each([503, 429])("the client retries a renewal after a %i", (status) =>
  withRenewal({}, async ({ front, emulator, renewals }) => {
    emulator.faults = [{ path: "/oauth/token", kind: "status", status, times: 2 }];
    expect((await front.me()).id).toBe("cmp_tp1");
    expect(renewals()).toBe(3);
  }),
);

test("the client uses a token with a short lifetime for half of its lifetime", () =>
  withRenewal({}, async ({ startProcess, advance, clock }) => {
    let renewed = 0;
    const refresh = async (refreshToken: string) => {
      renewed += 1;
      return {
        accessToken: `short-lived-${renewed}`,
        refreshToken,
        issuedAt: clock.now(),
        expiresAt: clock.now() + 2 * MINUTE,
      };
    };
    const { token } = startProcess({ refresh });
    expect([await token.current(), await token.current()]).toEqual(["short-lived-1", "short-lived-1"]);
    advance(61_000);
    expect(await token.current()).toBe("short-lived-2");
  }));

test.each([502, 401, 400])("no error contains a token if Front returns %i with all tokens", (status) =>
  withRenewal({}, async ({ front, emulator, token }) => {
    await front.me();
    const secrets = secretsOf(emulator.snapshot());
    emulator.faults = [
      { path: "/me", kind: "status", status, body: { _error: { status, message: secrets.join(" ") } } },
    ];
    const error = await failure(front.me());
    expectNoSecret([error, error.stack, error.advice, error.message], secrets.slice(1));
    expect(token.secrets()).toEqual(expect.arrayContaining(secrets.slice(1)));
  }),
);

test("inspecting the client and the token source does not show a token", () =>
  withRenewal({}, async ({ front, token, emulator }) => {
    await front.me();
    expectNoSecret([front, token], secretsOf(emulator.snapshot()));
  }));

test("the client continues with tokens that cannot be stored, and reports the failure once until tokens can be stored again", () =>
  withRenewal({ behavior: { refreshRotation: "always" } }, async ({ startProcess, store, renewals, advance }) => {
    let isFull = true;
    const problem = new FrontError("unauthorized", "The disk is full", { advice: "Free disk space." });
    const failIfFull = () => {
      if (isFull) throw problem;
    };
    const write: TokenStore["write"] = (tokens) => {
      failIfFull();
      store.write(tokens);
    };
    const reported: FrontError[] = [];
    const withLock: TokenStore["withLock"] = async (work) => {
      if (reported.length > 0) failIfFull();
      return await work();
    };
    const onNotStored = (error: FrontError) => reported.push(error);
    const { front } = startProcess({ store: { ...store, write, withLock }, onNotStored });
    const stored = store.read();
    for (const _ of [1, 2]) {
      await front.me();
      advance(60 * MINUTE);
    }
    expect([reported, store.read()]).toEqual([[problem], stored]);
    isFull = false;
    await front.me();
    expect(renewals()).toBe(3);
    expect(store.read()).not.toEqual(stored);
  }));
