import {
  type AppliedPlan,
  type ApplyReport,
  appliedChanges,
  applyPlan,
  changesOf,
  checkSavedPlan,
  compareWithConfiguration,
  connectFront,
  createAtomicFile,
  createdIds,
  type DesiredState,
  type Diagnostic,
  decodePlan,
  desiredToRead,
  encodePlan,
  type Fetch,
  type FrontApi,
  FrontError,
  hasBlockingErrors,
  hashesAfterApply,
  type Operation,
  type OperationResult,
  openCache,
  type Picture,
  type Plan,
  planChanges,
  type RemoteState,
  readRemoteState,
  revalidatePlan,
  revalidationOf,
  type UndoPlan,
  undoPlanOf,
} from "../../src/internal.ts";
import { hashOf } from "./company.ts";
import type { Command, Process } from "./process.ts";
import type { SeededRandom } from "./seeded-random.ts";

export const ORIGIN = "http://127.0.0.1:1";
export const TOKEN = "sim.T0k3n-that-nobody.may_see";
const DIRECTORY = "/contacts";
export const PLAN_FILE = "/plan.json";
const PLAN_KEY = "a key that signs plans";

export interface Outcome {
  readonly plan?: Plan | undefined;
  /** The reasons why the plan, or a part of it, was not applied. */
  readonly refusals?: readonly Diagnostic[];
  readonly report?: ApplyReport | undefined;
  readonly operations?: readonly Operation[];
  readonly error?: FrontError | undefined;
}

/** Defects that the simulation must detect. Each function replaces a part of the correct tool. */
export interface Flaws {
  readonly desired?: (desired: DesiredState) => DesiredState;
  readonly fetch?: (fetch: Fetch, process: Process) => Fetch;
  readonly front?: (front: FrontApi, process: Process) => FrontApi;
  readonly plan?: (plan: Plan, desired: DesiredState, state: RemoteState) => Plan;
  readonly undo?: (options: UndoOptions) => UndoOptions;
  /** Receives the part of a saved plan that is still valid, and the saved plan. */
  readonly revalidated?: (plan: Plan, saved: Plan) => Plan;
}

type UndoOptions = Parameters<typeof undoPlanOf>[2];

export interface ToolOptions {
  readonly fetch: Fetch;
  readonly random: SeededRandom;
  readonly pictures: ReadonlyMap<string, Uint8Array>;
  readonly allowHandleMoves: boolean;
  readonly flaws: Flaws;
  readonly onEnd: (result: OperationResult) => void;
}

const POLICY = { allowed: { changes: 1_000_000, removals: 1_000_000 } };

/** Performs the commands of one run with the clock, disk and network of a process, without parsing arguments. */
export class Tool {
  readonly #process: Process;
  readonly #options: ToolOptions;

  constructor(process: Process, options: ToolOptions) {
    this.#process = process;
    this.#options = options;
  }

  /** Performs a command. If a request to Front failed, the result contains the error. */
  async run(command: Command): Promise<Outcome> {
    try {
      switch (command) {
        case "plan":
          return { plan: await this.#makePlan() };
        case "plan --out":
          return await this.#planAndSave();
        case "apply":
          return await this.#apply();
        case "apply FILE":
          return await this.#applySaved();
        case "undo":
          return await this.#undo();
      }
    } catch (error) {
      if (error instanceof FrontError) return { error };
      throw error;
    }
  }

  async #planAndSave(): Promise<Outcome> {
    const plan = await this.#makePlan();
    if (!hasBlockingErrors(plan.diagnostics)) this.#save(plan);
    return { plan };
  }

  /** Performs `apply --auto-approve`. */
  async #apply(): Promise<Outcome> {
    const readAt = this.#process.clock.monotonic();
    const plan = await this.#makePlan();
    if (hasBlockingErrors(plan.diagnostics)) return { plan, refusals: plan.diagnostics };
    this.#process.plannedOperations = plan.operations;
    return { plan, report: await this.#applyPlan(plan, readAt), operations: plan.operations };
  }

  /** Performs `apply FILE` with the current files. */
  async #applySaved(): Promise<Outcome> {
    const { disk, desired: files, clock } = this.#process;
    const { saved } = decodePlan(disk.read(PLAN_FILE), PLAN_FILE, { key: PLAN_KEY });
    if (saved === undefined) throw new Error("the plan file is not a saved plan");
    const { company } = saved.plan;
    // The base is not taken from the plan file, because the plan file is untrusted.
    const { base, ...current } = files;
    const desiredWithBase =
      saved.desired.base === undefined || base === undefined ? saved.desired : { ...saved.desired, base };
    const confirmed = compareWithConfiguration(desiredWithBase, current);
    const desired = { ...confirmed.desired, settings: { ...confirmed.desired.settings, company: company.id } };
    this.#process.plannedOperations = saved.plan.operations;
    this.#process.desired = desired;
    const readAt = clock.monotonic();
    const state = await this.#readState(desired, { allowHandleMoves: true, countConversations: false });
    const problems = checkSavedPlan({ saved, version: VERSION, companyId: state.company.id, now: clock.now() });
    if (hasBlockingErrors(problems)) return { plan: saved.plan, refusals: problems };
    const { plan: revalidated, refusals } = revalidatePlan({ plan: saved.plan, desired }, state);
    const plan = this.#options.flaws.revalidated?.(revalidated, saved.plan) ?? revalidated;
    this.#process.revalidatedOperations = plan.operations;
    const report = await this.#applyPlan(plan, readAt);
    const refusedDiagnostics = [...confirmed.refusals, ...refusals].map(({ diagnostic }) => diagnostic);
    return { plan, report, operations: plan.operations, refusals: refusedDiagnostics };
  }

  /** Performs `undo --auto-approve --allow-removals` of the run in `process.applied`. */
  async #undo(): Promise<Outcome> {
    const { applied, clock } = this.#process;
    if (applied === undefined) return {};
    const readAt = clock.monotonic();
    const { plan, desired } = await this.#planUndo(applied);
    if (hasBlockingErrors(plan.diagnostics)) return { plan, refusals: plan.diagnostics };
    this.#process.desired = desired;
    this.#process.plannedOperations = plan.operations;
    return { plan, report: await this.#applyPlan(plan, readAt), operations: plan.operations };
  }

  async #planUndo(applied: AppliedPlan): Promise<UndoPlan> {
    const { accounts = [] } = this.#process.desired;
    const protectedAccounts = accounts.filter(({ protect }) => protect !== undefined);
    const options = { settings: {}, allowRemovals: true, protectedAccounts };
    const desired = desiredToRead(changesOf(applied), options);
    const state = await this.#readState(desired, { allowHandleMoves: true });
    const cache = await openCache(DIRECTORY, this.#process.disk);
    const undoOptions: UndoOptions = {
      ...options,
      overwrite: [],
      replacedPictures: new Map(),
      pictureHashAt: (url) => cache.getHash(url),
      policy: POLICY,
    };
    return undoPlanOf(applied, state, this.#options.flaws.undo?.(undoOptions) ?? undoOptions);
  }

  async #makePlan(): Promise<Plan> {
    const { allowHandleMoves, flaws } = this.#options;
    const desired = this.#desired;
    const state = await this.#readState(desired, { allowHandleMoves });
    const plan = planChanges(desired, state, POLICY);
    return flaws.plan?.(plan, desired, state) ?? plan;
  }

  async #readState(
    desired: DesiredState,
    options: { readonly allowHandleMoves: boolean; readonly countConversations?: boolean },
  ): Promise<RemoteState> {
    const controller = new AbortController();
    try {
      const front = this.#connect({ readOnly: true, signal: controller.signal });
      const pictures = await openCache(DIRECTORY, this.#process.disk);
      const isSamePicture = this.#isSamePicture;
      const state = await readRemoteState(desired, front, { pictures, isSamePicture, ...options });
      await pictures.save();
      return state;
    } finally {
      // Without a reason, Node.js would create an error for each read.
      controller.abort("finished");
    }
  }

  #save(plan: Plan): void {
    const { disk, clock } = this.#process;
    try {
      createAtomicFile(PLAN_FILE, disk).finish(
        encodePlan(plan, this.#desired, { version: VERSION, now: clock.now(), key: PLAN_KEY }),
      );
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    }
  }

  /** Applies a plan. `readAt` is the monotonic time in milliseconds when the plan started to read Front. */
  async #applyPlan(plan: Plan, readAt: number): Promise<ApplyReport> {
    const { clock, disk } = this.#process;
    const front = this.#connect({ readOnly: false });
    const pictures = await openCache(DIRECTORY, disk);
    const revalidate = revalidationOf(plan, this.#desired, front, { pictures, isSamePicture: this.#isSamePicture });
    const report = await applyPlan(plan, front, {
      clock,
      readPicture: this.#readPicture,
      validatedAt: readAt,
      onEnd: this.#options.onEnd,
      revalidate: async (remaining) => {
        const revalidated = await revalidate(remaining);
        this.#process.revalidatedOperations = [...this.#process.revalidatedOperations, ...revalidated.operations];
        this.#process.existingIds = new Map([...this.#process.existingIds, ...revalidated.existingIds]);
        return revalidated;
      },
    });
    const cache = await openCache(DIRECTORY, disk);
    const applied = { ...plan, changes: appliedChanges(plan.changes, report) };
    const { id } = plan.company;
    cache.storeSyncedHashes(id, hashesAfterApply(applied, createdIds(report), cache.getSyncedHashes(id)));
    await cache.save();
    return report;
  }

  get #desired(): DesiredState {
    const { desired } = this.#process;
    return this.#options.flaws.desired?.(desired) ?? desired;
  }

  #connect({ readOnly, signal }: { readonly readOnly: boolean; readonly signal?: AbortSignal }): FrontApi {
    const { random, flaws } = this.#options;
    const { clock } = this.#process;
    const fetch = flaws.fetch?.(this.#options.fetch, this.#process) ?? this.#options.fetch;
    const front = connectFront({
      url: ORIGIN,
      token: TOKEN,
      clock,
      random: random.next,
      fetch,
      parallelism: 4,
      readOnly,
      ...(signal && { signal }),
    });
    return flaws.front?.(front, this.#process) ?? front;
  }

  readonly #readPicture = async ({ path }: Picture): Promise<Uint8Array> => {
    const bytes = this.#options.pictures.get(path);
    if (bytes === undefined) throw new Error(`the picture ${path} does not exist`);
    return bytes;
  };

  readonly #isSamePicture = async ({ sha256 }: Picture, remotePicture: Uint8Array): Promise<boolean> =>
    hashOf(remotePicture) === sha256;
}

const VERSION = "0.1.0";
