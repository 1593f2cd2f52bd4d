import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  Configuration,
  customFetch,
  refreshTokenGrant,
} from "openid-client";
import { type Clock, systemClock } from "../../clock/clock.ts";
import { FrontError } from "../api.ts";
import { DEFAULT_TOKEN_LIFETIME, MAX_OAUTH_BYTES, OAUTH_URL } from "../constants.ts";
import { type Fetch, type HttpResponse, NetworkError, sendHttp } from "../http.ts";
import { parseBody } from "../json.ts";
import { responseTime } from "../rate-limit-headers.ts";
import { isToken } from "../token.ts";
import { oauthBase } from "../urls.ts";
import type { Tokens } from "./token-renewal.ts";

interface OAuthOptions {
  /** `https://app.frontapp.com/oauth` (default) or a loopback address. Must not come from a configuration file. */
  readonly url?: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock?: Clock | undefined;
  readonly fetch?: Fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OAuthClient {
  /**
   * Returns the URL of the page where an admin authorizes the application. The page redirects to `redirectUri` with a
   * code and the state.
   */
  authorizationUrl(redirectUri: string, state: string): URL;
  /**
   * Exchanges the code in the callback URL for tokens. Throws a `FrontError` if the request fails or Front rejects the
   * code. Sends no request and throws the error of openid-client if the state in the URL is not `state`.
   */
  exchangeCode(callbackUrl: URL, state: string): Promise<Tokens>;
  /** Renews the tokens. Returns undefined if Front no longer accepts the refresh token. */
  refresh(refreshToken: string): Promise<Tokens | undefined>;
}

/** Throws a `FrontError` if the URL is not valid, or if the client secret must not be sent to it. */
export function createOAuthClient(options: OAuthOptions): OAuthClient {
  const base = oauthBase(options.url ?? OAUTH_URL);
  return {
    authorizationUrl: (redirectUri, state) =>
      buildAuthorizationUrl(configure(base, options), { redirect_uri: redirectUri, state }),
    async exchangeCode(callbackUrl, state) {
      const parameters = keepCodeAndState(callbackUrl);
      const tokens = await new TokenRequest(base, options).send((config) =>
        authorizationCodeGrant(config, parameters, { expectedState: state }),
      );
      if (tokens === undefined) throw codeRejectedError(base);
      return tokens;
    },
    refresh: (refreshToken) =>
      new TokenRequest(base, options).send((config) => refreshTokenGrant(config, refreshToken), refreshToken),
  };
}

/** Front documents no OpenID discovery, so its two endpoints are set here. */
function configure(base: URL, { clientId, clientSecret }: OAuthOptions): Configuration {
  const server = {
    issuer: base.origin,
    authorization_endpoint: `${base.href}authorize`,
    token_endpoint: `${base.href}token`,
  };
  // The library would percent-encode the ID and secret before base64. Front documents base64 only.
  const config = new Configuration(server, clientId, {}, (_server, _client, _body, headers) => {
    headers.set("authorization", `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`);
  });
  if (base.protocol === "http:") allowInsecureRequests(config);
  return config;
}

function keepCodeAndState(callbackUrl: URL): URL {
  const url = new URL(callbackUrl);
  url.search = "";
  for (const name of ["code", "state"]) {
    const value = callbackUrl.searchParams.get(name);
    if (value !== null) url.searchParams.set(name, value);
  }
  return url;
}

/** Requests tokens. Stores the response, because the errors of the library do not describe it. */
class TokenRequest {
  readonly #options: OAuthOptions;
  readonly #clock: Clock;
  readonly #config: Configuration;
  #response: HttpResponse | NetworkError | undefined;

  constructor(base: URL, options: OAuthOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#config = configure(base, options);
    this.#config[customFetch] = (url, { body, headers }) =>
      this.#fetch(new URL(url), body as URLSearchParams, headers["authorization"] ?? "");
  }

  async #fetch(url: URL, form: URLSearchParams, authorization: string): Promise<Response> {
    const basic = authorization.replace(/^Basic /, "");
    const { fetch, signal } = this.#options;
    try {
      const request = { method: "POST", url, form, basic, maxBytes: MAX_OAUTH_BYTES } as const;
      const { status, headers, body } = await sendHttp(request, { clock: this.#clock, fetch, signal });
      this.#response = { status, headers, body };
      return new Response(status === 204 || status === 304 ? null : Buffer.from(body), { status, headers });
    } catch (error) {
      if (error instanceof NetworkError) this.#response = error;
      throw error;
    }
  }

  /** Returns new tokens; undefined if the code or refresh token is not valid. Errors do not contain the request. */
  async send(grant: (config: Configuration) => Promise<Grant>, refreshToken?: string): Promise<Tokens | undefined> {
    const requestedAt = this.#clock.now();
    try {
      return this.#tokens(await grant(this.#config), requestedAt, refreshToken);
    } catch (error) {
      const response = this.#response;
      if (error instanceof FrontError || response === undefined) throw error;
      if (response instanceof NetworkError) throw unreachableError(response);
      if (errorCode(response) === "invalid_grant") return undefined;
      throw requestRejectedError(response);
    }
  }

  #tokens(grant: Grant, issuedAt: number, previous: string | undefined): Tokens {
    const { access_token: accessToken, refresh_token: refreshToken = previous } = grant;
    if (!isToken(accessToken) || refreshToken === undefined || !/^[\x21-\x7e]+$/.test(refreshToken))
      throw invalidResponseError();
    return { accessToken, refreshToken, issuedAt, expiresAt: issuedAt + this.#lifetime(grant) };
  }

  /**
   * Returns the lifetime in milliseconds. Compares `expires_at` with Front's time, if the response has a `Date` header,
   * because the local clock may be wrong.
   */
  #lifetime({ expires_at: expiresAt, expires_in: expiresIn }: Grant): number {
    const lifetimeSeconds = Number(expiresIn ?? Number.NaN);
    if (lifetimeSeconds > 0) return lifetimeSeconds * 1000;
    const expiryTime = Number(expiresAt ?? Number.NaN) * 1000;
    const headers = this.#response instanceof NetworkError ? undefined : this.#response?.headers;
    const lifetime = expiryTime - ((headers && responseTime(headers)) ?? this.#clock.now());
    return lifetime > 0 ? lifetime : DEFAULT_TOKEN_LIFETIME;
  }
}

interface Grant {
  readonly access_token: string;
  readonly refresh_token?: string | undefined;
  readonly expires_in?: number | undefined;
  readonly expires_at?: unknown;
}

function errorCode({ body }: HttpResponse): string | undefined {
  const json = parseBody(body);
  if (typeof json !== "object" || json === null || !("error" in json)) return undefined;
  return typeof json.error === "string" && /^[a-z_]{1,60}$/.test(json.error) ? json.error : undefined;
}

function unreachableError({ message, transient }: NetworkError): FrontError {
  const advice = "Check the network, FRONT_OAUTH_URL and proxies, then run the same command again.";
  return new FrontError("unreachable", message, { advice, transient });
}

function requestRejectedError(response: HttpResponse): FrontError {
  const { status } = response;
  const error = errorCode(response);
  if (status === 401 || error === "invalid_client") {
    const advice =
      "Check FRONT_OAUTH_CLIENT_ID and FRONT_OAUTH_CLIENT_SECRET. Front shows both in the settings of the application.";
    const message = "Front rejected the client ID and client secret";
    return new FrontError("unauthorized", message, { advice, status });
  }
  if (status >= 200 && status < 300) return invalidResponseError();
  const message = `Front's OAuth endpoint responded with ${status}${error === undefined ? "" : ` (${error})`}`;
  if (status >= 500 || status === 429) {
    const advice = "Try again in a few minutes.";
    return new FrontError("broken", message, { advice, status, transient: true });
  }
  return new FrontError("broken", message, { advice: "Check FRONT_OAUTH_URL and the application in Front.", status });
}

function invalidResponseError(): FrontError {
  const advice =
    "Check FRONT_OAUTH_URL and proxies: another server between this machine and Front may have sent the response.";
  return new FrontError("unreadable", "Front's OAuth endpoint sent a response without valid tokens", { advice });
}

function codeRejectedError(base: URL): FrontError {
  const advice =
    "A code can be used once, within a few minutes, and only with the redirect URL that is configured for the application in Front. Run 'front-contacts login' again.";
  return new FrontError("unauthorized", `${base.host} rejected the authorization code (invalid_grant)`, { advice });
}
