import { resolve } from "node:path";
import {
  assertReplaceable,
  assertWritable,
  type FrontApi,
  FrontError,
  partialPath,
  type SnapshotProgress,
  takeSnapshot,
} from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { assertOutputFileName, EXIT } from "../environment.ts";
import { assertNotCommittable } from "../git-repository.ts";
import type { Session } from "../session.ts";
import type { Progress } from "../views/progress-line.ts";
import { renderSnapshot, renderSnapshotProgress, renderSnapshotWarnings, snapshotJson } from "../views/snapshot.ts";
import { plural, renderJson } from "../views/text.ts";

export async function run(args: ArgsByCommand["snapshot"], session: Session): Promise<number> {
  const { file } = args;
  const { environment, cwd } = session;
  assertOutputFileName(file);
  assertWritable(file, cwd);
  assertReplaceable(resolve(cwd, file), file);
  assertNotCommittable([file, partialPath(file)], environment);
  try {
    const copy = (progress: Progress) => copyCompany(args, progress, session);
    const summary = await session.withProgress("Reading company data", copy);
    session.err(renderSnapshotWarnings(summary));
    session.out(args.json ? renderJson(snapshotJson(summary, file)) : renderSnapshot(summary, file, args.contacts));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof FrontError && error.code === "interrupted")) throw error;
    session.err(`Snapshot interrupted. Run the same command again to continue from ${partialPath(file)}.\n`);
    return EXIT.failed;
  }
}

async function copyCompany({ file, avatars }: ArgsByCommand["snapshot"], progress: Progress, session: Session) {
  const { desired } = await session.loadConfiguration();
  const front = session.frontReader(desired?.settings ?? {});
  const cache = await session.cache();
  return await takeSnapshot(resolve(session.cwd, file), front, {
    clock: session.clock,
    avatars,
    expectedContacts: (company) => cache.getContactCount(company),
    onProgress: progressReporter(progress, front),
    onResume: (contacts) =>
      session.err(
        `Resuming an interrupted snapshot: ${plural(contacts, "contact was", "contacts were")} already read.\n`,
      ),
  });
}

/** Number of requests between two progress lines in a log. */
const LOG_INTERVAL = 50;

function progressReporter(progress: Progress, front: FrontApi): (state: SnapshotProgress) => void {
  let nextLogRequest = front.requests + LOG_INTERVAL;
  return (state) => {
    const text = renderSnapshotProgress(state, front.requestRate);
    progress.update(text);
    if (front.requests < nextLogRequest && state.requestsLeft !== 0) return;
    nextLogRequest = front.requests + LOG_INTERVAL;
    progress.log(`Read ${text}`);
  };
}
