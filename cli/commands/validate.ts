import { hasBlockingErrors, showRoot } from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { reportToGitHub } from "../ci/github-actions.ts";
import { EXIT } from "../environment.ts";
import type { Session } from "../session.ts";
import { completeEachAdvice } from "../views/advice.ts";
import { diagnosticsJson } from "../views/diagnostics.ts";
import { plural, renderJson } from "../views/text.ts";

export async function run(args: ArgsByCommand["validate"], session: Session): Promise<number> {
  const loaded = await session.loadConfiguration({ againstCompanySchema: true });
  const { desired, diagnostics, sources } = loaded;
  const isValid = !hasBlockingErrors(diagnostics);
  const headline = isValid ? "The configuration is valid." : "The configuration is not valid.";
  await reportToGitHub(session, { desired, sources, diagnostics, headline }, { masked: args.maskedOnGitHub });
  if (args.json) {
    session.out(renderJson(diagnosticsJson(completeEachAdvice(diagnostics, args.contacts), sources)));
    return isValid ? EXIT.ok : EXIT.failed;
  }
  session.showDiagnostics(diagnostics, loaded);
  if (!isValid) {
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    const { bold } = session.colors("stderr");
    session.err(`${bold(`${plural(errors, "error")} in ${showRoot(args.contacts)}.`)}\n`);
    return EXIT.failed;
  }
  const count = desired?.contacts.length ?? 0;
  const { green } = session.colors("stdout");
  session.print(`${green("Success!")} ${plural(count, "contact is", "contacts are")} valid.\n`);
  return EXIT.ok;
}
