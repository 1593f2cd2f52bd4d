import packageJson from "../../package.json" with { type: "json" };
import {
  type Approved,
  approve,
  checkBudget,
  checkSavedPlan,
  countRequests,
  type Diagnostic,
  digestOf,
  hasErrors,
  loadDesired,
  looksAlike,
  openCache,
  type Pace,
  type Plan,
  readPicture,
  rereadFront,
  type SavedPlan,
  systemClock,
  type Wait,
  warnPartialApply,
  withPace,
} from "../../src/index.ts";
import { carryOut, refusalsOf, rememberApplied } from "../carry-out.ts";
import { contactsDirectory, contactsPath } from "../files.ts";
import { connect } from "../front.ts";
import { EXIT, type Given, type Io, UsageError } from "../io.ts";
import { mostOf } from "../limits.ts";
import { readSavedPlan } from "../plan-files.ts";
import { tellWait } from "../planning.ts";
import { prove } from "../prove.ts";
import { startProgress } from "../views/progress.ts";
import { isComplete } from "../views/report.ts";
import { type Voice, voiceFor } from "../voices.ts";

/** Carries out what was reviewed, as far as Front is still what it was reviewed for. Asks nobody, decides nothing. */
export async function applySaved(file: string, given: Given, io: Io): Promise<number> {
  refuseShaping(given);
  const saved = readSavedPlan(io, file);
  const voice = voiceFor(given, io);
  const readAt = (io.clock ?? systemClock).monotonic();
  const approved = await readAndApprove(saved, voice, given, io);
  if (approved === undefined) return EXIT.failed;
  voice.diagnostics(approved.refusals.map(({ diagnostic }) => diagnostic));
  const left = whatIsLeft(saved.plan, approved);
  const refusals = checkBudget(left.requests, mostOf(given));
  voice.diagnostics(refusals);
  if (hasErrors(refusals)) return EXIT.failed;
  const settings = { ...saved.desired.settings, known: approved.known };
  const basis = { ...settings, approved: saved.plan, desired: saved.desired, readAt };
  const report = await carryOut(left, basis, given, io, voice.begin(left));
  await rememberApplied(withoutRefused(saved.plan, approved), report, given, io);
  const proof = await prove(left, report, settings, given, io);
  voice.diagnostics([...warnPartialApply(saved.plan), ...refusalsOf(report)]);
  const complete = approved.refusals.length === 0 && isComplete(report, proof);
  voice.end(left, { report, proof, complete });
  return complete ? EXIT.ok : EXIT.failed;
}

/** These shape a plan, and this one has its shape. */
function refuseShaping(given: Given): void {
  const shaping = [
    "allow-handle-moves",
    "allow-changes",
    "allow-removals",
    "dry-run",
    "target",
    "exclude",
    "refresh",
    "accept-shrink",
  ];
  const flag = shaping.find((name) => given[name] !== undefined);
  if (flag === undefined) return;
  throw new UsageError(`--${flag} has no effect on a saved plan`, "Leave it out, or plan again with it.");
}

/** What was approved, and how fast it may be carried out. */
type Paced = Approved & { readonly pace: Pace | undefined };

async function readAndApprove(saved: SavedPlan, voice: Voice, given: Given, io: Io): Promise<Paced | undefined> {
  const { plan, desired } = saved;
  const progress = startProgress(io, "Reading Front");
  const over = new AbortController();
  try {
    const { reserve, company: named } = desired.settings;
    const onWait = (wait: Wait) => tellWait(progress, wait);
    const front = connect(io, given, { readOnly: true, signal: over.signal, reserve, company: named, onWait });
    const company = await front.me();
    const problems = checkSavedPlan({
      saved,
      version: packageJson.version,
      companyId: company.id,
      now: (io.clock ?? systemClock).now(),
    });
    voice.diagnostics(problems);
    if (hasErrors(problems)) return undefined;
    voice.diagnostics(await findOtherFiles(saved, given, io));
    const reading = await rereadFront(plan, desired, front, {
      company,
      pictures: await openCache(contactsPath(io, given), io.disk),
      samePicture: async (picture, shown) => looksAlike(await readPicture(picture, { cwd: io.cwd }), shown),
    });
    return { ...approve(plan, desired, reading), pace: front.pace };
  } finally {
    /** Where one reading fails, the others are not to go on for minutes behind the error. */
    over.abort();
    await progress.stop();
  }
}

/** The plan carries the wishes that were reviewed, so files that say something else by now make no difference. */
async function findOtherFiles(saved: SavedPlan, given: Given, io: Io): Promise<Diagnostic[]> {
  const { desired } = await loadDesired(contactsDirectory(given), { cwd: io.cwd });
  if (desired === undefined || digestOf(desired) === saved.files_digest) return [];
  const summary = "The files have changed since this plan was made";
  const advice = "What is applied is what was planned. Plan again to have the rest.";
  return [{ severity: "warning", code: "files-changed", summary, advice }];
}

/** What is as planned already is neither done nor counted again. */
function whatIsLeft(plan: Plan, { operations, pace }: Paced): Plan {
  const touched = new Set(operations.flatMap(({ subjects }) => subjects));
  const changes = plan.changes.filter(({ address }) => touched.has(address));
  return { ...plan, operations, changes, requests: withPace(countRequests(operations, plan.basis.sizes), pace) };
}

function withoutRefused(plan: Plan, { refusals }: Approved): Plan {
  const refused = new Set(refusals.map(({ address }) => address));
  return { ...plan, changes: plan.changes.filter(({ address }) => !refused.has(address)) };
}
