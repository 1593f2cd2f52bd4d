import packageJson from "../../package.json" with { type: "json" };
import {
  type ApplyReport,
  type Approved,
  approve,
  type ChangeCount,
  checkSavedPlan,
  countChanges,
  digestOf,
  hasErrors,
  loadDesired,
  looksAlike,
  openCache,
  readPicture,
  rereadFront,
  type SavedPlan,
} from "../../src/index.ts";
import { carryOut, rememberApplied } from "../carry-out.ts";
import { contactsDirectory, contactsPath, tellDiagnostics } from "../files.ts";
import { connect } from "../front.ts";
import { EXIT, type Given, type Io, UsageError } from "../io.ts";
import { paintFor } from "../paint.ts";
import { readSavedPlan } from "../plan-files.ts";
import { tellWait } from "../planning.ts";
import { startProgress } from "../views/progress.ts";
import { completeLine, renderAccount } from "../views/report.ts";

const NO_SOURCES = { sources: new Map<string, string>() };

/** Carries out what was reviewed, as far as Front is still what it was reviewed for. Asks nobody, decides nothing. */
export async function applySaved(file: string, given: Given, io: Io): Promise<number> {
  refuseShaping(given);
  const saved = readSavedPlan(io, file);
  const approved = await readAndApprove(saved, given, io);
  if (approved === undefined) return EXIT.failed;
  tellDiagnostics(
    approved.refusals.map(({ diagnostic }) => diagnostic),
    NO_SOURCES,
    io,
    given,
  );
  const { known, operations } = approved;
  const report = await carryOut({ operations }, { ...saved.desired.settings, known }, given, io);
  const refused = new Set(approved.refusals.map(({ address }) => address));
  const kept = saved.plan.changes.filter(({ address }) => !refused.has(address));
  await rememberApplied({ ...saved.plan, changes: kept }, report, given, io);
  return conclude(saved, approved, report, given, io);
}

/** These shape a plan, and this one has its shape. */
function refuseShaping(given: Given): void {
  const shaping = ["allow-handle-moves", "allow-changes", "allow-removals", "dry-run"];
  const flag = shaping.find((name) => given[name] !== undefined);
  if (flag === undefined) return;
  throw new UsageError(`--${flag} has no effect on a saved plan`, "Leave it out, or plan again with it.");
}

async function readAndApprove(saved: SavedPlan, given: Given, io: Io): Promise<Approved | undefined> {
  const { plan, desired } = saved;
  const progress = startProgress(io, "Reading Front");
  try {
    const { reserve } = desired.settings;
    const front = connect(io, given, { readOnly: true, reserve, onWait: (wait) => tellWait(progress, wait) });
    const company = await front.me();
    const problems = checkSavedPlan({ saved, version: packageJson.version, companyId: company.id });
    tellDiagnostics(problems, NO_SOURCES, io, given);
    if (hasErrors(problems)) return undefined;
    await warnOfOtherFiles(saved, given, io);
    const reading = await rereadFront(plan, desired, front, {
      company,
      pictures: await openCache(contactsPath(io, given)),
      samePicture: async (picture, shown) => looksAlike(await readPicture(picture, { cwd: io.cwd }), shown),
    });
    return approve(plan, desired, reading);
  } finally {
    await progress.stop();
  }
}

/** The plan carries the wishes that were reviewed, so files that say something else by now make no difference. */
async function warnOfOtherFiles(saved: SavedPlan, given: Given, io: Io): Promise<void> {
  const { desired } = await loadDesired(contactsDirectory(given), { cwd: io.cwd });
  if (desired === undefined || digestOf(desired) === saved.files_digest) return;
  const summary = "The files have changed since this plan was made";
  const advice = "What is applied is what was planned. Plan again to have the rest.";
  tellDiagnostics([{ severity: "warning", code: "files-changed", summary, advice }], NO_SOURCES, io, given);
}

function conclude(saved: SavedPlan, approved: Approved, report: ApplyReport, given: Given, io: Io): number {
  const complete = report.results.every(({ ending }) => ending === "applied");
  if (!complete) io.err(renderAccount(report, paintFor(io, given, "stderr")));
  if (!complete || approved.refusals.length > 0) return EXIT.failed;
  const paint = paintFor(io, given, "stdout");
  io.out(`\n${paint.green(paint.bold(completeLine(countDone(saved, report))))}\n`);
  io.out(`Requests: ${saved.plan.requests.total} predicted, ${report.requests} made.\n`);
  return EXIT.ok;
}

/** What was done in this run; what was as planned before it is not counted again. */
function countDone({ plan }: SavedPlan, { results }: ApplyReport): ChangeCount {
  const touched = new Set(results.flatMap(({ operation }) => operation.subjects));
  return countChanges(plan.changes.filter(({ address }) => touched.has(address)));
}
