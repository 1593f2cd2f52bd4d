import type { Access, Scope } from "./access.ts";
import { mustAllow } from "./access.ts";
import { answerSigned } from "./avatars.ts";
import { decodeBody } from "./body.ts";
import { type FrontRequest, type FrontResponse, json, redirect } from "./exchange.ts";
import type { RateLimits } from "./limits.ts";
import { noSuchRoute, Refusal, unknownId } from "./refusal.ts";
import { type Call, ROUTES, type Route } from "./routes.ts";
import type { Store } from "./store.ts";
import { apiOrigin } from "./views.ts";

/** Front without a socket: what it holds, whom it lets in and how often. */
export interface Front {
  readonly store: Store;
  readonly access: Access;
  readonly limits: RateLimits;
}

/** Answers as Front would: the bearer first, then the rate limit, the route, the scope and the body. */
export async function handle(front: Front, request: FrontRequest): Promise<FrontResponse> {
  const { status, headers, body } = await refusalsWorded(async () => {
    const signed = answerSigned(front.store, request);
    if (signed !== undefined) return signed;
    const scopes = front.access.scopesOf(request.headers["authorization"]);
    front.limits.admit(request.path);
    return await perform(front.store, request, scopes);
  });
  return { status, headers: { ...front.limits.headers(), ...headers }, body };
}

/** Answers as if a teammate had acted in Front's own pages: nobody is turned away and nothing is counted. */
export async function handleFromInside(store: Store, request: FrontRequest): Promise<FrontResponse> {
  return await refusalsWorded(() => perform(store, request, undefined));
}

async function refusalsWorded(answer: () => Promise<FrontResponse>): Promise<FrontResponse> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { status, headers, body } = json(error.status, error);
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
  if (scopes !== undefined) mustAllow(scopes, route.scope);
  const [first = "", second = ""] = variablesOf(route, path);
  const survivor = movedTo(store, path, first);
  if (survivor !== undefined) return redirect(301, survivor);
  // From here on nothing waits, so no other request gets between a handler's reads and its writes.
  const body = await decodeBody(request);
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
  if (survivor === undefined || store.behaviour.mergedContacts === "gone") return undefined;
  return `${apiOrigin(store.furniture.company)}${path.replace(id, survivor)}`;
}
