import { resolve } from "node:path";
import {
  createOAuthClient,
  createRenewableToken,
  FrontError,
  inMemoryTokenStore,
  lazyToken,
  type OAuthClient,
  type RenewableToken,
  readTokenFile,
  type SavedLogin,
  systemClock,
  type TokenSource,
} from "../../src/index.ts";
import { type Environment, type Given, UsageError } from "../process-io.ts";
import { tracingFetch } from "../request-trace.ts";
import { warnAboutEnvironment } from "./environment-warnings.ts";
import { chooseLogin, openSavedLogins } from "./saved-logins.ts";

/** By what Front is asked, and where it is from. */
export type Credentials =
  | { readonly kind: "api-token"; readonly from: string; readonly token: string | TokenSource }
  | { readonly kind: "oauth"; readonly from: string; readonly token: RenewableToken; readonly login?: SavedLogin };

/** The address of the API, without a slash at its end. */
export function apiOf({ env }: Environment): string {
  return (env["FRONT_API_URL"] || "https://api2.frontapp.com").replace(/\/$/, "");
}

/** Where tokens are made and renewed. */
export function oauthOf({ env }: Environment): string {
  return env["FRONT_OAUTH_URL"] || "https://app.frontapp.com/oauth";
}

/** Front's OAuth there, as the application that the environment names. */
export function authAt(url: string, io: Environment, given: Given): OAuthClient {
  return createOAuthClient({
    url,
    ...clientOf(io),
    clock: io.clock,
    signal: io.signal,
    fetch: tracingFetch(io, given),
  });
}

/** The first of: `--token-file`, `FRONT_API_TOKEN`, `FRONT_OAUTH_REFRESH_TOKEN`, a sign-in that is kept. */
export function credentialsOf(io: Environment, given: Given, company?: string): Credentials {
  requireTlsVerification(io);
  warnAboutEnvironment(io);
  const access = ofRun.get(io.inFlight) ?? accessGiven(io, given);
  if (access === undefined) return fromLogin(io, given, company);
  ofRun.set(io.inFlight, access);
  return access;
}

/** One for all that is done in a run: a pipe can be read once, and a token that was renewed is good no more elsewhere. */
const ofRun = new WeakMap<object, Credentials>();

/** What the command line or the environment brings along. */
function accessGiven(io: Environment, given: Given): Credentials | undefined {
  const file = given["token-file"];
  if (typeof file === "string") return fromFile(io, file);
  const token = io.env["FRONT_API_TOKEN"] ?? "";
  if (token.trim() !== "") return { kind: "api-token", from: "FRONT_API_TOKEN", token };
  const refreshToken = (io.env["FRONT_OAUTH_REFRESH_TOKEN"] ?? "").trim();
  return refreshToken === "" ? undefined : fromEnvironment(io, given, refreshToken);
}

/** Whoever gets a secret has to prove who it is. */
export function requireTlsVerification({ env }: Environment): void {
  if (env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return;
  throw new UsageError(
    "NODE_TLS_REJECT_UNAUTHORIZED=0 switches off the check of who gets the token",
    "Unset it. To trust a company's own certificate authority, set NODE_EXTRA_CA_CERTS.",
  );
}

/** Throws a `FrontError` that names what is missing, for an apply may come to need it on its way. */
export function clientOf({ env }: Environment): { readonly clientId: string; readonly clientSecret: string } {
  const clientId = env["FRONT_OAUTH_CLIENT_ID"]?.trim() ?? "";
  const clientSecret = env["FRONT_OAUTH_CLIENT_SECRET"]?.trim() ?? "";
  if (clientId !== "" && clientSecret !== "") return { clientId, clientSecret };
  const missing = clientId === "" ? "FRONT_OAUTH_CLIENT_ID" : "FRONT_OAUTH_CLIENT_SECRET";
  throw new FrontError("unauthorized", `${missing} is not set, and OAuth needs the application's id and secret`, {
    advice:
      "Set FRONT_OAUTH_CLIENT_ID and FRONT_OAUTH_CLIENT_SECRET: Front shows both with the application, in Settings, Developers.",
  });
}

function fromFile(io: Environment, file: string): Credentials {
  if (file === "-") {
    if (io.terminal.stdin) {
      const advice = "Pipe it in: front-contacts plan --token-file - <FILE.";
      throw new UsageError("--token-file - reads a token from standard input, which is a terminal", advice);
    }
    const advice = "Check the token on standard input: it may be mistyped, revoked or another company's.";
    return { kind: "api-token", from: "standard input", token: lazyToken(io.input, advice) };
  }
  const advice = `Check the token in ${file}: it may be mistyped, revoked or another company's.`;
  const { clock = systemClock, signal } = io;
  const read = async () => {
    const text = await readTokenFile(resolve(io.cwd, file), { clock, signal });
    if (text === undefined)
      throw new UsageError(`${file} does not exist`, "Name the file that contains the API token.");
    return text;
  };
  return { kind: "api-token", from: file, token: lazyToken(read, advice) };
}

function fromEnvironment(io: Environment, given: Given, refreshToken: string): Credentials {
  const { clock = systemClock } = io;
  const auth = authAt(oauthOf(io), io, given);
  const rotated = () => {
    io.err(
      "\nWarning: Front gave a new refresh token in place of FRONT_OAUTH_REFRESH_TOKEN, whose last day this is\n\n" +
        "  Run front-contacts login, and put the new refresh token where this one is from.\n",
    );
  };
  const token = createRenewableToken({
    store: inMemoryTokenStore(refreshToken, rotated),
    refresh: auth.refresh,
    clock,
    advice: "Run front-contacts login, and put the new refresh token into FRONT_OAUTH_REFRESH_TOKEN.",
  });
  return { kind: "oauth", from: "FRONT_OAUTH_REFRESH_TOKEN", token };
}

function fromLogin(io: Environment, given: Given, company: string | undefined): Credentials {
  const logins = openSavedLogins(io);
  const login = logins && chooseLogin(logins.list(), apiOf(io), company);
  if (logins === undefined || login === undefined) throw noAccess();
  const { clock = systemClock } = io;
  const refresh = (refreshToken: string) => {
    if (clientOf(io).clientId !== login.clientId) {
      throw new FrontError("unauthorized", "FRONT_OAUTH_CLIENT_ID is not the application that was signed in with", {
        advice: "Set it to that application's id, or run front-contacts login again.",
      });
    }
    return authAt(login.oauth, io, given).refresh(refreshToken);
  };
  const advice = "Run front-contacts login again.";
  const token = createRenewableToken({ store: logins.tokenStore(login, clock), refresh, clock, advice });
  return { kind: "oauth", from: "front-contacts login", token, login };
}

function noAccess(): FrontError {
  return new FrontError("unauthorized", "There is no API token to ask Front with", {
    advice: [
      "Set FRONT_API_TOKEN: an admin creates one in Front under Settings, Developers, API tokens, with access to contacts.",
      "  Or sign in by OAuth: front-contacts login. To try without either, run the same command against a local Front emulator:",
      "",
      "    npx front-contacts emulator -- front-contacts plan",
    ].join("\n"),
  });
}
