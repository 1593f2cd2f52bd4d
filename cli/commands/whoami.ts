import { type FrontOptions, inspectFront, readTokenInfo } from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { apiUrl } from "../auth/credentials.ts";
import { EXIT } from "../environment.ts";
import type { Session } from "../session.ts";
import { inspectionJson, renderInspection } from "../views/company-inspection.ts";
import { renderJson } from "../views/text.ts";
import { renderWhoami, whoamiJson } from "../views/whoami.ts";

export async function run({ check, json }: ArgsByCommand["whoami"], session: Session): Promise<number> {
  const { desired } = await session.loadConfiguration();
  const credentials = session.credentials(desired?.settings.company);
  const { fetch, clock, signal, backoff } = session;
  const url = apiUrl(session.environment);
  const options: FrontOptions = { url, token: credentials.token, fetch, clock, signal, readOnly: true, backoff };
  const reserve = desired?.settings.reserve;
  const inspection = check ? await inspectFront({ ...options, reserve }) : undefined;
  // The reserve is 0, so that these few requests are sent even if the rate limit is nearly used up.
  const tokenInfo = inspection?.tokenInfo ?? (await readTokenInfo({ ...options, reserve: 0 }));
  if (json) {
    const checkResult = inspection === undefined ? {} : { check: inspectionJson(inspection) };
    session.out(renderJson({ ...whoamiJson(tokenInfo, credentials), ...checkResult }));
    return EXIT.ok;
  }
  const colors = session.colors("stdout");
  session.print(renderWhoami(tokenInfo, credentials, colors));
  if (inspection !== undefined) session.print(`\n${renderInspection(inspection, colors)}`);
  return EXIT.ok;
}
