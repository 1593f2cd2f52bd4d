import { isAbsolute, join } from "node:path";
import { escapeText, type Login, type Logins, openLogins } from "../../src/index.ts";
import { type Environment, UsageError } from "../process-io.ts";

/** The sign-ins of whoever runs this, in their own configuration; undefined when they have none. */
export function openSavedLogins({ env }: Environment): Logins | undefined {
  const { XDG_CONFIG_HOME: xdg, APPDATA: roaming, HOME: home } = env;
  const beneath = [xdg, roaming, home && join(home, ".config")].find((path) => path && isAbsolute(path));
  return beneath ? openLogins(join(beneath, "front-contacts", "logins")) : undefined;
}

/** The one that is meant; undefined when there is none at all. Throws a `UsageError` when that cannot be said. */
export function chooseLogin(all: readonly Login[], api: string, company: string | undefined): Login | undefined {
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
    `Say in the files which one they are for, as settings: { company: ${first.company.id} }; or leave others with front-contacts logout.`,
  );
}

export function nameLogin({ company: { id, name } }: Login): string {
  return `${id} (${escapeText(name)})`;
}
