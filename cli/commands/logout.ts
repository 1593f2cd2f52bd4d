import { escapeText, type SavedLogin } from "../../src/index.ts";
import { nameLogin, openSavedLogins } from "../auth/saved-logins.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";

/** Forgets sign-ins, and says which. */
export async function run(given: Given, io: Environment): Promise<number> {
  const logins = openSavedLogins(io);
  const all = logins?.list() ?? [];
  const chosen = chooseToForget(all, given);
  for (const login of chosen) {
    logins?.remove(login);
    io.out(`Signed out of ${nameLogin(login)} at ${login.api}.\n`);
  }
  if (chosen.length === 0) io.out("Nobody is signed in.\n");
  else io.err("To take the application's access away from it, remove it in Front's settings as well.\n");
  return EXIT.ok;
}

function chooseToForget(all: readonly SavedLogin[], { company, all: everyone }: Given): readonly SavedLogin[] {
  if (everyone === true && company !== undefined) {
    throw new UsageError("--all and a company contradict each other", "Give one of them.");
  }
  if (typeof company === "string") {
    const chosen = all.filter((login) => login.company.id === company);
    if (chosen.length > 0) return chosen;
    const names = all.map(nameLogin).join(", ");
    throw new UsageError(
      `You are not signed in to ${escapeText(company)}`,
      names === "" ? "Nobody is signed in." : `Name one of ${names}.`,
    );
  }
  if (everyone === true || all.length < 2) return all;
  throw new UsageError(
    `You are signed in to ${all.length} companies: ${all.map(nameLogin).join(", ")}`,
    "Name the one to leave, as front-contacts logout cmp_…, or leave all with --all.",
  );
}
