import { type FrontOptions, inspectFront, loadDesired, readTokenInfo } from "../../src/index.ts";
import { apiOf, credentialsOf } from "../auth/credentials.ts";
import { contactsDirectory } from "../configuration.ts";
import { backOffOf } from "../front-client.ts";
import { type Environment, EXIT, type Given } from "../process-io.ts";
import { tracingFetch } from "../request-trace.ts";
import { colorsFor } from "../views/colors.ts";
import { inspectionJson, renderInspection } from "../views/inspection.ts";
import { renderJson } from "../views/json.ts";
import { renderWhoami, whoamiJson } from "../views/whoami.ts";

/**
 * Shows the company, the credentials and what Front lets them read. With `--check` it reads a sample as well, and shows
 * what it found out about the company. Sends nothing but GET.
 */
export async function run(given: Given, io: Environment): Promise<number> {
  const { desired } = await loadDesired(contactsDirectory(given), { cwd: io.cwd });
  const access = credentialsOf(io, given, desired?.settings.company);
  const fetch = tracingFetch(io, given);
  const options: FrontOptions = {
    ...(fetch === undefined ? {} : { fetch }),
    ...{ url: apiOf(io), token: access.token, clock: io.clock, signal: io.signal },
    ...{ readOnly: true, backOff: backOffOf(io) },
  };
  const reserve = desired?.settings.reserve;
  /** The first five requests are worth it even when few are left. */
  const inspection =
    given["check"] === true
      ? await inspectFront({ ...options, ...(reserve === undefined ? {} : { reserve }) })
      : undefined;
  const standing = inspection?.tokenInfo ?? (await readTokenInfo({ ...options, reserve: 0 }));
  const paint = colorsFor(io, given, "stdout");
  if (given["json"] === true) {
    const check = inspection === undefined ? {} : { check: inspectionJson(inspection) };
    io.out(renderJson({ ...whoamiJson(standing, access), ...check }));
    return EXIT.ok;
  }
  io.out(renderWhoami(standing, access, paint));
  if (inspection !== undefined) io.out(`\n${renderInspection(inspection, paint)}`);
  return EXIT.ok;
}
