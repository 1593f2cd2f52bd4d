import type { ImportArgs } from "../args/import-args.ts";
import { openTarget } from "../import/destination.ts";
import { importFile } from "../import/from-file.ts";
import { importFront } from "../import/from-front.ts";
import { EXIT } from "../process-io.ts";
import type { Session } from "../session.ts";

/** Imports contacts from Front, a CSV file or a vCard file into YAML files. */
export async function run(args: ImportArgs, session: Session): Promise<number> {
  const target = await openTarget(args, session);
  if (target === undefined) return EXIT.failed;
  return await (args.source === "front" ? importFront(target, args, session) : importFile(target, args, session));
}
