import { randomBytes } from "node:crypto";
import { ApiTokens, type Scope } from "./api-tokens.ts";
import type { Behavior, OnBehavior } from "./behavior.ts";
import type { FrontRequest, FrontResponse } from "./http-messages.ts";
import type { ReencodeAvatar } from "./model.ts";
import { issueRefreshToken } from "./oauth.ts";
import { type LimitOptions, RateLimits } from "./rate-limits.ts";
import { handleRequest, handleTeammateRequest } from "./request-handler.ts";
import { createStore } from "./seed.ts";
import type { Seed } from "./seed-format.ts";
import { snapshotOf } from "./snapshot.ts";
import { type StateChanges, takeChanges } from "./state-changes.ts";
import type { Store } from "./store.ts";

export interface CompanyOptions extends LimitOptions {
  /** The initial company. It is validated, so it may come from a file (`readSeedFile`). */
  readonly seed?: Seed | undefined;
  /** The scopes of OAuth tokens (default: all). */
  readonly scopes?: readonly Scope[] | undefined;
  /** The OAuth application (default: the first application in the seed, or a new one). */
  readonly oauthClient?: { readonly id: string; readonly secret: string } | undefined;
  readonly behavior?: Partial<Behavior>;
  /** Called with the name of each behavior that is used, so that a test can record them. */
  readonly onBehavior?: OnBehavior;
  /** Re-encodes an uploaded avatar. Required for a `behavior.storedAvatars` other than `as-sent`. */
  readonly reencodeAvatar?: ReencodeAvatar;
  /**
   * Milliseconds until a new handle is found by alias and a new contact is listed. A lookup by ID finds a new contact
   * immediately.
   */
  readonly indexLag?: number;
}

export interface TeammateResponse {
  readonly status: number;
  // The emulator shares no types with its callers, so the body has no specific type.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

/** A local Front without an HTTP server. The emulator and tests pass requests to it directly. */
export interface LocalFront {
  readonly revision: number;
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  /** Authorizes the application as an admin and returns a refresh token. */
  signIn(): string;
  respond(request: FrontRequest): Promise<FrontResponse>;
  rateHeaders(): Record<string, string>;
  grant(token: string, scopes?: readonly Scope[]): void;
  revoke(token: string): void;
  /**
   * Processes a request as if a teammate made the change in Front. Checks no token and no rate limit, injects no faults
   * and writes no log. `body` is sent as a multipart form if it is a `FormData`, and as JSON otherwise.
   */
  asTeammate(method: string, target: string, body?: unknown): Promise<TeammateResponse>;
  /** True if the company comes from a snapshot of a real company. */
  readonly isFromSnapshot: boolean;
  /** Returns the company as a seed. The seed shares values with the company, so it must not be changed. */
  snapshot(): Seed;
  takeChanges(): StateChanges;
}

/**
 * Creates a local Front. `now` returns epoch milliseconds. Throws a `SeedError` if the seed is invalid, and another error
 * if `behavior` is invalid or requires `reencodeAvatar`, which is missing.
 */
export function createLocalFront(options: CompanyOptions & { readonly now: () => number }): LocalFront {
  const { seed = {}, now, behavior, onBehavior, indexLag = 0, reencodeAvatar } = options;
  const store = createStore(seed, now, behavior, onBehavior);
  store.indexLag = indexLag;
  store.reencodeAvatar = reencodeAvatar;
  if (reencodeAvatar === undefined && store.behavior.storedAvatars !== "as-sent") {
    throw new Error("The behavior storedAvatars requires the option reencodeAvatar");
  }
  const front = {
    store,
    apiTokens: new ApiTokens(),
    limits: new RateLimits(options, store.behavior, now),
    oauthScopes: options.scopes,
    oauthLimits: limitsPerClient(options, store),
  };
  const client = registerClient(store, options);
  return {
    client,
    signIn: () => issueRefreshToken(store, client.clientId),
    get revision() {
      return store.revision;
    },
    respond: (request) => handleRequest(front, request),
    rateHeaders: () => front.limits.headers(),
    grant: (token, scopes) => front.apiTokens.grant(token, scopes),
    revoke: (token) => front.apiTokens.revoke(token),
    async asTeammate(method, target, body) {
      const [path = "", query] = target.split("?");
      const request = { method, path, query: new URLSearchParams(query), ...(await encodeBody(body)) };
      const { status, body: text } = await handleTeammateRequest(store, request);
      return { status, body: typeof text === "string" ? JSON.parse(text) : text };
    },
    isFromSnapshot: store.copiedFrom !== undefined,
    snapshot: () => snapshotOf(store),
    takeChanges: () => takeChanges(store),
  };
}

async function encodeBody(body: unknown): Promise<Pick<FrontRequest, "headers" | "body">> {
  if (body instanceof FormData) {
    const form = new Response(body);
    const headers = { "content-type": form.headers.get("content-type") ?? "" };
    return { headers, body: new Uint8Array(await form.arrayBuffer()) };
  }
  const bytes = body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body));
  return { headers: { "content-type": "application/json" }, body: bytes };
}

/** Requests per window of an OAuth integration, separate from the company's limit (docs/front.md#rate-limits). */
const OAUTH_RATE = 120;

function limitsPerClient(options: LimitOptions, { behavior, now }: Store): (clientId: string) => RateLimits {
  const limitsOf = new Map<string, RateLimits>();
  const rate = options.rate === Number.POSITIVE_INFINITY ? options.rate : OAUTH_RATE;
  return (clientId) => {
    const limits = limitsOf.get(clientId) ?? new RateLimits({ ...options, rate, othersShare: 0 }, behavior, now);
    limitsOf.set(clientId, limits);
    return limits;
  };
}

function registerClient(store: Store, { oauthClient }: CompanyOptions) {
  const [savedClient] = oauthClient === undefined ? store.oauth.clients : [];
  const [clientId, clientSecret] = savedClient ?? [
    oauthClient?.id ?? "front-contacts",
    oauthClient?.secret ?? randomBytes(24).toString("hex"),
  ];
  store.oauth.clients.set(clientId, clientSecret);
  return { clientId, clientSecret };
}
