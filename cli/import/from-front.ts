import {
  type ContactQuery,
  type FrontImport,
  type ImportReport,
  type ImportTarget,
  importFromFront,
  parseContactQuery,
  type Selection,
  unifiedDiff,
} from "../../src/index.ts";
import type { FrontImportArgs, ImportArgs } from "../args/import-args.ts";
import { EXIT, UsageError } from "../process-io.ts";
import type { Session } from "../session.ts";
import { renderDiff } from "../views/diff.ts";
import { renderImportSummary, renderImportWarnings } from "../views/import.ts";

/** Contacts between two lines of progress in a log. */
const STRIDE = 5000;

/** Sends GET requests only. */
export async function importFront(target: ImportTarget, args: FrontImportArgs, session: Session): Promise<number> {
  const selection = { all: args.all, lists: args.lists, contacts: args.queries.map(parseQuery) };
  const done = await read(target, selection, args, session);
  showImport(done, args, session);
  if (done.failure !== undefined) {
    if (done.created > 0 && !args.dryRun) {
      session.err("The contacts read so far were written. Run the same command again to import the rest.\n");
    }
    throw done.failure;
  }
  return done.warnings.some(({ kind }) => kind === "not-found") ? EXIT.failed : EXIT.ok;
}

async function read(
  target: ImportTarget,
  selection: Selection,
  args: FrontImportArgs,
  session: Session,
): Promise<FrontImport> {
  const progress = session.startProgress("Reading contacts");
  try {
    const front = session.frontReader(target.destination.desired.settings);
    const cache = await session.cache();
    const done = await importFromFront(target, front, selection, {
      update: args.update,
      avatars: args.avatars,
      pictures: cache,
      onProgress: (count) => {
        progress.count(count);
        if (count % STRIDE === 0) progress.log(`Read ${count} contacts`);
      },
    });
    if (!args.dryRun) await cache.save();
    return done;
  } finally {
    await progress.stop();
  }
}

/** Prints the result to standard output and warnings to standard error. */
export function showImport(done: ImportReport, { source, dryRun, update }: ImportArgs, session: Session): void {
  for (const { path, before, after } of dryRun ? done.changed : []) {
    session.out(renderDiff(unifiedDiff(path, before, after), session.colors("stdout"), { shown: true }));
  }
  if (done.warnings.length > 0) session.err(renderImportWarnings(done.warnings, session.colors("stderr")));
  const summary = renderImportSummary({ ...done, dryRun, update, fromFront: source === "front" });
  if (dryRun) session.err(summary);
  else session.out(summary);
}

function parseQuery(text: string): ContactQuery {
  const query = parseContactQuery(text);
  if (query !== undefined) return query;
  throw new UsageError(
    `"${text}" is not a handle or a contact id`,
    "Use an email address, a phone number with +, another handle such as twitter:name, or an id such as crd_1a2b3c.",
  );
}
