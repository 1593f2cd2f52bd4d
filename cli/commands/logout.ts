import { escapeText, type SavedLogin } from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { nameLogin, openSavedLogins } from "../auth/saved-logins.ts";
import { EXIT, UsageError } from "../process-io.ts";
import type { Session } from "../session.ts";

/** Deletes saved logins. */
export async function run(args: ArgsByCommand["logout"], session: Session): Promise<number> {
  const logins = openSavedLogins(session.environment);
  const all = logins?.list() ?? [];
  const chosen = loginsToDelete(all, args);
  for (const login of chosen) {
    logins?.remove(login);
    session.out(`Signed out of ${nameLogin(login)} at ${login.api}.\n`);
  }
  if (chosen.length === 0) session.out("There are no saved logins.\n");
  else session.err("To revoke the application's access, remove it in Front's settings as well.\n");
  return EXIT.ok;
}

function loginsToDelete(
  all: readonly SavedLogin[],
  { company, all: everyone }: ArgsByCommand["logout"],
): readonly SavedLogin[] {
  if (company !== undefined) {
    const chosen = all.filter((login) => login.company.id === company);
    if (chosen.length > 0) return chosen;
    const names = all.map(nameLogin).join(", ");
    throw new UsageError(
      `You are not signed in to ${escapeText(company)}`,
      names === "" ? "There are no saved logins." : `Use one of: ${names}.`,
    );
  }
  if (everyone || all.length < 2) return all;
  throw new UsageError(
    `You are signed in to ${all.length} companies: ${all.map(nameLogin).join(", ")}`,
    "Specify one, such as front-contacts logout cmp_…, or delete all saved logins with --all.",
  );
}
