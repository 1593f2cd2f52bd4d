import {
  connectFront,
  escapeText,
  FrontError,
  type OAuthClient,
  type SavedLogin,
  systemClock,
  type Tokens,
} from "../../src/index.ts";
import { apiOf, authAt, clientOf, oauthOf, requireTlsVerification } from "../auth/credentials.ts";
import { type Arrival, type CallbackServer, newState, startCallbackServer } from "../auth/oauth-callback-server.ts";
import { nameLogin, openSavedLogins } from "../auth/saved-logins.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";
import { tracingFetch } from "../request-trace.ts";

/** Long enough to find an admin's password. */
const PATIENCE = 10 * 60_000;

/** Signs in by OAuth and keeps what Front gives. */
export async function run(given: Given, io: Environment): Promise<number> {
  requireTlsVerification(io);
  const { clientId } = clientOf(io);
  const logins = openSavedLogins(io);
  if (logins === undefined) {
    const advice = "Set HOME or XDG_CONFIG_HOME to an absolute path.";
    throw new UsageError("There is no directory of yours to keep the sign-in in", advice);
  }
  const { clock = systemClock, signal } = io;
  const oauth = oauthOf(io);
  const auth = authAt(oauth, io, given);
  const fetch = tracingFetch(io, given);
  const named = given["redirect-uri"];
  await using redirect = await startCallbackServer(typeof named === "string" ? named : undefined);
  await signIn(auth, redirect, io, async (tokens) => {
    const api = apiOf(io);
    const options = { url: api, token: tokens.accessToken, clock, signal, readOnly: true };
    const company = await connectFront(fetch === undefined ? options : { ...options, fetch }).me();
    const login: SavedLogin = { company, api, oauth, clientId, signedInAt: clock.now(), tokens };
    logins.save(login);
    io.out(`Signed in to ${nameLogin(login)}.\n`);
  });
  return EXIT.ok;
}

async function signIn(
  auth: OAuthClient,
  redirect: CallbackServer,
  io: Environment,
  keep: (tokens: Tokens) => Promise<void>,
): Promise<void> {
  const { clock = systemClock, signal } = io;
  const state = newState();
  io.err(
    `Open this address in a browser, as an admin of the company in Front:\n\n  ${auth.authorizationUrl(redirect.address, state).href}\n\n` +
      `Waiting for ten minutes at ${redirect.address} …\n`,
  );
  const arrival = await redirect.wait(state, { clock, milliseconds: PATIENCE, signal });
  if (arrival === undefined) throw signal.aborted ? interrupted() : nobodyCame(redirect.address);
  try {
    await keep(await tokensFor(arrival, auth, state));
    await arrival.answer("You are signed in. You can close this page and go back to the terminal.");
  } catch (error) {
    await arrival.answer("That did not work. The terminal says why.");
    throw error;
  }
}

async function tokensFor({ url }: Arrival, auth: OAuthClient, state: string): Promise<Tokens> {
  const refusal = url.searchParams.get("error");
  if (refusal === null && url.searchParams.has("code")) return await auth.exchangeCode(url, state);
  const why = refusal === "access_denied" ? "it was declined" : escapeText(refusal ?? "it gave no code");
  throw new FrontError("unauthorized", `Front did not agree to the sign-in: ${why}`, {
    advice: "Only an admin of the company can agree. Run front-contacts login again.",
  });
}

function nobodyCame(address: string): UsageError {
  return new UsageError(
    `Nobody came back from Front to ${address}`,
    "Run front-contacts login again. The browser has to be on this machine, and the address among those of the application in Front. Elsewhere an API token is simpler: FRONT_API_TOKEN.",
  );
}

function interrupted(): UsageError {
  return new UsageError("Interrupted before anybody signed in", "Nothing was kept. Run front-contacts login again.");
}
