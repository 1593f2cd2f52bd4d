import { resolve } from "node:path";
import {
  API_URL,
  type Clock,
  createOAuthClient,
  escapeText,
  type Fetch,
  FrontError,
  inMemoryTokenStore,
  lazyToken,
  OAUTH_URL,
  type OAuthClient,
  RenewableToken,
  readTokenFile,
  type SavedLogin,
  type TokenSource,
} from "../../src/internal.ts";
import { type Environment, UsageError } from "../environment.ts";
import { chooseLogin, openSavedLogins } from "./saved-logins.ts";

/** Credentials and their source: a file, standard input, an environment variable or a command. */
export type Credentials =
  | { readonly kind: "api-token"; readonly source: string; readonly token: string | TokenSource }
  | { readonly kind: "oauth"; readonly source: string; readonly token: RenewableToken; readonly login?: SavedLogin };

export interface CredentialsContext {
  readonly environment: Environment;
  readonly args: { readonly tokenFile?: string | undefined };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly fetch: Fetch | undefined;
}

export function apiUrl({ env }: Environment): string {
  return (env["FRONT_API_URL"] || API_URL).replace(/\/$/, "");
}

export function oauthUrl({ env }: Environment): string {
  return env["FRONT_OAUTH_URL"] || OAUTH_URL;
}

export function oauthClient(url: string, { environment, clock, signal, fetch }: CredentialsContext): OAuthClient {
  return createOAuthClient({ url, ...applicationFrom(environment), clock, signal, fetch });
}

/**
 * Returns the credentials from the first source that exists: `--token-file`, `FRONT_API_TOKEN`,
 * `FRONT_OAUTH_REFRESH_TOKEN`, a saved login. `company` selects the login. Throws a `UserError` if there are none, if it
 * is unclear which login to use, or if the environment disables TLS verification or lacks the OAuth client.
 */
export function findCredentials(context: CredentialsContext, company?: string): Credentials {
  const { env } = context.environment;
  requireTlsVerification(context.environment);
  if (context.args.tokenFile !== undefined) return credentialsFromFile(context.args.tokenFile, context);
  const token = env["FRONT_API_TOKEN"] ?? "";
  if (token.trim() !== "") return { kind: "api-token", source: "FRONT_API_TOKEN", token };
  const refreshToken = (env["FRONT_OAUTH_REFRESH_TOKEN"] ?? "").trim();
  return refreshToken === ""
    ? credentialsFromLogin(context, company)
    : credentialsFromEnvironment(context, refreshToken);
}

/** Returns whether there is a source of credentials. `findCredentials` may still reject them. */
export function hasCredentials({ environment, args }: Pick<CredentialsContext, "environment" | "args">): boolean {
  const { env } = environment;
  if (args.tokenFile || env["FRONT_API_TOKEN"]?.trim() || env["FRONT_OAUTH_REFRESH_TOKEN"]?.trim()) return true;
  const logins = openSavedLogins(environment)?.list() ?? [];
  return logins.some(({ api }) => api === apiUrl(environment));
}

/**
 * Throws a `UsageError` if TLS verification is disabled, because anyone on the network could then receive the secrets.
 */
export function requireTlsVerification({ env }: Environment): void {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return;
  throw new UsageError(
    "NODE_TLS_REJECT_UNAUTHORIZED=0 disables TLS verification",
    "Unset NODE_TLS_REJECT_UNAUTHORIZED. To trust a private certificate authority, set NODE_EXTRA_CA_CERTS.",
  );
}

/**
 * Returns the client ID and secret of the OAuth application. If a variable is missing, throws a `FrontError`, because
 * an apply handles this class of errors when it renews a token.
 */
export function applicationFrom({ env }: Environment): { readonly clientId: string; readonly clientSecret: string } {
  const clientId = env["FRONT_OAUTH_CLIENT_ID"]?.trim() ?? "";
  const clientSecret = env["FRONT_OAUTH_CLIENT_SECRET"]?.trim() ?? "";
  if (clientId !== "" && clientSecret !== "") return { clientId, clientSecret };
  const missingVariable = clientId === "" ? "FRONT_OAUTH_CLIENT_ID" : "FRONT_OAUTH_CLIENT_SECRET";
  throw new FrontError(
    "unauthorized",
    `${missingVariable} is not set: OAuth requires a client ID and a client secret`,
    {
      advice: "Set FRONT_OAUTH_CLIENT_ID and FRONT_OAUTH_CLIENT_SECRET, which Front shows under Settings, Developers.",
    },
  );
}

function credentialsFromFile(file: string, { environment, clock, signal }: CredentialsContext): Credentials {
  const advice = (location: string) =>
    `Check the token ${location}: it may be mistyped or revoked, or it may belong to another company.`;
  if (file === "-") {
    if (environment.terminal.stdin) {
      const redirect = "Specify the file instead of -, or add '< FILE' to the command.";
      throw new UsageError("--token-file - reads standard input, which is a terminal", redirect);
    }
    const source = "standard input";
    const read = async () => Buffer.from(await environment.input()).toString();
    return { kind: "api-token", source, token: lazyToken(read, advice("on standard input")) };
  }
  const read = async () => {
    const text = await readTokenFile(resolve(environment.cwd, file), { clock, signal });
    if (text !== undefined) return text;
    throw new UsageError(`"${file}" does not exist`, "Specify the file that contains the API token.");
  };
  return { kind: "api-token", source: file, token: lazyToken(read, advice(`in ${file}`)) };
}

const REFRESH_TOKEN_ADVICE =
  "Run 'front-contacts login' on your machine. Then replace FRONT_OAUTH_REFRESH_TOKEN where it is set, such as in a CI secret: the new value is tokens.refreshToken of the saved login, a file in ~/.config/front-contacts/logins (on Windows %APPDATA%\\front-contacts\\logins).";

function credentialsFromEnvironment(context: CredentialsContext, refreshToken: string): Credentials {
  const warnAboutRotation = () => {
    context.environment.err(
      "\nWarning: Front replaced the refresh token in FRONT_OAUTH_REFRESH_TOKEN, so it may not be accepted again\n\n" +
        `  ${REFRESH_TOKEN_ADVICE}\n`,
    );
  };
  const token = new RenewableToken({
    store: inMemoryTokenStore(refreshToken, warnAboutRotation),
    refresh: oauthClient(oauthUrl(context.environment), context).refresh,
    clock: context.clock,
    advice: REFRESH_TOKEN_ADVICE,
  });
  return { kind: "oauth", source: "FRONT_OAUTH_REFRESH_TOKEN", token };
}

function credentialsFromLogin(context: CredentialsContext, company: string | undefined): Credentials {
  const { environment, clock } = context;
  const logins = openSavedLogins(environment);
  const login = logins && chooseLogin(logins.list(), apiUrl(environment), company);
  if (logins === undefined || login === undefined) throw missingCredentialsError();
  const refresh = (refreshToken: string) => {
    if (applicationFrom(environment).clientId !== login.clientId) {
      throw new FrontError("unauthorized", "FRONT_OAUTH_CLIENT_ID does not match the application of the saved login", {
        advice: "Set FRONT_OAUTH_CLIENT_ID to the client ID of that application, or run 'front-contacts login' again.",
      });
    }
    return oauthClient(login.oauth, context).refresh(refreshToken);
  };
  const advice = "Run 'front-contacts login' again.";
  const onNotStored = (error: FrontError) => {
    environment.err(
      `\nWarning: ${escapeText(error.message)}\n\n` +
        `  This run continues, but the next one may need a new login. ${error.advice} Then run 'front-contacts login' again.\n`,
    );
  };
  const token = new RenewableToken({ store: logins.tokenStore(login, clock), refresh, clock, advice, onNotStored });
  return { kind: "oauth", source: "front-contacts login", token, login };
}

function missingCredentialsError(): FrontError {
  return new FrontError("unauthorized", "No API token found", {
    advice:
      "Set FRONT_API_TOKEN. An admin can create a token in Front under Settings, Developers, API tokens. Or sign in with " +
      "OAuth: 'front-contacts login'. To try front-contacts without credentials, use the local Front emulator: " +
      "'front-contacts emulator -- front-contacts plan'.",
  });
}

const PROXY_VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/** Node.js options that allow others to read the memory or connections of this process, or to run code in it. */
const UNSAFE_NODE_OPTIONS =
  /(?:^|\s)(--inspect(?:-brk|-wait)?|--tls-keylog|--require|-r|--import|--loader|--experimental-loader)(?=[=\s]|$)/;
/** Loopback URLs, which need no proxy. */
const LOOPBACK_URL = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::|\/|$)/;

export function warnAboutEnvironment(environment: Environment): void {
  for (const warning of [unusedProxyWarning(environment), unsafeOptionWarning(environment)]) {
    if (warning !== undefined) environment.err(`Warning: ${warning}\n`);
  }
}

/**
 * Returns a warning if a proxy variable is set, but not used. Node.js uses HTTPS_PROXY only with `NODE_USE_ENV_PROXY=1`
 * or `--use-env-proxy` (https://nodejs.org/api/cli.html#node_use_env_proxy1).
 */
function unusedProxyWarning({ env, supportsProxies = () => false }: Environment): string | undefined {
  if (LOOPBACK_URL.test(env["FRONT_API_URL"] ?? "")) return undefined;
  const name = PROXY_VARIABLES.find((variable) => (env[variable] ?? "") !== "");
  if (name === undefined) return undefined;
  const isSupported = supportsProxies();
  const isEnabled = env["NODE_USE_ENV_PROXY"] === "1" || /--use-env-proxy\b/.test(env["NODE_OPTIONS"] ?? "");
  if (isSupported && isEnabled && /^https_proxy$/i.test(name)) return undefined;
  const advice = isSupported
    ? "To use a proxy, set HTTPS_PROXY and NODE_USE_ENV_PROXY=1."
    : "Allow this machine to reach api2.frontapp.com; a proxy requires Node.js 24 or later, or 22.21 or later in the 22 release line.";
  return `${name} is not used: requests go to Front directly. ${advice}`;
}

function unsafeOptionWarning({ env }: Environment): string | undefined {
  const option = UNSAFE_NODE_OPTIONS.exec(env["NODE_OPTIONS"] ?? "")?.[1];
  if (option === undefined) return undefined;
  return `NODE_OPTIONS contains ${option}, which may reveal the token to others. Remove it from environments that use real tokens.`;
}
