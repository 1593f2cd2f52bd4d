import { createHash } from "node:crypto";
import { type Access, bearerOf, requireScope, SCOPES, type Scope } from "./access.ts";
import { signedAvatarResponse, withStoredAvatar } from "./avatars.ts";
import type { Behavior } from "./behavior.ts";
import { decodeBody } from "./body.ts";
import { apiOrigin } from "./encode.ts";
import {
  ErrorResponse,
  type FrontRequest,
  type FrontResponse,
  json,
  noSuchRoute,
  redirect,
  unknownId,
} from "./http-messages.ts";
import { clientOfAccessToken, oauthResponse } from "./oauth.ts";
import type { RateLimits } from "./rate-limits.ts";
import { type Call, ROUTES, type Route } from "./routes.ts";
import type { Store } from "./store.ts";

/** The company, its tokens and its rate limits. */
export interface FrontServer {
  readonly store: Store;
  readonly access: Access;
  readonly limits: RateLimits;
  readonly oauthScopes: readonly Scope[] | undefined;
  /** Returns the rate limit of an OAuth client, separate from the company's. */
  oauthLimits(clientId: string): RateLimits;
}

interface Caller {
  readonly scopes: readonly Scope[];
  readonly limits: RateLimits;
}

/** Responds as Front would. Checks the token first, then the rate limit, the route, the scope and the body. */
export async function handleRequest(front: FrontServer, request: FrontRequest): Promise<FrontResponse> {
  const oauth = oauthResponse(front.store, request);
  if (oauth !== undefined) return oauth;
  let { limits } = front;
  const { status, headers, body } = await withErrorResponses(async () => {
    const signed = signedAvatarResponse(front.store, request);
    if (signed !== undefined) return signed;
    const caller = callerOf(front, request.headers["authorization"]);
    limits = caller.limits;
    limits.admit(request.path);
    return await perform(front.store, request, caller.scopes);
  }, front.store.behavior);
  const etag = front.store.behavior.etags === "weak" ? etagOf(body) : {};
  return { status, headers: { ...limits.headers(), ...etag, ...headers }, body };
}

/** Returns the ETag of a response with a body, formatted like those of Front's web framework. */
function etagOf(body: FrontResponse["body"]): Record<string, string> {
  if (typeof body !== "string") return {};
  const hash = createHash("sha1").update(body).digest("base64").slice(0, 27);
  return { etag: `W/"${Buffer.byteLength(body).toString(16)}-${hash}"` };
}

function callerOf(
  { store, access, limits, oauthScopes, oauthLimits }: FrontServer,
  authorization: string | undefined,
): Caller {
  const clientId = clientOfAccessToken(store, bearerOf(authorization));
  if (clientId === undefined) return { scopes: access.scopesOf(authorization), limits };
  return { scopes: oauthScopes ?? SCOPES, limits: oauthLimits(clientId) };
}

/** Responds to a request of a teammate in Front, without token and rate limit. */
export async function handleTeammateRequest(store: Store, request: FrontRequest): Promise<FrontResponse> {
  return await withErrorResponses(() => perform(store, request, undefined));
}

async function withErrorResponses(respond: () => Promise<FrontResponse>, behavior?: Behavior): Promise<FrontResponse> {
  try {
    return await respond();
  } catch (error) {
    if (!(error instanceof ErrorResponse)) throw error;
    const { status, headers, body } = json(error.status, error.envelope(behavior?.errorParts ?? "all"));
    return { status, headers: { ...headers, ...error.headers }, body };
  }
}

async function perform(
  store: Store,
  request: FrontRequest,
  scopes: readonly Scope[] | undefined,
): Promise<FrontResponse> {
  const { method, path, query } = request;
  const route = ROUTES.find((known) => known.method === method && known.path.test(path));
  if (route === undefined) throw noSuchRoute();
  if (scopes !== undefined) requireScope(scopes, route.scope);
  const [first = "", second = ""] = parametersOf(route, path);
  const survivor = mergedInto(store, path, first);
  if (survivor !== undefined) return redirect(301, survivor);
  const body = await withStoredAvatar(store, await decodeBody(request));
  // From here on everything is synchronous, so no other request is processed in between.
  const origin = `http://${request.headers["host"] ?? "127.0.0.1"}`;
  const call: Call = { store, first, second, path, query, body, origin };
  return route.handler(call);
}

function parametersOf({ path: pattern }: Route, path: string): string[] {
  return (pattern.exec(path) ?? []).slice(1).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw unknownId("resource", part);
    }
  });
}

function mergedInto(store: Store, path: string, id: string): string | undefined {
  const survivor = store.merged.get(id);
  if (survivor === undefined || store.behavior.mergedContacts === "gone") return undefined;
  return `${apiOrigin(store.settings.company)}${path.replace(id, survivor)}`;
}
