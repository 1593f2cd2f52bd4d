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
import {
  type AuthorizationRedirect,
  type CallbackServer,
  createState,
  startCallbackServer,
} from "../auth/oauth-callback-server.ts";
import { describeLogin, openSavedLogins } from "../auth/saved-logins.ts";
import { EXIT, UsageError } from "../environment.ts";
import type { Session } from "../session.ts";

/** Maximum time of a sign-in in milliseconds. */
const SIGN_IN_TIMEOUT = 10 * 60_000;

export async function run({ redirectUri }: ArgsByCommand["login"], session: Session): Promise<number> {
  const { environment, clock, signal, fetch } = session;
  requireTlsVerification(environment);
  const { clientId } = applicationFrom(environment);
  const logins = openSavedLogins(environment);
  if (logins === undefined) {
    const advice = "Set HOME or XDG_CONFIG_HOME to an absolute path.";
    throw new UsageError("No configuration directory found for saved logins", advice);
  }
  const oauth = oauthUrl(environment);
  const client = oauthClient(oauth, session);
  await using server = await startCallbackServer(redirectUri);
  await signIn(client, server, session, async (tokens) => {
    const api = apiUrl(environment);
    const options = { url: api, token: tokens.accessToken, fetch, clock, signal, readOnly: true };
    const company = await connectFront(options).me();
    const login: SavedLogin = { company, api, oauth, clientId, signedInAt: clock.now(), tokens };
    logins.save(login);
    session.print(`Signed in to ${describeLogin(login)}.\n`);
  });
  return EXIT.ok;
}

async function signIn(
  client: OAuthClient,
  server: CallbackServer,
  session: Session,
  save: (tokens: Tokens) => Promise<void>,
): Promise<void> {
  const { clock, signal } = session;
  const state = createState();
  session.err(
    `Open this URL in a browser, as an admin of the company in Front:\n\n  ${client.authorizationUrl(server.redirectUri, state).href}\n\n` +
      `Waiting up to 10 minutes for the redirect to ${server.redirectUri} …\n`,
  );
  const redirect = await server.wait(state, { clock, milliseconds: SIGN_IN_TIMEOUT, signal });
  if (redirect === undefined) throw signal.aborted ? interruptedError() : timeoutError(server.redirectUri);
  try {
    await save(await exchangeForTokens(redirect, client, state));
    await redirect.respond("You are signed in. You can close this page and return to the terminal.");
  } catch (error) {
    await redirect.respond("The sign-in failed. See the terminal for details.");
    throw error;
  }
}

async function exchangeForTokens({ url }: AuthorizationRedirect, client: OAuthClient, state: string): Promise<Tokens> {
  const error = url.searchParams.get("error");
  if (error === null && url.searchParams.has("code")) return await client.exchangeCode(url, state);
  const isDenied = error === "access_denied";
  const summary =
    error === null
      ? "The redirect from Front contains no authorization code"
      : `Front rejected the sign-in: ${isDenied ? "access was denied" : escapeText(error)}`;
  throw new FrontError("unauthorized", summary, {
    advice: `${isDenied ? "Only an admin of the company can authorize the application." : "Check the settings of the application in Front."} Run 'front-contacts login' again.`,
  });
}

function timeoutError(redirectUri: string): UsageError {
  return new UsageError(
    `Timed out waiting for the redirect from Front to ${redirectUri}`,
    "Run 'front-contacts login' again. The browser must be on this machine, and this URL must be one of the application's redirect URIs in Front. On a machine without a browser, set FRONT_API_TOKEN instead.",
  );
}

function interruptedError(): UsageError {
  return new UsageError(
    "Interrupted before the sign-in was complete",
    "Nothing was saved. Run 'front-contacts login' again.",
  );
}
