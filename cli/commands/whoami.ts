import { findStanding, loadDesired } from "../../src/index.ts";
import { accessOf, apiOf } from "../access.ts";
import { contactsDirectory } from "../files.ts";
import { backOffOf } from "../front.ts";
import { EXIT, type Given, type Io } from "../io.ts";
import { paintFor } from "../paint.ts";
import { tracingFetch } from "../trace.ts";
import { renderJson } from "../views/json.ts";
import { renderWhoami, whoamiJson } from "../views/whoami.ts";

/** Says who asks, by what, and what Front lets them read. Sends nothing but GET. */
export async function run(given: Given, io: Io): Promise<number> {
  const { desired } = await loadDesired(contactsDirectory(given), { cwd: io.cwd });
  const access = accessOf(io, given, desired?.settings.company);
  const fetch = tracingFetch(io, given);
  const standing = await findStanding({
    ...(fetch === undefined ? {} : { fetch }),
    ...{ url: apiOf(io), token: access.token, clock: io.clock, signal: io.signal },
    // Five requests to be told how many are left are worth it even when few are.
    ...{ readOnly: true, reserve: 0, backOff: backOffOf(io) },
  });
  io.out(
    given["json"] === true
      ? renderJson(whoamiJson(standing, access))
      : renderWhoami(standing, access, paintFor(io, given, "stdout")),
  );
  return EXIT.ok;
}
