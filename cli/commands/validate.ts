import { hasErrors } from "../../src/index.ts";
import { contactsDirectory, loadFiles } from "../files.ts";
import { EXIT, type Given, type Io } from "../io.ts";
import { paintFor } from "../paint.ts";
import { diagnosticsJson, renderDiagnostics } from "../views/diagnostics.ts";
import { renderJson } from "../views/json.ts";

/** Checks the files, and nothing else: no token is needed and nothing is sent. */
export async function run(given: Given, io: Io): Promise<number> {
  const { desired, diagnostics, sources } = await loadFiles(io, given);
  const valid = !hasErrors(diagnostics);
  if (given["json"] === true) {
    io.out(renderJson(diagnosticsJson(diagnostics, sources)));
    return valid ? EXIT.ok : EXIT.failed;
  }
  const paint = paintFor(io, given, "stderr");
  if (diagnostics.length > 0) io.err(renderDiagnostics(diagnostics, sources, paint));
  if (!valid) {
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    io.err(`${paint.bold(`${errors} ${errors === 1 ? "error" : "errors"} in ${contactsDirectory(given)}.`)}\n`);
    return EXIT.failed;
  }
  const green = paintFor(io, given, "stdout");
  const count = desired?.contacts.length ?? 0;
  io.out(
    `${green.green("Success!")} ${count} ${count === 1 ? "contact is" : "contacts are"} described without a mistake.\n`,
  );
  return EXIT.ok;
}
