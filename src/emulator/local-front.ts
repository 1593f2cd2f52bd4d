import { randomBytes } from "node:crypto";
import { Access, type Scope } from "./access.ts";
import type { Behavior } from "./behavior.ts";
import type { FrontRequest, FrontResponse } from "./http-messages.ts";
import type { RedrawAvatar } from "./model.ts";
import { issueRefreshToken } from "./oauth.ts";
import { type LimitOptions, RateLimits } from "./rate-limits.ts";
import { handleRequest, handleTeammateRequest } from "./request-handler.ts";
import { createStore } from "./seed.ts";
import type { Seed } from "./seed-format.ts";
import { snapshotOf } from "./snapshot.ts";
import type { Store } from "./store.ts";

export interface CompanyOptions extends LimitOptions {
  /** The company to begin with. It is checked, so it may come straight out of a file (`readSeedFile`). */
  readonly seed?: Seed;
  /** What tokens that are signed in for may do; everything by default. */
  readonly scopes?: readonly Scope[];
  /** The application that may sign in by OAuth. By default one is made up, unless the state has one. */
  readonly oauthClient?: { readonly id: string; readonly secret: string };
  /** How to be where Front's documents leave several answers open. */
  readonly behavior?: Partial<Behavior>;
  /** Draws an uploaded avatar anew. Needed for a `behavior.storedAvatars` other than `as-sent`. */
  readonly redrawAvatar?: RedrawAvatar;
  /** Milliseconds until a new handle is found by its alias, and a new contact is listed. An id works at once. */
  readonly indexLag?: number;
}

/** What a teammate's act in Front's own pages came to. */
export interface TeammateResponse {
  readonly status: number;
  // Whoever asks knows what the answer looks like; the emulator shares no types with its callers.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly body: any;
}

/** A Front without a socket: the rules alone, for whoever brings the requests in another way. */
export interface LocalFront {
  /** Grows with every change of what the company holds. */
  readonly revision: number;
  /** The application that may sign in by OAuth. */
  readonly client: { readonly clientId: string; readonly clientSecret: string };
  /** Signs in as an admin would, and answers the refresh token. */
  signIn(): string;
  /** Answers as Front would, whoever asks. */
  respond(request: FrontRequest): Promise<FrontResponse>;
  /** The headers about the rate limit as they are now. */
  rateHeaders(): Record<string, string>;
  /** Lets a token in, or changes what one may do. */
  grant(token: string, scopes?: readonly Scope[]): void;
  revoke(token: string): void;
  /**
   * Acts as a teammate would in Front's own pages: neither limited nor refused.
   * The body goes as JSON. Answers with the status and the parsed body.
   */
  asTeammate(method: string, target: string, body?: unknown): Promise<TeammateResponse>;
  /** Whether the company came out of a snapshot of a real one. */
  readonly isCopy: boolean;
  /** Everything the company holds, as a seed that starts another Front just like it. Not to be changed. */
  snapshot(): Seed;
}

/** Puts a Front up that lets nobody in yet. `now` is in epoch milliseconds. */
export function createLocalFront(options: CompanyOptions & { readonly now: () => number }): LocalFront {
  const { seed = {}, now, behavior, indexLag = 0, redrawAvatar } = options;
  const store = createStore(seed, now, behavior);
  store.indexLag = indexLag;
  store.redrawAvatar = redrawAvatar;
  if (store.behavior.storedAvatars !== "as-sent" && redrawAvatar === undefined) {
    throw new Error("storedAvatars needs redrawAvatar");
  }
  const { refusedRemaining, tierHeader, burstHeaders } = store.behavior;
  const limits = { refusedRemaining, tierHeader, burstHeaders, ...options };
  const front = {
    ...{ store, access: new Access(), limits: new RateLimits(limits, now) },
    ...{ oauthScopes: options.scopes, oauthLimits: budgetsOfClients(limits, now) },
  };
  const client = admitClient(store, options);
  return {
    client,
    signIn: () => issueRefreshToken(store, client.clientId),
    get revision() {
      return store.revision;
    },
    respond: (request) => handleRequest(front, request),
    rateHeaders: () => front.limits.headers(),
    grant: (token, scopes) => front.access.grant(token, scopes),
    revoke: (token) => front.access.revoke(token),
    async asTeammate(method, target, body) {
      const [path = "", query] = target.split("?");
      const headers = { "content-type": "application/json" };
      const bytes = body === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(body));
      const request = { method, path, query: new URLSearchParams(query), headers, body: bytes };
      const response = await handleTeammateRequest(store, request);
      return { status: response.status, body: parsed(response) };
    },
    isCopy: store.copiedFrom !== undefined,
    snapshot: () => snapshotOf(store),
  };
}

/** What Front grants to each partner that uses OAuth, apart from the company's own budget (docs/front.md#rate-limits). */
const OAUTH_RATE = 120;

function budgetsOfClients(options: LimitOptions, now: () => number): (clientId: string) => RateLimits {
  const budgets = new Map<string, RateLimits>();
  const rate = options.rate === Number.POSITIVE_INFINITY ? options.rate : OAUTH_RATE;
  return (clientId) => {
    const budget = budgets.get(clientId) ?? new RateLimits({ ...options, rate, othersShare: 0 }, now);
    budgets.set(clientId, budget);
    return budget;
  };
}

/** The application that was asked for, or the one that is known from before, or a new one. */
function admitClient(store: Store, { oauthClient }: CompanyOptions) {
  const [known] = oauthClient === undefined ? store.oauth.clients : [];
  const [clientId, clientSecret] = known ?? [
    oauthClient?.id ?? "front-contacts",
    oauthClient?.secret ?? randomBytes(24).toString("hex"),
  ];
  store.oauth.clients.set(clientId, clientSecret);
  return { clientId, clientSecret };
}

function parsed({ body }: FrontResponse): unknown {
  return typeof body === "string" ? JSON.parse(body) : body;
}
