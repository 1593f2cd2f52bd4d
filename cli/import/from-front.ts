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
import { openCacheOf } from "../configuration.ts";
import { connect } from "../front-client.ts";
import { showWait } from "../make-plan.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";
import { colorsFor } from "../views/colors.ts";
import { renderDiff } from "../views/diff.ts";
import { renderImportSummary, renderImportWarnings } from "../views/import.ts";
import { startProgress } from "../views/progress.ts";

/** Contacts between two lines of progress in a log. */
const STRIDE = 5000;

/** Sends GET requests only. */
export async function importFront(target: ImportTarget, given: Given, io: Environment): Promise<number> {
  const selection = selectionOf(given);
  const done = await read(target, selection, given, io);
  showImport(done, given, io);
  if (done.failure !== undefined) {
    if (done.created > 0 && given["dry-run"] !== true) {
      io.err("The contacts read so far were written. Run the same command again to import the rest.\n");
    }
    throw done.failure;
  }
  return done.warnings.some(({ kind }) => kind === "not-found") ? EXIT.failed : EXIT.ok;
}

async function read(target: ImportTarget, selection: Selection, given: Given, io: Environment): Promise<FrontImport> {
  const progress = startProgress(io, "Reading Front");
  const { settings } = target.destination.desired;
  try {
    const front = connect(io, given, {
      readOnly: true,
      ...{ reserve: settings.reserve, company: settings.company },
      onPause: (wait) => showWait(progress, wait),
    });
    const cache = await openCacheOf(io, given);
    const done = await importFromFront(target, front, selection, {
      update: given["update"] === true,
      avatars: given["no-avatars"] !== true,
      pictures: cache,
      onProgress: (count) => {
        progress.say(`${count} contacts`);
        if (count % STRIDE === 0) progress.log(`Read ${count} contacts`);
      },
    });
    if (given["dry-run"] !== true) await cache.save();
    return done;
  } finally {
    await progress.stop();
  }
}

/** Prints the result to standard output and warnings to standard error. */
export function showImport(done: ImportReport, given: Given, io: Environment): void {
  const dryRun = given["dry-run"] === true;
  const fromFront = given["from-csv"] === undefined && given["from-vcard"] === undefined;
  const paint = colorsFor(io, given, "stdout");
  for (const { path, before, after } of dryRun ? done.changed : []) {
    io.out(renderDiff(unifiedDiff(path, before, after), paint, { shown: true }));
  }
  if (done.warnings.length > 0) io.err(renderImportWarnings(done.warnings, colorsFor(io, given, "stderr")));
  const summary = renderImportSummary({ ...done, dryRun, update: given["update"] === true, fromFront });
  if (dryRun) io.err(summary);
  else io.out(summary);
}

function selectionOf({ whom: words, list, all }: Given): Selection {
  const contacts = (Array.isArray(words) ? words : []).map(soughtOf);
  const lists = Array.isArray(list) ? list : [];
  const some = contacts.length > 0 || lists.length > 0;
  if (all !== true && !some) {
    throw new UsageError(
      "No contacts specified",
      "Specify an email address, a phone number or an id, or use --list NAME or --all.",
    );
  }
  if (all === true && some)
    throw new UsageError("--all cannot be combined with contacts or --list", "Remove --all, or use it alone.");
  return { all: all === true, lists, contacts };
}

function soughtOf(word: string): ContactQuery {
  const sought = parseContactQuery(word);
  if (sought !== undefined) return sought;
  throw new UsageError(
    `"${word}" is not a handle or a contact id`,
    "Use an email address, a phone number with +, another handle such as twitter:name, or an id such as crd_1a2b3c.",
  );
}
