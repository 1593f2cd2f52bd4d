import {
  addTombstonesForRemovedRows,
  type ConfirmedState,
  checkApplyLimits,
  checkSavedPlan,
  checkStricterGuards,
  compareWithConfiguration,
  countDownloads,
  type DesiredState,
  type Diagnostic,
  digestOfDesired,
  generalError,
  hasBlockingErrors,
  type Plan,
  type RequestRate,
  type Revalidated,
  revalidatePlan,
  type SavedPlan,
  UserError,
  warnAppliedBefore,
  warnPartialApply,
  withDuration,
  withReads,
} from "../src/internal.ts";
import type { ApplyArgs } from "./args/plan-args.ts";
import { downloadsAvatarFor } from "./avatar-history.ts";
import { readFront } from "./make-plan.ts";
import { VERSION } from "./package-files.ts";
import type { PreparedPlan } from "./run-apply.ts";
import { readSavedPlan } from "./saved-plan-file.ts";
import type { LoadedConfiguration, Session } from "./session.ts";
import { quotedCommand } from "./views/advice.ts";
import type { PreparationView } from "./views/apply/apply-view.ts";
import { shellQuote } from "./views/text.ts";

/**
 * Reads a saved plan and returns the part of it that is still valid for the configuration and for Front. The file is
 * untrusted input: without `--detached`, all requests are computed from the configuration and from Front, and the file
 * can only restrict them. Reports errors and returns undefined if they block the whole plan.
 */
export async function prepareSavedPlan(
  file: string,
  args: ApplyArgs,
  session: Session,
  view: PreparationView,
): Promise<PreparedPlan | undefined> {
  const { saved, digest, warnings } = readSavedPlan(file, session.environment);
  view.diagnostics(warnings);
  const confirmed = await confirmPlan({ file, saved }, args, session, view);
  if (confirmed === undefined) return undefined;
  const readAt = session.clock.monotonic();
  const revalidated = await readAndRevalidate(saved, confirmed.desired, session, view);
  if (revalidated === undefined) return undefined;
  const refusals = [...confirmed.refusals, ...revalidated.refusals];
  const downloads = countDownloads(revalidated.plan, downloadsAvatarFor(confirmed.desired.settings, args, session));
  const requests = withReads(revalidated.plan.requests, downloads);
  const plan = { ...revalidated.plan, requests: withDuration(requests, revalidated.rate) };
  const overBudget = checkApplyLimits(plan.requests, args.policy.limits);
  view.diagnostics([...new Set(refusals.map(({ diagnostic }) => diagnostic))]);
  const repetition = session.isRehearsal
    ? []
    : warnAppliedBefore(saved.plan, { plan, refusals }, session.runs().findPlan(digest));
  view.diagnostics([...repetition, ...plan.diagnostics, ...overBudget]);
  if (hasBlockingErrors(overBudget)) return undefined;
  const context = { plan };
  view.plan(plan, context, { reviewed: true });
  return {
    plan,
    planDigest: digest,
    desired: withChangedContactsOnly(confirmed.desired, plan),
    validatedAt: readAt,
    context,
    exclusions: [
      ...warnPartialApply(saved.plan),
      ...saved.plan.diagnostics.filter(({ excludedAddress }) => excludedAddress !== undefined),
    ],
    refusals,
    detached: args.detached,
  };
}

/** Returns the desired state without the contacts that the plan does not change, because they are not re-validated. */
function withChangedContactsOnly(desired: DesiredState, { changes }: Plan): DesiredState {
  const changedKeys = new Set(changes.map(({ name }) => name));
  return { ...desired, contacts: desired.contacts.filter(({ key }) => changedKeys.has(key)) };
}

/**
 * Refuses the entries of a plan that differ from the configuration. Reports errors and returns undefined if they block
 * the whole plan, for example because the configuration is for another company.
 */
async function confirmPlan(
  { file, saved }: { readonly file: string; readonly saved: SavedPlan },
  args: ApplyArgs,
  session: Session,
  view: PreparationView,
): Promise<ConfirmedState | undefined> {
  const { desired, plan } = saved;
  if (args.detached) {
    // A plan that undoes a run can only be applied with --detached.
    if (plan.undoes === undefined) view.diagnostics([DETACHED_WARNING]);
    return { desired, refusals: [] };
  }
  if (plan.undoes !== undefined) {
    view.diagnostics([undoNeedsDetachedError(file, args.contacts)]);
    return undefined;
  }
  const loaded = await session.loadConfiguration();
  if (loaded.desired === undefined) {
    view.diagnostics([...loaded.diagnostics, configurationUnreadableError(args.contacts)]);
    return undefined;
  }
  const { company = plan.company.id } = loaded.desired.settings;
  if (company !== plan.company.id) {
    view.diagnostics([otherCompanyError(plan, company)]);
    return undefined;
  }
  const stricterGuards = checkStricterGuards(plan.changes, desired.settings, loaded.desired.settings);
  if (stricterGuards.length > 0) {
    view.diagnostics(stricterGuards);
    return undefined;
  }
  const desiredWithBase = await reloadBase(desired, loaded, session);
  const { base } = desiredWithBase;
  const { base: _, ...configured } = addTombstonesForRemovedRows({
    ...loaded.desired,
    ...(base === undefined ? {} : { base }),
  });
  const confirmed = compareWithConfiguration(desiredWithBase, configured);
  if (confirmed.refusals.length === 0 && digestOfDesired(configured) !== saved.files_digest) {
    view.diagnostics([CONFIGURATION_CHANGED_WARNING]);
  }
  return confirmed;
}

/** Reads the base from git again, because the plan file is untrusted. Throws a `UserError` if the base has errors. */
async function reloadBase(desired: DesiredState, loaded: LoadedConfiguration, session: Session): Promise<DesiredState> {
  if (desired.base === undefined) return desired;
  const { revision, tree, overwrite } = desired.base;
  const { base, diagnostics } = await session.loadBase(tree, loaded);
  const [problem] = diagnostics;
  if (base !== undefined) return { ...desired, base: { ...base, revision, overwrite } };
  throw problem === undefined ? new Error(`no base was loaded from ${tree}`) : UserError.from(problem);
}

const DETACHED_WARNING: Diagnostic = {
  severity: "warning",
  code: "plan-detached",
  summary: "This plan is applied without comparing it with the configuration (--detached)",
  advice: "Omit --detached if the configuration is checked out.",
};

function undoNeedsDetachedError(file: string, contacts: string): Diagnostic {
  const summary = "This plan undoes a run, so it cannot be compared with the configuration";
  const advice = `Review the plan with ${quotedCommand("show", contacts, shellQuote(file))}, then apply it with --detached.`;
  return generalError("plan-undo", summary, advice);
}

const CONFIGURATION_CHANGED_WARNING: Diagnostic = {
  severity: "warning",
  code: "files-changed",
  summary: "The configuration has changed since this plan was created",
  advice:
    "The entries in this plan are unchanged, so the plan is applied. Create a new plan to review the other changes.",
};

function configurationUnreadableError(directory: string): Diagnostic {
  const summary = `This plan cannot be compared with the configuration in "${directory}"`;
  const advice =
    "Fix the errors, or run apply where the configuration is checked out. To apply the plan without the configuration, add --detached.";
  return generalError("files-unreadable", summary, advice);
}

function otherCompanyError({ company }: Plan, configuredCompany: string): Diagnostic {
  const summary = `This plan is for company "${company.id}", but the configuration is for "${configuredCompany}"`;
  const advice = "Apply the plan with the configuration that it was created from.";
  return generalError("plan-company", summary, advice);
}

/** Returns undefined if the plan cannot be applied. `rate` is the rate at which this run may send requests. */
async function readAndRevalidate(
  saved: SavedPlan,
  desired: DesiredState,
  session: Session,
  view: PreparationView,
): Promise<(Revalidated & { readonly rate: RequestRate | undefined }) | undefined> {
  // With the plan's company in the settings, reading stops early if the token belongs to another company.
  const desiredForCompany = { ...desired, settings: { ...desired.settings, company: saved.plan.company.id } };
  const options = { allowHandleMoves: true, countConversations: false };
  return await readFront(desiredForCompany, session, options, async (state, cache) => {
    const now = session.clock.now();
    const problems = checkSavedPlan({ saved, version: VERSION, companyId: state.company.id, now });
    view.diagnostics(problems);
    if (hasBlockingErrors(problems)) return undefined;
    await cache.save();
    return { ...revalidatePlan({ plan: saved.plan, desired: desiredForCompany }, state), rate: state.requestRate };
  });
}
