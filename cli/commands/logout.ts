import { escapeText, type SavedLogin } from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { describeLogin, openSavedLogins } from "../auth/saved-logins.ts";
import { EXIT, UsageError } from "../environment.ts";
import type { Session } from "../session.ts";

export async function run(args: ArgsByCommand["logout"], session: Session): Promise<number> {
  const logins = openSavedLogins(session.environment);
  const selectedLogins = selectLogins(logins?.list() ?? [], args);
  for (const login of selectedLogins) {
    logins?.remove(login);
    session.out(`Signed out of ${describeLoginWithApi(login)}.\n`);
  }
  if (selectedLogins.length === 0) session.out("No saved logins.\n");
  else session.err("To revoke access, also remove the application in Front's settings.\n");
  return EXIT.ok;
}

function selectLogins(logins: readonly SavedLogin[], { company, all }: ArgsByCommand["logout"]): readonly SavedLogin[] {
  if (company !== undefined) {
    const companyLogins = logins.filter((login) => login.company.id === company);
    if (companyLogins.length > 0) return companyLogins;
    const names = logins.map(describeLogin).join(", ");
    throw new UsageError(
      `You are not signed in to company "${escapeText(company)}"`,
      names === "" ? "Run 'front-contacts login' to sign in." : `Use one of: ${names}.`,
    );
  }
  if (all || logins.length < 2) return logins;
  throw new UsageError(
    `Missing company: ${logins.length} logins are saved (${logins.map(describeLoginWithApi).join(", ")})`,
    `Specify a company, as in 'front-contacts logout ${logins[0]?.company.id}', or delete all saved logins with --all.`,
  );
}

function describeLoginWithApi(login: SavedLogin): string {
  return `${describeLogin(login)} at ${login.api}`;
}
