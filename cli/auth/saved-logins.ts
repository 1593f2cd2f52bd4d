import { isAbsolute, join } from "node:path";
import { escapeText, openLoginDirectory, type SavedLogin, type SavedLogins } from "../../src/internal.ts";
import { type Environment, UsageError } from "../process-io.ts";

/** Returns the user's saved logins; undefined if the user has no configuration directory. */
export function openSavedLogins({ env }: Environment): SavedLogins | undefined {
  const { XDG_CONFIG_HOME: xdg, APPDATA: roaming, HOME: home } = env;
  const beneath = [xdg, roaming, home && join(home, ".config")].find((path) => path && isAbsolute(path));
  return beneath ? openLoginDirectory(join(beneath, "front-contacts", "logins")) : undefined;
}

/** The one that is meant; undefined when there is none at all. Throws a `UsageError` when that cannot be said. */
export function chooseLogin(
  all: readonly SavedLogin[],
  api: string,
  company: string | undefined,
): SavedLogin | undefined {
  const logins = all.filter((login) => login.api === api);
  const [first, second] = logins;
  if (first === undefined) return undefined;
  if (company !== undefined) {
    const login = logins.find(({ company: { id } }) => id === company);
    if (login !== undefined) return login;
    throw new UsageError(
      `The files are for ${escapeText(company)}, and you are signed in to ${logins.map(nameLogin).join(", ")}`,
      "Run front-contacts login, and sign in to that company.",
    );
  }
  if (second === undefined) return first;
  throw new UsageError(
    `You are signed in to ${logins.length} companies: ${logins.map(nameLogin).join(", ")}`,
    `Set the company in the files, such as settings: { company: ${first.company.id} }, or delete the other logins with front-contacts logout.`,
  );
}

export function nameLogin({ company: { id, name } }: SavedLogin): string {
  return `${id} (${escapeText(name)})`;
}
