import { randomBytes } from "node:crypto";
import { createToken } from "./api-tokens.ts";
import { type FrontRequest, type FrontResponse, json, redirect } from "./http-messages.ts";
import type { Grant } from "./model.ts";
import type { Store } from "./store.ts";

// Durations in milliseconds.
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CODE_LIFETIME = 10 * MINUTE;
const ACCESS_TOKEN_LIFETIME = 60 * MINUTE;
const REFRESH_TOKEN_LIFETIME = 182 * DAY;

/** Front's message to users who are not admins. */
const NOT_ADMIN = "You need to be an administrator of your Front instance to authorize this request.";

/** Returns an error in the format of OAuth, which differs from that of Front's API. */
function oauthError(error: string, status = 400): FrontResponse {
  const challenge = status === 401 ? { "www-authenticate": 'Basic realm="oauth"' } : {};
  const { headers, body } = json(status, { error });
  return { status, headers: { ...headers, ...challenge }, body };
}

/** Returns the response of an OAuth endpoint (docs/front.md#oauth); undefined for a path outside `/oauth/`. */
export function oauthResponse(store: Store, request: FrontRequest): FrontResponse | undefined {
  const { method, path } = request;
  if (path === "/oauth/authorize" && method === "GET") return authorize(store, request.query);
  if (path === "/oauth/token" && method === "POST") return tokenResponse(store, request);
  return path.startsWith("/oauth/") ? oauthError("not_found", 404) : undefined;
}

/** Responds without asking a user. The behavior `authorize` determines the result. */
function authorize(store: Store, query: URLSearchParams): FrontResponse {
  const clientId = query.get("client_id") ?? "";
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!store.oauth.clients.has(clientId)) return oauthError("invalid_client");
  if (!isAllowedRedirect(redirectUri)) return oauthError("invalid_request");
  if (store.behavior.authorize === "no-admin") return json(403, { error: NOT_ADMIN });
  const callback = new URL(redirectUri);
  const state = query.get("state");
  if (query.get("response_type") !== "code") callback.searchParams.set("error", "unsupported_response_type");
  else if (store.behavior.authorize === "deny") callback.searchParams.set("error", "access_denied");
  else callback.searchParams.set("code", issueCode(store, clientId, redirectUri));
  if (state !== null) callback.searchParams.set("state", state);
  return redirect(302, callback.href);
}

function isAllowedRedirect(uri: string): boolean {
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
  if (clientId === undefined) return oauthError("invalid_client", 401);
  // Front does not document JSON for this endpoint, and OAuth clients send a form.
  if (!/^application\/x-www-form-urlencoded\b/i.test(headers["content-type"] ?? ""))
    return oauthError("invalid_request");
  const form = new URLSearchParams(new TextDecoder().decode(body));
  switch (form.get("grant_type")) {
    case "authorization_code":
      return exchangeCode(store, clientId, form);
    case "refresh_token":
      return renewToken(store, clientId, form.get("refresh_token") ?? "");
    default:
      return oauthError("unsupported_grant_type");
  }
}

/**
 * Returns the client ID in an `authorization` header; undefined if the credentials are not valid. `id:secret` in the
 * header is not percent-encoded.
 */
function clientOf(store: Store, authorization: string | undefined): string | undefined {
  const encoded = /^Basic +(\S+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const [, id = "", secret = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString()) ?? [];
  return secret !== "" && store.oauth.clients.get(id) === secret ? id : undefined;
}

function isValid(store: Store, grant: Grant | undefined, clientId: string): grant is Grant {
  return grant !== undefined && grant.clientId === clientId && grant.expiresAt > store.now();
}

/** Exchanges a code for tokens. A code can be used once, by its client and with its redirect URI. */
function exchangeCode(store: Store, clientId: string, form: URLSearchParams): FrontResponse {
  const code = form.get("code") ?? "";
  const grant = store.oauth.codes.get(code);
  store.oauth.codes.delete(code);
  if (!isValid(store, grant, clientId) || grant.redirectUri !== form.get("redirect_uri")) {
    return oauthError("invalid_grant");
  }
  return grantTokens(store, clientId, issueRefreshToken(store, clientId));
}

function renewToken(store: Store, clientId: string, refreshToken: string): FrontResponse {
  const grant = store.oauth.refreshTokens.get(refreshToken);
  if (!isValid(store, grant, clientId)) return oauthError("invalid_grant");
  const isLastDay = grant.expiresAt - store.now() <= DAY;
  if (!isLastDay && store.behavior.refreshRotation === "last-day") return grantTokens(store, clientId, refreshToken);
  if (store.behavior.rotatedRefreshToken === "revoked") store.oauth.refreshTokens.delete(refreshToken);
  return grantTokens(store, clientId, issueRefreshToken(store, clientId));
}

export function issueRefreshToken(store: Store, clientId: string): string {
  const token = createToken();
  store.oauth.refreshTokens.set(token, { clientId, expiresAt: store.now() + REFRESH_TOKEN_LIFETIME });
  store.recordChange("oauth");
  return token;
}

function grantTokens(store: Store, clientId: string, refreshToken: string): FrontResponse {
  const { accessTokens } = store.oauth;
  for (const [token, { expiresAt }] of accessTokens) if (expiresAt <= store.now()) accessTokens.delete(token);
  const accessToken = createToken();
  const expiresAt = store.now() + ACCESS_TOKEN_LIFETIME;
  accessTokens.set(accessToken, { clientId, expiresAt });
  store.recordChange("oauth");
  const lifetime =
    store.behavior.tokenExpiry === "expires_at"
      ? { expires_at: Math.floor(expiresAt / 1000) }
      : { expires_in: ACCESS_TOKEN_LIFETIME / 1000 };
  return json(200, { access_token: accessToken, refresh_token: refreshToken, token_type: "Bearer", ...lifetime });
}

/** Returns the ID of the client of an access token; undefined if the token is unknown or has expired. */
export function clientOfAccessToken(store: Store, token: string): string | undefined {
  const grant = store.oauth.accessTokens.get(token);
  return grant !== undefined && grant.expiresAt > store.now() ? grant.clientId : undefined;
}
