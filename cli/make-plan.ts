import {
  addDrift,
  addSyncOrigins,
  addTombstonesForRemovedRows,
  type Cache,
  compareAndPlan,
  type DesiredState,
  type Diagnostic,
  hashesInSync,
  joinTexts,
  type Plan,
  type ReadOptions,
  type RemoteState,
  readRemoteState,
  reportEmptiedTables,
  warnFormerContacts,
  warnMissingBase,
  warnStaleSchema,
} from "../src/internal.ts";
import type { PlanningArgs } from "./args/plan-args.ts";
import { downloadsAvatarFor, type HistoryArgs } from "./avatar-history.ts";
import type { LoadedConfiguration, MaskContext, Session } from "./session.ts";
import type { Progress } from "./views/progress-line.ts";

export interface PlanResult {
  readonly loaded: MaskContext & { readonly diagnostics: readonly Diagnostic[] };
  /** Undefined if the configuration has errors. */
  readonly plan: Plan | undefined;
  /** The time at which reading Front began, in the clock's monotonic milliseconds. */
  readonly readAt: number;
}

export async function makePlan(args: PlanningArgs & HistoryArgs, session: Session): Promise<PlanResult> {
  const loaded = await addBase(await session.loadConfiguration(), args, session);
  const readAt = session.clock.monotonic();
  if (loaded.desired === undefined) return { loaded, plan: undefined, readAt };
  const { plan, warnings } = await readAndPlan(loaded.desired, args, session);
  return { loaded: { ...loaded, diagnostics: [...loaded.diagnostics, ...warnings] }, plan, readAt };
}

/**
 * Adds the configuration at the revision of `--base`, and tombstones for rows that were removed from tables. The result
 * has no desired state if the configuration at that revision has errors, or if a table with `missing: absent` lost all
 * its rows.
 */
async function addBase(
  loaded: LoadedConfiguration,
  { base: baseArgs }: PlanningArgs,
  session: Session,
): Promise<LoadedConfiguration> {
  const { desired, diagnostics } = loaded;
  if (desired === undefined) return loaded;
  if (baseArgs === undefined) {
    const warnings = warnMissingBase(desired);
    return { ...loaded, desired: addTombstonesForRemovedRows(desired), diagnostics: [...diagnostics, ...warnings] };
  }
  const { base, ...loadedBase } = await session.loadBase(baseArgs.revision, loaded);
  const sources = joinTexts(loaded.sources, loadedBase.sources);
  const combined = { diagnostics: [...diagnostics, ...loadedBase.diagnostics], sources };
  if (base === undefined) return combined;
  const desiredWithBase = { ...desired, base: { ...base, overwrite: baseArgs.overwrite } };
  const emptied = reportEmptiedTables(desiredWithBase);
  if (emptied.length > 0) return { ...combined, diagnostics: [...combined.diagnostics, ...emptied] };
  return { ...combined, desired: addTombstonesForRemovedRows(desiredWithBase) };
}

/** Reads the remote state and passes it to `work`. Shows one progress line for both steps. */
export async function readFront<T>(
  desired: DesiredState,
  session: Session,
  options: Pick<ReadOptions, "refresh" | "allowHandleMoves" | "acceptShrink" | "countConversations" | "isSamePicture">,
  work: (state: RemoteState, cache: Cache) => Promise<T>,
): Promise<T> {
  const read = async (progress: Progress) => {
    const front = session.frontReader(desired.settings);
    const cache = await session.cache();
    const state = await readRemoteState(desired, front, {
      pictures: cache,
      readingCache: cache,
      cwd: session.cwd,
      isSamePicture: session.isSamePicture,
      onDifferentPicture: (url, shown) => session.keepPicture(url, shown),
      onProgress(count, expected) {
        session.environment.onProgress?.();
        progress.count(count, expected);
      },
      ...options,
    });
    return await work(state, cache);
  };
  const progressOptions = options.refresh === "lookup" ? { contactsPerRequest: 1 } : {};
  return await session.withProgress("Reading contacts", read, progressOptions);
}

/** Returns the addresses of the resources to create, and of the resources that were deleted in Front since the base. */
function unmatchedAddresses({ changes, base }: Plan): Record<"created" | "deleted", ReadonlySet<string>> {
  const created = changes.filter(({ action }) => action === "create");
  const deleted = (base?.drift ?? []).filter(({ action }) => action === "delete");
  return {
    created: new Set(created.map(({ address }) => address)),
    deleted: new Set(deleted.map(({ address }) => address)),
  };
}

async function readAndPlan(
  desired: DesiredState,
  { policy, refresh, allowHandleMoves, journal }: PlanningArgs & HistoryArgs,
  session: Session,
): Promise<{ readonly plan: Plan; readonly warnings: readonly Diagnostic[] }> {
  const options = { refresh, allowHandleMoves, acceptShrink: policy.acceptShrink ?? false };
  return await readFront(desired, session, options, async (state, cache) => {
    const downloadsAvatar = downloadsAvatarFor(desired.settings, { journal }, session);
    const { plan, unchanged } = compareAndPlan(desired, state, { ...policy, downloadsAvatar });
    const inSync = cache.getSyncedHashes(plan.company.id);
    const former = await warnFormerContacts(
      unmatchedAddresses(plan),
      state,
      inSync,
      session.frontReader(desired.settings),
    );
    const fileHashAt = (url: string) => cache.getHash(url);
    const attributedChanges = plan.base === undefined ? addSyncOrigins(plan.changes, inSync, fileHashAt) : plan.changes;
    for (const changes of [plan.changes, unchanged((id) => inSync.hasRoomFor(id))]) {
      const comparedChanges = addDrift(changes, plan.base?.drift);
      cache.addSyncedHashes(plan.company.id, hashesInSync(comparedChanges, plan.operations, inSync));
    }
    await cache.save();
    return {
      plan: { ...plan, changes: attributedChanges, diagnostics: [...plan.diagnostics, ...former] },
      warnings: warnStaleSchema(session.args.contacts, state, { cwd: session.cwd }),
    };
  });
}
