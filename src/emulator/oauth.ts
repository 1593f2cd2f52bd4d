import { randomBytes } from "node:crypto";
import { createToken } from "./access.ts";
import { type FrontRequest, type FrontResponse, json, redirect } from "./http-messages.ts";
import type { Issued } from "./model.ts";
import type { Store } from "./store.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CODE_LIFE = 10 * MINUTE;
const ACCESS_LIFE = 60 * MINUTE;
const REFRESH_LIFE = 182 * DAY;

/** Front's own words to whoever is no admin. */
const NO_ADMIN = "You need to be an administrator of your Front instance to authorize this request.";

/** OAuth's own form of a refusal, which is not Front's envelope. */
function refused(error: string, status = 400): FrontResponse {
  const challenge = status === 401 ? { "www-authenticate": 'Basic realm="oauth"' } : {};
  const { headers, body } = json(status, { error });
  return { status, headers: { ...headers, ...challenge }, body };
}

/** Front's two OAuth endpoints (docs/front.md#oauth), which Front has on another host; undefined for any other path. */
export function oauthResponse(store: Store, request: FrontRequest): FrontResponse | undefined {
  const { method, path } = request;
  if (path === "/oauth/authorize" && method === "GET") return authorize(store, request.query);
  if (path === "/oauth/token" && method === "POST") return answerToken(store, request);
  return path.startsWith("/oauth/") ? refused("not_found", 404) : undefined;
}

/** An admin who always agrees, at once and without a page, unless told to behave otherwise. */
function authorize(store: Store, query: URLSearchParams): FrontResponse {
  const clientId = query.get("client_id") ?? "";
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!store.oauth.clients.has(clientId)) return refused("invalid_client");
  if (!isRedirect(redirectUri)) return refused("invalid_request");
  if (store.behavior.authorize === "no-admin") return json(403, { error: NO_ADMIN });
  const back = new URL(redirectUri);
  const state = query.get("state");
  if (query.get("response_type") !== "code") back.searchParams.set("error", "unsupported_response_type");
  else if (store.behavior.authorize === "deny") back.searchParams.set("error", "access_denied");
  else back.searchParams.set("code", issueCode(store, clientId, redirectUri));
  if (state !== null) back.searchParams.set("state", state);
  return redirect(302, back.href);
}

/** Over https, or to the machine itself. */
function isRedirect(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  return protocol === "https:" || (protocol === "http:" && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname));
}

function issueCode(store: Store, clientId: string, redirectUri: string): string {
  const code = randomBytes(16).toString("hex");
  store.oauth.codes.set(code, { clientId, redirectUri, expiresAt: store.now() + CODE_LIFE });
  return code;
}

function answerToken(store: Store, { headers, body }: FrontRequest): FrontResponse {
  const clientId = clientOf(store, headers["authorization"]);
  if (clientId === undefined) return refused("invalid_client", 401);
  // Whether Front reads JSON here is unknown, and a form is what its clients send.
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? "")) return refused("invalid_request");
  const form = new URLSearchParams(new TextDecoder().decode(body));
  switch (form.get("grant_type")) {
    case "authorization_code":
      return exchangeCode(store, clientId, form);
    case "refresh_token":
      return refresh(store, clientId, form.get("refresh_token") ?? "");
    default:
      return refused("unsupported_grant_type");
  }
}

/** The client whose id and secret are in the header, taken as they are: Front documents base64 of `id:secret`. */
function clientOf(store: Store, authorization: string | undefined): string | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const [, id = "", secret = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  return secret !== "" && store.oauth.clients.get(id) === secret ? id : undefined;
}

function isGood(store: Store, issued: Issued | undefined, clientId: string): issued is Issued {
  return issued !== undefined && issued.clientId === clientId && issued.expiresAt > store.now();
}

/** A code is good once, for whom it was made and where it was sent. */
function exchangeCode(store: Store, clientId: string, form: URLSearchParams): FrontResponse {
  const code = form.get("code") ?? "";
  const issued = store.oauth.codes.get(code);
  store.oauth.codes.delete(code);
  if (!isGood(store, issued, clientId) || issued.redirectUri !== form.get("redirect_uri")) {
    return refused("invalid_grant");
  }
  return tokens(store, clientId, issueRefreshToken(store, clientId));
}

/** The same refresh token comes back until its last day. */
function refresh(store: Store, clientId: string, sent: string): FrontResponse {
  const issued = store.oauth.refreshTokens.get(sent);
  if (!isGood(store, issued, clientId)) return refused("invalid_grant");
  const inLastDay = issued.expiresAt - store.now() <= DAY;
  if (!inLastDay && store.behavior.refreshRotation === "last-day") return tokens(store, clientId, sent);
  if (store.behavior.rotatedRefreshToken === "dead") store.oauth.refreshTokens.delete(sent);
  return tokens(store, clientId, issueRefreshToken(store, clientId));
}

/** Signs a client in as an admin would, and answers the refresh token. */
export function issueRefreshToken(store: Store, clientId: string): string {
  const token = createToken();
  store.oauth.refreshTokens.set(token, { clientId, expiresAt: store.now() + REFRESH_LIFE });
  store.revision += 1;
  return token;
}

function tokens(store: Store, clientId: string, refreshToken: string): FrontResponse {
  const { accessTokens } = store.oauth;
  for (const [token, { expiresAt }] of accessTokens) if (expiresAt <= store.now()) accessTokens.delete(token);
  const accessToken = createToken();
  const expiresAt = store.now() + ACCESS_LIFE;
  accessTokens.set(accessToken, { clientId, expiresAt });
  store.revision += 1;
  const life =
    store.behavior.tokenExpiry === "expires_at"
      ? { expires_at: Math.floor(expiresAt / 1000) }
      : { expires_in: ACCESS_LIFE / 1000 };
  return json(200, { access_token: accessToken, refresh_token: refreshToken, token_type: "Bearer", ...life });
}

/** The client that an access token was given to; undefined for any other token, and for one that has expired. */
export function clientOfAccessToken(store: Store, token: string): string | undefined {
  const issued = store.oauth.accessTokens.get(token);
  return issued !== undefined && issued.expiresAt > store.now() ? issued.clientId : undefined;
}
