import { createHash } from "node:crypto";
import { type Access, bearerOf, requireScope, SCOPES, type Scope } from "./access.ts";
import { signedAvatarResponse, withStoredAvatar } from "./avatars.ts";
import type { Behavior } from "./behavior.ts";
import { decodeBody } from "./body.ts";
import { apiOrigin } from "./encode.ts";
import { ErrorResponse, noSuchRoute, unknownId } from "./error-response.ts";
import { type FrontRequest, type FrontResponse, json, redirect } from "./http-messages.ts";
import { clientOfAccessToken, oauthResponse } from "./oauth.ts";
import type { RateLimits } from "./rate-limits.ts";
import { type Call, ROUTES, type Route } from "./routes.ts";
import type { Store } from "./store.ts";

/** Front without a socket: what it holds, whom it lets in and how often. */
export interface FrontServer {
  readonly store: Store;
  readonly access: Access;
  readonly limits: RateLimits;
  /** What tokens that were signed in for may do. */
  readonly oauthScopes: readonly Scope[] | undefined;
  /** A client's own budget, which the company's does not count. */
  oauthLimits(clientId: string): RateLimits;
}

interface Caller {
  readonly scopes: readonly Scope[];
  readonly limits: RateLimits;
}

/** Answers as Front would: the bearer first, then the rate limit, the route, the scope and the body. */
export async function handleRequest(front: FrontServer, request: FrontRequest): Promise<FrontResponse> {
  const signingIn = oauthResponse(front.store, request);
  if (signingIn !== undefined) return signingIn;
  let { limits } = front;
  const { status, headers, body } = await refusalsWorded(async () => {
    const signed = signedAvatarResponse(front.store, request);
    if (signed !== undefined) return signed;
    const caller = callerOf(front, request.headers["authorization"]);
    limits = caller.limits;
    limits.admit(request.path);
    return await perform(front.store, request, caller.scopes);
  }, front.store.behavior.errorParts);
  const etag = front.store.behavior.etags === "weak" ? etagOf(body) : {};
  return { status, headers: { ...limits.headers(), ...etag, ...headers }, body };
}

/** In the form that Front's web framework gives to every answer with a body. */
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

/** Answers as if a teammate had acted in Front's own pages: nobody is turned away and nothing is counted. */
export async function handleTeammateRequest(store: Store, request: FrontRequest): Promise<FrontResponse> {
  return await refusalsWorded(() => perform(store, request, undefined));
}

async function refusalsWorded(
  answer: () => Promise<FrontResponse>,
  parts: Behavior["errorParts"] = "all",
): Promise<FrontResponse> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof ErrorResponse)) throw error;
    const { status, headers, body } = json(error.status, error.envelope(parts));
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
  const [first = "", second = ""] = variablesOf(route, path);
  const survivor = movedTo(store, path, first);
  if (survivor !== undefined) return redirect(301, survivor);
  const body = await withStoredAvatar(store, await decodeBody(request));
  // From here on nothing waits, so no other request gets between a handler's reads and its writes.
  const origin = `http://${request.headers["host"] ?? "127.0.0.1"}`;
  const call: Call = { store, first, second, path, query, body, origin };
  return route.handler(call);
}

function variablesOf({ path: pattern }: Route, path: string): string[] {
  return (pattern.exec(path) ?? []).slice(1).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw unknownId("resource", part);
    }
  });
}

function movedTo(store: Store, path: string, id: string): string | undefined {
  const survivor = store.merged.get(id);
  if (survivor === undefined || store.behavior.mergedContacts === "gone") return undefined;
  return `${apiOrigin(store.settings.company)}${path.replace(id, survivor)}`;
}
