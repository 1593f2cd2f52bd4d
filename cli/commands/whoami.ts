import { type FrontOptions, findStanding, inspectFront, loadDesired } from "../../src/index.ts";
import { accessOf, apiOf } from "../access.ts";
import { contactsDirectory } from "../files.ts";
import { backOffOf } from "../front.ts";
import { EXIT, type Given, type Io } from "../io.ts";
import { paintFor } from "../paint.ts";
import { tracingFetch } from "../trace.ts";
import { inspectionJson, renderInspection } from "../views/inspection.ts";
import { renderJson } from "../views/json.ts";
import { renderWhoami, whoamiJson } from "../views/whoami.ts";

/**
 * Shows the company, the credentials and what Front lets them read. With `--check` it reads a sample as well, and shows
 * what it found out about the company. Sends nothing but GET.
 */
export async function run(given: Given, io: Io): Promise<number> {
  const { desired } = await loadDesired(contactsDirectory(given), { cwd: io.cwd });
  const access = accessOf(io, given, desired?.settings.company);
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
  const standing = inspection?.standing ?? (await findStanding({ ...options, reserve: 0 }));
  const paint = paintFor(io, given, "stdout");
  if (given["json"] === true) {
    const check = inspection === undefined ? {} : { check: inspectionJson(inspection) };
    io.out(renderJson({ ...whoamiJson(standing, access), ...check }));
    return EXIT.ok;
  }
  io.out(renderWhoami(standing, access, paint));
  if (inspection !== undefined) io.out(`\n${renderInspection(inspection, paint)}`);
  return EXIT.ok;
}
