import { randomBytes } from "node:crypto";
import { createToken } from "./access.ts";
import { type FrontRequest, type FrontResponse, json, redirect } from "./http-messages.ts";
import type { Issued } from "./model.ts";
import type { Store } from "./store.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CODE_LIFETIME = 10 * MINUTE;
const ACCESS_TOKEN_LIFETIME = 60 * MINUTE;
const REFRESH_TOKEN_LIFETIME = 182 * DAY;

/** Front's message to users who are not admins. */
const NOT_ADMIN = "You need to be an administrator of your Front instance to authorize this request.";

/** Returns an OAuth error, which is not formatted like Front's. */
function refused(error: string, status = 400): FrontResponse {
  const challenge = status === 401 ? { "www-authenticate": 'Basic realm="oauth"' } : {};
  const { headers, body } = json(status, { error });
  return { status, headers: { ...headers, ...challenge }, body };
}

/** Responds as Front's OAuth endpoints (docs/front.md#oauth); undefined for any other path. */
export function oauthResponse(store: Store, request: FrontRequest): FrontResponse | undefined {
  const { method, path } = request;
  if (path === "/oauth/authorize" && method === "GET") return authorize(store, request.query);
  if (path === "/oauth/token" && method === "POST") return tokenResponse(store, request);
  return path.startsWith("/oauth/") ? refused("not_found", 404) : undefined;
}

/** Responds with an immediate redirect, as if an admin had agreed, unless the behavior says otherwise. */
function authorize(store: Store, query: URLSearchParams): FrontResponse {
  const clientId = query.get("client_id") ?? "";
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!store.oauth.clients.has(clientId)) return refused("invalid_client");
  if (!isRedirect(redirectUri)) return refused("invalid_request");
  if (store.behavior.authorize === "no-admin") return json(403, { error: NOT_ADMIN });
  const back = new URL(redirectUri);
  const state = query.get("state");
  if (query.get("response_type") !== "code") back.searchParams.set("error", "unsupported_response_type");
  else if (store.behavior.authorize === "deny") back.searchParams.set("error", "access_denied");
  else back.searchParams.set("code", issueCode(store, clientId, redirectUri));
  if (state !== null) back.searchParams.set("state", state);
  return redirect(302, back.href);
}

/** Returns whether a redirect URI is allowed: https or a loopback address. */
function isRedirect(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { protocol, hostname } = new URL(uri);
  return protocol === "https:" || (protocol === "http:" && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname));
}

function issueCode(store: Store, clientId: string, redirectUri: string): string {
  const code = randomBytes(16).toString("hex");
  store.oauth.codes.set(code, { clientId, redirectUri, expiresAt: store.now() + CODE_LIFETIME });
  return code;
}

function tokenResponse(store: Store, { headers, body }: FrontRequest): FrontResponse {
  const clientId = clientOf(store, headers["authorization"]);
  if (clientId === undefined) return refused("invalid_client", 401);
  // Front does not document JSON here, and its clients send a form.
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

/** Returns the client in the header, which has base64 of `id:secret` without further encoding. */
function clientOf(store: Store, authorization: string | undefined): string | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const [, id = "", secret = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  return secret !== "" && store.oauth.clients.get(id) === secret ? id : undefined;
}

function isValid(store: Store, issued: Issued | undefined, clientId: string): issued is Issued {
  return issued !== undefined && issued.clientId === clientId && issued.expiresAt > store.now();
}

/** Exchanges a code for tokens. A code is valid once, for its client and its redirect URL. */
function exchangeCode(store: Store, clientId: string, form: URLSearchParams): FrontResponse {
  const code = form.get("code") ?? "";
  const issued = store.oauth.codes.get(code);
  store.oauth.codes.delete(code);
  if (!isValid(store, issued, clientId) || issued.redirectUri !== form.get("redirect_uri")) {
    return refused("invalid_grant");
  }
  return tokens(store, clientId, issueRefreshToken(store, clientId));
}

/**
 * Renews an access token. Returns the same refresh token until its last day, unless the behavior always replaces it.
 */
function refresh(store: Store, clientId: string, sent: string): FrontResponse {
  const issued = store.oauth.refreshTokens.get(sent);
  if (!isValid(store, issued, clientId)) return refused("invalid_grant");
  const inLastDay = issued.expiresAt - store.now() <= DAY;
  if (!inLastDay && store.behavior.refreshRotation === "last-day") return tokens(store, clientId, sent);
  if (store.behavior.rotatedRefreshToken === "dead") store.oauth.refreshTokens.delete(sent);
  return tokens(store, clientId, issueRefreshToken(store, clientId));
}

/** Authorizes a client as an admin and returns a refresh token. */
export function issueRefreshToken(store: Store, clientId: string): string {
  const token = createToken();
  store.oauth.refreshTokens.set(token, { clientId, expiresAt: store.now() + REFRESH_TOKEN_LIFETIME });
  store.changed("oauth");
  return token;
}

function tokens(store: Store, clientId: string, refreshToken: string): FrontResponse {
  const { accessTokens } = store.oauth;
  for (const [token, { expiresAt }] of accessTokens) if (expiresAt <= store.now()) accessTokens.delete(token);
  const accessToken = createToken();
  const expiresAt = store.now() + ACCESS_TOKEN_LIFETIME;
  accessTokens.set(accessToken, { clientId, expiresAt });
  store.changed("oauth");
  const life =
    store.behavior.tokenExpiry === "expires_at"
      ? { expires_at: Math.floor(expiresAt / 1000) }
      : { expires_in: ACCESS_TOKEN_LIFETIME / 1000 };
  return json(200, { access_token: accessToken, refresh_token: refreshToken, token_type: "Bearer", ...life });
}

/** Returns the client of an access token; undefined for any other or expired token. */
export function clientOfAccessToken(store: Store, token: string): string | undefined {
  const issued = store.oauth.accessTokens.get(token);
  return issued !== undefined && issued.expiresAt > store.now() ? issued.clientId : undefined;
}
