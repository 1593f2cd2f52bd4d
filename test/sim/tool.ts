import {
  type AppliedPlan,
  type ApplyReport,
  applyPlan,
  changesOf,
  checkSavedPlan,
  compareWithConfiguration,
  connectFront,
  createAtomicFile,
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

/** The result of a run, as the command line reports it. */
export interface Outcome {
  readonly plan?: Plan | undefined;
  /** The reasons why the plan, or a part of it, was not applied. */
  readonly refusals?: readonly Diagnostic[];
  readonly report?: ApplyReport | undefined;
  /** The operations to apply. */
  readonly operations?: readonly Operation[];
  readonly error?: FrontError | undefined;
  /** True if the disk had no space for the plan. */
  readonly unsaved?: true;
}

/** Defects that the simulation must detect. Each function replaces a part of the correct tool. */
export interface Flaws {
  readonly desired?: (desired: DesiredState) => DesiredState;
  readonly fetch?: (fetch: Fetch, process: Process) => Fetch;
  readonly front?: (front: FrontApi, process: Process) => FrontApi;
  readonly state?: (state: RemoteState, front: FrontApi) => Promise<RemoteState>;
  readonly plan?: (plan: Plan, desired: DesiredState, state: RemoteState) => Plan;
  readonly undo?: (options: UndoOptions) => UndoOptions;
}

type UndoOptions = Parameters<typeof undoPlanOf>[2];

export interface ToolOptions {
  readonly fetch: Fetch;
  readonly random: SeededRandom;
  readonly pictures: ReadonlyMap<string, Uint8Array>;
  readonly allowHandleMoves?: boolean;
  readonly flaws?: Flaws;
  readonly parallelism?: number;
  readonly onEnd?: (result: OperationResult) => void;
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

  run(command: Command): Promise<Outcome> {
    switch (command) {
      case "plan":
        return this.plan();
      case "plan --out":
        return this.plan({ save: true });
      case "apply":
        return this.apply();
      case "apply FILE":
        return this.applySaved();
      case "undo":
        return this.undo();
    }
  }

  /** Performs `plan`, or `plan --out` if `save` is true. */
  plan({ save = false } = {}): Promise<Outcome> {
    return catchingErrors(async () => {
      const plan = await this.#makePlan();
      if (save && !hasBlockingErrors(plan.diagnostics) && !this.#save(plan)) return { plan, unsaved: true };
      return { plan };
    });
  }

  /** Performs `apply --auto-approve`. */
  apply(): Promise<Outcome> {
    return catchingErrors(async () => {
      const readAt = this.#process.clock.monotonic();
      const plan = await this.#makePlan();
      if (hasBlockingErrors(plan.diagnostics)) return { plan, refusals: plan.diagnostics };
      this.#process.plannedOperations = plan.operations;
      const report = await this.#applyOperations(plan, plan.operations, { readAt });
      return { plan, report, operations: plan.operations };
    });
  }

  /** Performs `apply FILE` with the current files. */
  applySaved(): Promise<Outcome> {
    return catchingErrors(async () => {
      const { disk, desired: files, clock } = this.#process;
      const { saved } = decodePlan(disk.read(PLAN_FILE), PLAN_FILE, { key: PLAN_KEY });
      if (saved === undefined) throw new Error("the plan file is not a saved plan");
      const { company } = saved.plan;
      // The base is not taken from the plan file, because anyone may have written that file.
      const { base, ...current } = files;
      const desiredWithBase =
        saved.desired.base === undefined || base === undefined ? saved.desired : { ...saved.desired, base };
      const confirmed = compareWithConfiguration(desiredWithBase, current);
      const desired = { ...confirmed.desired, settings: { ...confirmed.desired.settings, company: company.id } };
      this.#process.plannedOperations = saved.plan.operations;
      this.#process.desired = desired;
      const readAt = clock.monotonic();
      const state = await this.#rereadState(desired);
      const problems = checkSavedPlan({ saved, version: VERSION, companyId: state.company.id, now: clock.now() });
      if (hasBlockingErrors(problems)) return { plan: saved.plan, refusals: problems };
      const { plan, refusals } = revalidatePlan({ plan: saved.plan, desired }, state);
      this.#process.revalidatedOperations = plan.operations;
      const report = await this.#applyOperations(plan, plan.operations, { readAt });
      const refusedDiagnostics = [...confirmed.refusals, ...refusals].map(({ diagnostic }) => diagnostic);
      return { plan, report, operations: plan.operations, refusals: refusedDiagnostics };
    });
  }

  /** Performs `undo --auto-approve --allow-removals` of the run in `process.applied`. */
  undo(): Promise<Outcome> {
    return catchingErrors(async () => {
      const { applied, clock } = this.#process;
      if (applied === undefined) return {};
      const readAt = clock.monotonic();
      const { plan, desired } = await this.#planUndo(applied);
      if (hasBlockingErrors(plan.diagnostics)) return { plan, refusals: plan.diagnostics };
      this.#process.desired = desired;
      this.#process.plannedOperations = plan.operations;
      const report = await this.#applyOperations(plan, plan.operations, { readAt });
      return { plan, report, operations: plan.operations };
    });
  }

  async #planUndo(applied: AppliedPlan): Promise<UndoPlan> {
    const controller = new AbortController();
    try {
      const front = this.#connect({ readOnly: true, signal: controller.signal });
      const cache = await openCache(DIRECTORY, this.#process.disk);
      const { accounts = [] } = this.#process.desired;
      const protectedAccounts = accounts.filter(({ protect }) => protect !== undefined);
      const options = { settings: {}, allowRemovals: true, protectedAccounts };
      const state = await readRemoteState(desiredToRead(changesOf(applied), options), front, {
        ...{ pictures: cache, isSamePicture: this.#isSamePicture, allowHandleMoves: true },
      });
      await cache.save();
      const pictureHashAt = (url: string) => cache.getHash(url);
      const undoOptions: UndoOptions = {
        ...options,
        overwrite: [],
        replacedPictures: new Map(),
        pictureHashAt,
        policy: POLICY,
      };
      return undoPlanOf(applied, state, this.#options.flaws?.undo?.(undoOptions) ?? undoOptions);
    } finally {
      controller.abort();
    }
  }

  async #rereadState(desired: DesiredState): Promise<RemoteState> {
    const controller = new AbortController();
    try {
      const front = this.#connect({ readOnly: true, signal: controller.signal });
      const pictures = await openCache(DIRECTORY, this.#process.disk);
      const { flaws = {} } = this.#options;
      const options = {
        pictures,
        isSamePicture: this.#isSamePicture,
        allowHandleMoves: true,
        countConversations: false,
      };
      const state = await readRemoteState(desired, front, options);
      await pictures.save();
      return flaws.state === undefined ? state : await flaws.state(state, front);
    } finally {
      controller.abort();
    }
  }

  async #makePlan(): Promise<Plan> {
    const controller = new AbortController();
    try {
      return await this.#readAndPlan(this.#connect({ readOnly: true, signal: controller.signal }));
    } finally {
      controller.abort();
    }
  }

  async #readAndPlan(front: FrontApi): Promise<Plan> {
    const { allowHandleMoves = false, flaws = {} } = this.#options;
    const { disk } = this.#process;
    const desired = this.#desired;
    const cache = await openCache(DIRECTORY, disk);
    const isSamePicture = this.#isSamePicture;
    const read = await readRemoteState(desired, front, { pictures: cache, isSamePicture, allowHandleMoves });
    const state = flaws.state === undefined ? read : await flaws.state(read, front);
    await cache.save();
    const plan = planChanges(desired, state, POLICY);
    return flaws.plan === undefined ? plan : flaws.plan(plan, desired, state);
  }

  /** Saves a plan. Returns false if the disk is full. */
  #save(plan: Plan): boolean {
    const { disk, clock } = this.#process;
    try {
      createAtomicFile(PLAN_FILE, disk).finish(
        encodePlan(plan, this.#desired, { version: VERSION, now: clock.now(), key: PLAN_KEY }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOSPC") return false;
      throw error;
    }
  }

  async #applyOperations(plan: Plan, operations: readonly Operation[], { readAt }: { readonly readAt: number }) {
    const { onEnd } = this.#options;
    const { clock, disk } = this.#process;
    const desired = this.#desired;
    const front = this.#connect({ readOnly: false });
    const isSamePicture = this.#isSamePicture;
    const revalidate = revalidationOf(plan, desired, front, {
      pictures: await openCache(DIRECTORY, disk),
      isSamePicture,
    });
    const report = await applyPlan({ operations }, front, {
      ...{ clock, readPicture: this.#readPicture, validatedAt: readAt },
      revalidate: async (remaining) => {
        const revalidated = await revalidate(remaining);
        this.#process.revalidatedOperations = [...this.#process.revalidatedOperations, ...revalidated.operations];
        this.#process.existingIds = [...this.#process.existingIds, ...revalidated.existingIds.values()];
        return revalidated;
      },
      ...(onEnd === undefined ? {} : { onEnd }),
    });
    const cache = await openCache(DIRECTORY, disk);
    const refusedAddresses = new Set(report.refusals?.map(({ address }) => address));
    const changes = plan.changes.filter(({ address }) => !refusedAddresses.has(address));
    cache.storeSyncedHashes(plan.company.id, hashesAfterApply(changes, report.results));
    await cache.save();
    return report;
  }

  get #desired(): DesiredState {
    const { desired } = this.#process;
    return this.#options.flaws?.desired?.(desired) ?? desired;
  }

  #connect({ readOnly, signal }: { readonly readOnly: boolean; readonly signal?: AbortSignal }): FrontApi {
    const { random, flaws = {}, parallelism = 4 } = this.#options;
    const { clock } = this.#process;
    const fetch = flaws.fetch?.(this.#options.fetch, this.#process) ?? this.#options.fetch;
    const options = { url: ORIGIN, token: TOKEN, clock, random: random.next, fetch, parallelism, readOnly };
    const front = connectFront(signal === undefined ? options : { ...options, signal });
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

async function catchingErrors(run: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof FrontError) return { error };
    throw error;
  }
}
