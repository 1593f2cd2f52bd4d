import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  Configuration,
  customFetch,
  refreshTokenGrant,
} from "openid-client";
import type { Clock } from "../../clock/clock.ts";
import { systemClock } from "../../clock/system-clock.ts";
import { FrontError } from "../api.ts";
import { type Fetch, type HttpResponse, NetworkError, sendHttp } from "../http.ts";
import { parseBody, responseTime } from "../response.ts";
import { isToken } from "../token.ts";
import { oauthBase } from "../urls.ts";
import type { Tokens } from "./token-renewal.ts";

export interface OAuthOptions {
  /** Usually `https://app.frontapp.com/oauth`; or below a loopback address. Never to be taken from a file. */
  readonly url?: string | undefined;
  readonly clientId: string;
  readonly clientSecret: string;
  /** In place of the machine's own. */
  readonly clock?: Clock | undefined;
  /** In place of the global one. */
  readonly fetch?: Fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Front's OAuth, as one application. */
export interface OAuthClient {
  /** Where an admin agrees. Ends at the redirect address, with a code and this state. */
  authorizationUrl(redirectUri: string, state: string): URL;
  /** Makes tokens of the code in the address that the browser was led back to, if its state is the expected one. */
  exchangeCode(ledBackTo: URL, state: string): Promise<Tokens>;
  /** Undefined when Front does not take this refresh token any more. */
  refresh(refreshToken: string): Promise<Tokens | undefined>;
}

const FRONTS_OWN = "https://app.frontapp.com/oauth";
/** An answer with tokens is a few kilobytes. */
const MAX_BYTES = 256 * 1024;
/** What Front documents, for an answer that does not say. */
const USUAL_LIFE = 3_600_000;

/** Throws a `FrontError` at once when the address is not one that may see the application's secret. */
export function createOAuthClient(options: OAuthOptions): OAuthClient {
  const base = oauthBase(options.url ?? FRONTS_OWN);
  return {
    authorizationUrl: (redirectUri, state) =>
      buildAuthorizationUrl(configure(base, options, new Endpoint(options)), { redirect_uri: redirectUri, state }),
    async exchangeCode(ledBackTo, state) {
      const endpoint = new Endpoint(options);
      const config = configure(base, options, endpoint);
      const made = await endpoint.ask(() =>
        authorizationCodeGrant(config, onlyCode(ledBackTo), { expectedState: state }),
      );
      if (made === undefined) throw unacceptable(base);
      return made;
    },
    async refresh(refreshToken) {
      const endpoint = new Endpoint(options);
      return await endpoint.ask(
        () => refreshTokenGrant(configure(base, options, endpoint), refreshToken),
        refreshToken,
      );
    },
  };
}

/** Front knows no discovery, so its two addresses are written down. */
function configure(base: URL, { clientId, clientSecret }: OAuthOptions, endpoint: Endpoint): Configuration {
  const server = {
    issuer: base.origin,
    authorization_endpoint: `${base.href}authorize`,
    token_endpoint: `${base.href}token`,
  };
  // The library's own encodes every dot and dash first; Front documents base64 of `id:secret` as they are.
  const config = new Configuration(server, clientId, {}, (_server, _client, _body, headers) => {
    headers.set("authorization", `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`);
  });
  if (base.protocol === "http:") allowInsecureRequests(config);
  config[customFetch] = (url, { body, headers }) =>
    endpoint.fetch(new URL(url), body as URLSearchParams, headers["authorization"] ?? "");
  return config;
}

/** Whatever else stands in that address is none of the library's business. */
function onlyCode(ledBackTo: URL): URL {
  const url = new URL(ledBackTo);
  url.search = "";
  for (const name of ["code", "state"]) {
    const value = ledBackTo.searchParams.get(name);
    if (value !== null) url.searchParams.set(name, value);
  }
  return url;
}

/** One question to the token endpoint. Keeps what came back, so that failures are worded by it and not by the library. */
class Endpoint {
  readonly #options: OAuthOptions;
  readonly #clock: Clock;
  #answer: HttpResponse | NetworkError | undefined;

  constructor(options: OAuthOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async fetch(url: URL, form: URLSearchParams, authorization: string): Promise<Response> {
    const basic = authorization.replace(/^Basic /, "");
    const { fetch, signal } = this.#options;
    try {
      const question = { method: "POST", url, form, basic, maxBytes: MAX_BYTES } as const;
      const { status, headers, body } = await sendHttp(question, { clock: this.#clock, fetch, signal });
      this.#answer = { status, headers, body };
      return new Response(status === 204 || status === 304 ? null : Buffer.from(body), { status, headers });
    } catch (error) {
      if (error instanceof NetworkError) this.#answer = error;
      throw error;
    }
  }

  /** Undefined when the grant is not good any more. Nothing of what went over the wire is in an error. */
  async ask(grant: () => Promise<Grant>, refreshToken?: string): Promise<Tokens | undefined> {
    const askedAt = this.#clock.now();
    try {
      return this.#tokens(await grant(), askedAt, refreshToken);
    } catch (error) {
      const answer = this.#answer;
      if (error instanceof FrontError || answer === undefined) throw error;
      if (answer instanceof NetworkError) throw unreachable(answer);
      if (errorIn(answer) === "invalid_grant") return undefined;
      throw refusal(answer);
    }
  }

  /** Lives are counted from when we asked, by Front's clock where it tells the time, so that ours may be wrong. */
  #tokens(grant: Grant, issuedAt: number, sent: string | undefined): Tokens {
    const { access_token: accessToken, refresh_token: refreshToken = sent } = grant;
    if (!isToken(accessToken) || refreshToken === undefined || !/^[\x21-\x7e]+$/.test(refreshToken)) throw unreadable();
    return { accessToken, refreshToken, issuedAt, expiresAt: issuedAt + this.#life(grant) };
  }

  #life({ expires_at: expiresAt, expires_in: expiresIn }: Grant): number {
    const inSeconds = Number(expiresIn ?? Number.NaN);
    if (inSeconds > 0) return inSeconds * 1000;
    const until = Number(expiresAt ?? Number.NaN) * 1000;
    const headers = this.#answer instanceof NetworkError ? undefined : this.#answer?.headers;
    const life = until - ((headers && responseTime(headers)) ?? this.#clock.now());
    return life > 0 ? life : USUAL_LIFE;
  }
}

interface Grant {
  readonly access_token: string;
  readonly refresh_token?: string | undefined;
  readonly expires_in?: number | undefined;
  readonly expires_at?: unknown;
}

/** OAuth's own word for what is wrong, such as `invalid_grant`. */
function errorIn({ body }: HttpResponse): string | undefined {
  const json = parseBody(body);
  if (typeof json !== "object" || json === null || !("error" in json)) return undefined;
  return typeof json.error === "string" && /^[a-z_]{1,60}$/.test(json.error) ? json.error : undefined;
}

/** Asking again with the same refresh token loses nothing, whatever became of the first time. */
function unreachable({ message, retriable: transient }: NetworkError): FrontError {
  const advice = "Check the network, FRONT_OAUTH_URL and proxies, then run the same command again.";
  return new FrontError("unreachable", message, { advice, transient });
}

function refusal(answer: HttpResponse): FrontError {
  const { status } = answer;
  const error = errorIn(answer);
  if (status === 401 || error === "invalid_client") {
    const advice =
      "Check FRONT_OAUTH_CLIENT_ID and FRONT_OAUTH_CLIENT_SECRET: both are shown where the application is.";
    return new FrontError("unauthorized", "Front does not know the application, or not by this secret", {
      advice,
      status,
    });
  }
  if (status >= 200 && status < 300) return unreadable();
  const message = `Front's sign-in answered ${status}${error === undefined ? "" : ` (${error})`}`;
  if (status >= 500 || status === 429) {
    return new FrontError("broken", message, {
      advice: "Front has a problem; try again in a while.",
      status,
      transient: true,
    });
  }
  return new FrontError("broken", message, { advice: "Check FRONT_OAUTH_URL and the application in Front.", status });
}

function unreadable(): FrontError {
  const advice = "Check FRONT_OAUTH_URL and proxies: something between here and Front may have answered in its place.";
  return new FrontError("unreadable", "Front's sign-in answered, but not with tokens", { advice });
}

function unacceptable(base: URL): FrontError {
  const advice =
    "Codes are good once and for some minutes, and for the redirect address that the application has in Front. Run front-contacts login again.";
  return new FrontError("unauthorized", `${base.host} did not take the code (invalid_grant)`, { advice });
}
