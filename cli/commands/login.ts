import {
  connectFront,
  escapeText,
  FrontError,
  type OAuthClient,
  type SavedLogin,
  type Tokens,
} from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { apiUrl, applicationFrom, oauthClient, oauthUrl, requireTlsVerification } from "../auth/credentials.ts";
import { type Callback, type CallbackServer, newState, startCallbackServer } from "../auth/oauth-callback-server.ts";
import { nameLogin, openSavedLogins } from "../auth/saved-logins.ts";
import { EXIT, UsageError } from "../process-io.ts";
import type { Session } from "../session.ts";

/** Maximum time for signing in, in milliseconds. People may have to look for their password. */
const SIGN_IN_TIMEOUT = 10 * 60_000;

/** Signs in with OAuth and saves the login. */
export async function run({ redirectUri }: ArgsByCommand["login"], session: Session): Promise<number> {
  const { environment, clock, signal, fetch } = session;
  requireTlsVerification(environment);
  const { clientId } = applicationFrom(environment);
  const logins = openSavedLogins(environment);
  if (logins === undefined) {
    const advice = "Set HOME or XDG_CONFIG_HOME to an absolute path.";
    throw new UsageError("No directory to save the login in", advice);
  }
  const oauth = oauthUrl(environment);
  const auth = oauthClient(oauth, session);
  await using redirect = await startCallbackServer(redirectUri);
  await signIn(auth, redirect, session, async (tokens) => {
    const api = apiUrl(environment);
    const company = await connectFront({
      url: api,
      token: tokens.accessToken,
      fetch,
      clock,
      signal,
      readOnly: true,
    }).me();
    const login: SavedLogin = { company, api, oauth, clientId, signedInAt: clock.now(), tokens };
    logins.save(login);
    session.print(`Signed in to ${nameLogin(login)}.\n`);
  });
  return EXIT.ok;
}

async function signIn(
  auth: OAuthClient,
  redirect: CallbackServer,
  session: Session,
  keep: (tokens: Tokens) => Promise<void>,
): Promise<void> {
  const { clock, signal } = session;
  const state = newState();
  session.err(
    `Open this address in a browser, as an admin of the company in Front:\n\n  ${auth.authorizationUrl(redirect.address, state).href}\n\n` +
      `Waiting up to ten minutes at ${redirect.address} …\n`,
  );
  const callback = await redirect.wait(state, { clock, milliseconds: SIGN_IN_TIMEOUT, signal });
  if (callback === undefined) throw signal.aborted ? interrupted() : timedOut(redirect.address);
  try {
    await keep(await tokensFor(callback, auth, state));
    await callback.respond("You are signed in. You can close this page and return to the terminal.");
  } catch (error) {
    await callback.respond("The sign-in failed. The terminal shows why.");
    throw error;
  }
}

async function tokensFor({ url }: Callback, auth: OAuthClient, state: string): Promise<Tokens> {
  const refusal = url.searchParams.get("error");
  if (refusal === null && url.searchParams.has("code")) return await auth.exchangeCode(url, state);
  const why = refusal === "access_denied" ? "it was declined" : escapeText(refusal ?? "the response has no code");
  throw new FrontError("unauthorized", `Front refused the sign-in: ${why}`, {
    advice: "Only an admin of the company can authorize the application. Run front-contacts login again.",
  });
}

function timedOut(address: string): UsageError {
  return new UsageError(
    `Timed out waiting for Front at ${address}`,
    "Run front-contacts login again. The browser must be on this machine, and the address must be one of the application's redirect URIs in Front. On other machines, use an API token: FRONT_API_TOKEN.",
  );
}

function interrupted(): UsageError {
  return new UsageError(
    "Interrupted before the sign-in was complete",
    "Nothing was saved. Run front-contacts login again.",
  );
}
