import { hash } from "node:crypto";
import { type ApiTokens, bearerTokenIn, requireScope, SCOPES, type Scope } from "./api-tokens.ts";
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

export interface FrontServer {
  readonly store: Store;
  readonly apiTokens: ApiTokens;
  readonly limits: RateLimits;
  readonly oauthScopes: readonly Scope[] | undefined;
  oauthLimits(clientId: string): RateLimits;
}

interface Caller {
  readonly scopes: readonly Scope[];
  readonly limits: RateLimits;
}

/**
 * Responds to a request to the API after checking the token, then the rate limit, the route, the scope and the body.
 * Requests to the OAuth endpoints and for a picture at a signed URL skip these checks.
 */
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
    return await callRoute(front.store, request, caller.scopes);
  }, front.store.behavior);
  const etag = front.store.behavior.etags === "weak" ? etagOf(body) : {};
  return { status, headers: { ...limits.headers(), ...etag, ...headers }, body };
}

/** Returns a weak `etag` header, formatted like those of the web framework Express. */
function etagOf(body: FrontResponse["body"]): Record<string, string> {
  if (typeof body !== "string") return {};
  const digest = hash("sha1", body, "base64").slice(0, 27);
  return { etag: `W/"${Buffer.byteLength(body).toString(16)}-${digest}"` };
}

function callerOf(
  { store, apiTokens, limits, oauthScopes, oauthLimits }: FrontServer,
  authorization: string | undefined,
): Caller {
  const clientId = clientOfAccessToken(store, bearerTokenIn(authorization));
  if (clientId === undefined) return { scopes: apiTokens.scopesOf(authorization), limits };
  return { scopes: oauthScopes ?? SCOPES, limits: oauthLimits(clientId) };
}

export async function handleTeammateRequest(store: Store, request: FrontRequest): Promise<FrontResponse> {
  return await withErrorResponses(() => callRoute(store, request, undefined));
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

async function callRoute(
  store: Store,
  request: FrontRequest,
  scopes: readonly Scope[] | undefined,
): Promise<FrontResponse> {
  const { method, path, query } = request;
  const route = ROUTES.find((candidate) => candidate.method === method && candidate.path.test(path));
  if (route === undefined) throw noSuchRoute();
  if (scopes !== undefined) requireScope(scopes, route.scope);
  const [id = "", avatarName = ""] = parametersOf(route, path);
  const location = redirectOfMerged(store, path, id);
  if (location !== undefined) return redirect(301, location);
  const body = await withStoredAvatar(store, await decodeBody(request));
  // Handlers are synchronous, so no other request is processed while a handler runs.
  const origin = `http://${request.headers["host"] ?? "127.0.0.1"}`;
  const call: Call = { store, id, avatarName, path, query, body, origin };
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

function redirectOfMerged(store: Store, path: string, id: string): string | undefined {
  const survivor = store.mergedInto.get(id);
  if (survivor === undefined || store.behavior.mergedContacts === "gone") return undefined;
  return `${apiOrigin(store.settings.company)}${path.replace(id, survivor)}`;
}
