import { hasErrors } from "../../src/index.ts";
import { reportToGitHub } from "../ci/github-actions.ts";
import { contactsDirectory, loadFiles, showDiagnostics } from "../configuration.ts";
import { type Environment, EXIT, type Given } from "../process-io.ts";
import { colorsFor } from "../views/colors.ts";
import { diagnosticsJson } from "../views/diagnostics.ts";
import { renderJson } from "../views/json.ts";

/** Checks the files, and nothing else: no token is needed and nothing is sent. */
export async function run(given: Given, io: Environment): Promise<number> {
  const loaded = await loadFiles(io, given, { againstCompanySchema: true });
  const { desired, diagnostics, sources } = loaded;
  const valid = !hasErrors(diagnostics);
  const headline = valid ? "The files have no mistake." : "The files have mistakes.";
  await reportToGitHub(io, given, { desired, sources, diagnostics, headline });
  if (given["json"] === true) {
    io.out(renderJson(diagnosticsJson(diagnostics, sources)));
    return valid ? EXIT.ok : EXIT.failed;
  }
  const paint = colorsFor(io, given, "stderr");
  showDiagnostics(diagnostics, loaded, io, given);
  if (!valid) {
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    io.err(`${paint.bold(`${errors} ${errors === 1 ? "error" : "errors"} in ${contactsDirectory(given)}.`)}\n`);
    return EXIT.failed;
  }
  const green = colorsFor(io, given, "stdout");
  const count = desired?.contacts.length ?? 0;
  io.out(
    `${green.green("Success!")} ${count} ${count === 1 ? "contact is" : "contacts are"} described without a mistake.\n`,
  );
  return EXIT.ok;
}
