import {
  type AppliedPlan,
  changesOf,
  currentIdsAfter,
  type Diagnostic,
  desiredToRead,
  generalError,
  idsCreatedByOthers,
  type Picture,
  type Plan,
  picturesMatch,
  type RunChanges,
  type RunDirectory,
  type RunRecord,
  readPicture,
  UserError,
  undoPlanOf,
  unmatchedPatterns,
} from "../src/internal.ts";
import type { ArgsByCommand } from "./args/commands.ts";
import { downloadsAvatarFor } from "./avatar-history.ts";
import { UsageError } from "./environment.ts";
import { type PlanResult, readFront } from "./make-plan.ts";
import { readAppliedPlan } from "./saved-plan-file.ts";
import type { Session } from "./session.ts";

export async function makeUndoPlan(
  { applied, warnings, ...history }: ReturnType<typeof readRunToUndo>,
  args: ArgsByCommand["undo"],
  session: Session,
): Promise<PlanResult> {
  const { refresh, allowHandleMoves, overwrite, detached, policy } = args;
  const run = changesOf(applied);
  assertMatchesRun(overwrite, run);
  const { settings, problems, ...protection } = await settingsFor(applied.plan, args, session);
  const readAt = session.clock.monotonic();
  if (settings === undefined) return { loaded: { diagnostics: problems }, plan: undefined, readAt };
  const allowRemovals = (policy.allowed?.removals ?? 0) > 0;
  const isSamePicture = (picture: Picture, remotePicture: Uint8Array) =>
    matchesFile(picture, remotePicture, session.cwd);
  const options = { refresh, allowHandleMoves, acceptShrink: policy.acceptShrink ?? false, isSamePicture };
  const stateToRead = desiredToRead(run, { settings, allowRemovals });
  const { plan, desired } = await readFront(stateToRead, session, options, async (state, cache) => {
    await cache.save();
    const pictureHashAt = (url: string) => cache.getHash(url);
    const downloadsAvatar = downloadsAvatarFor(settings, args, session);
    const undoPolicy = { ...policy, downloadsAvatar };
    const undoOptions = { settings, allowRemovals, ...history, overwrite, detached, pictureHashAt };
    return undoPlanOf(applied, state, { ...undoOptions, ...protection, policy: undoPolicy });
  });
  return { loaded: { desired, diagnostics: [...warnings, ...problems] }, plan, readAt };
}

/** Matches an ID such as `20260301T093000.000Z-7-5f0c11d2`, and the beginning or the end of such an ID. */
const RUN_ID_PATTERN = /^(?:\d{8}(?:T.*)?|(?:[\dT.]*Z-)?(?:\d*-)?[0-9a-f]{1,8})$/;

/**
 * Reads a run by its ID or by the start or end of its ID (default: the latest run), or a saved plan by its path.
 * `replacedPictures` has the pictures that the run replaced, by contact ID.
 */
export function readRunToUndo(runOrFile: string | undefined, session: Session) {
  const runs = session.runs();
  const { applied, pictures, warnings } = readApplied(runOrFile, runs, session);
  const allApplied = runs.readAll().runs.map(appliedBy);
  const currentIds = currentIdsAfter(allApplied);
  const undos = allApplied.filter(({ plan }) => plan.undoes === applied.name);
  return {
    applied: { ...applied, currentIds },
    replacedPictures: new Map([...pictures].map(([id, picture]) => [currentIds.get(id) ?? id, picture])),
    earlierUndos: undos.map((undo) => ({ ...undo, currentIds })),
    createdByOthers: idsCreatedByOthers(applied, allApplied),
    warnings,
  };
}

function readApplied(runOrFile: string | undefined, runs: RunDirectory, session: Session) {
  if (runOrFile !== undefined && !RUN_ID_PATTERN.test(runOrFile)) {
    const { saved, warnings } = readAppliedPlan(runOrFile, session.environment);
    const applied: AppliedPlan = { name: runOrFile, plan: saved.plan, results: undefined };
    return { applied, pictures: new Map<string, Picture>(), warnings };
  }
  const record = runs.read(runOrFile);
  return { applied: appliedBy(record), pictures: runs.pictures(record), warnings: [] };
}

function appliedBy({ id: name, plan, results }: RunRecord): AppliedPlan {
  return { name, plan, results };
}

/** Throws a `UsageError` for an address that matches nothing, which undo would otherwise silently skip. */
function assertMatchesRun(overwrite: readonly string[], { contacts, accounts }: RunChanges): void {
  const addresses = [...contacts, ...accounts].map(({ address }) => address);
  const [unknownPattern] = unmatchedPatterns(overwrite, addresses);
  if (unknownPattern === undefined) return;
  throw new UsageError(
    `--overwrite "${unknownPattern}" matches nothing that the run changed`,
    "Use an address from the output of --dry-run, such as front_contact.dale-cooper.",
  );
}

/** Returns problems without settings if the undo must not continue. */
async function settingsFor({ company }: Plan, { detached, contacts }: ArgsByCommand["undo"], session: Session) {
  if (detached) return { settings: { company: company.id }, problems: [] };
  const { desired, diagnostics } = await session.loadConfiguration({ allowEmpty: true });
  if (desired === undefined) return { problems: [...diagnostics, unreadableSettingsError(contacts)] };
  const { company: configuredCompany = company.id } = desired.settings;
  if (configuredCompany !== company.id) return { problems: [otherCompanyError(company.id, configuredCompany)] };
  const protectedEntries = desired.contacts.filter(({ protect }) => protect !== undefined);
  const protectedAccounts = desired.accounts?.filter(({ protect }) => protect !== undefined) ?? [];
  const settings = { ...desired.settings, company: company.id };
  return { settings, protectedEntries, protectedAccounts, problems: [] };
}

function unreadableSettingsError(directory: string): Diagnostic {
  const summary = `The settings of the configuration in "${directory}" cannot be read`;
  const advice = "Fix the errors. To undo without the configuration and its guards, add --detached.";
  return generalError("files-unreadable", summary, advice);
}

function otherCompanyError(changedCompany: string, configuredCompany: string): Diagnostic {
  const summary = `The run changed company "${changedCompany}", but the configuration is for "${configuredCompany}"`;
  const advice = "Undo the run with the configuration that it was applied from.";
  return generalError("plan-company", summary, advice);
}

/**
 * Returns whether a picture in Front matches a file of the run. Returns false if the file was changed or removed after
 * the run, because the pictures then cannot be compared.
 */
async function matchesFile(picture: Picture, remotePicture: Uint8Array, cwd: string): Promise<boolean> {
  try {
    return await picturesMatch(await readPicture(picture, { cwd }), remotePicture);
  } catch (error) {
    if (error instanceof UserError && error.code === "picture-changed") return false;
    throw error;
  }
}
