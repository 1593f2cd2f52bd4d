import { isAbsolute, join } from "node:path";
import { escapeText, openLoginDirectory, type SavedLogin, type SavedLogins } from "../../src/internal.ts";
import { type Environment, UsageError } from "../environment.ts";

/** Returns undefined if no environment variable defines a configuration directory. */
export function openSavedLogins({ env }: Environment): SavedLogins | undefined {
  const { XDG_CONFIG_HOME: xdg, APPDATA: roaming, HOME: home } = env;
  const base = [xdg, roaming, home && join(home, ".config")].find((path) => path && isAbsolute(path));
  return base ? openLoginDirectory(join(base, "front-contacts", "logins")) : undefined;
}

/**
 * Returns the login for a company or, without `company`, the only login at this API. Returns undefined if the API has
 * no logins. Throws a `UsageError` if none or several of its logins match.
 */
export function chooseLogin(
  savedLogins: readonly SavedLogin[],
  api: string,
  company: string | undefined,
): SavedLogin | undefined {
  const logins = savedLogins.filter((login) => login.api === api);
  const [first, second] = logins;
  if (first === undefined) return undefined;
  if (company !== undefined) {
    const login = logins.find(({ company: { id } }) => id === company);
    if (login !== undefined) return login;
    throw new UsageError(
      `The configuration is for company "${escapeText(company)}", but you are signed in to ${logins.map(describeLogin).join(", ")}`,
      "Run 'front-contacts login' and sign in to that company.",
    );
  }
  if (second === undefined) return first;
  throw new UsageError(
    `You are signed in to ${logins.length} companies: ${logins.map(describeLogin).join(", ")}`,
    `Set the company in the configuration, for example settings: { company: ${first.company.id} }, or delete the other logins with 'front-contacts logout COMPANY'.`,
  );
}

export function describeLogin({ company: { id, name } }: SavedLogin): string {
  return `${id} (${escapeText(name)})`;
}
