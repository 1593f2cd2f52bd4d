import { createLocalFront, type LocalFront } from "../../src/emulator/index.ts";
import type { AppliedPlan, DesiredState, OperationResult } from "../../src/internal.ts";
import { BEHAVIOR_LOGGING, BEHAVIOR_OVERRIDES } from "../support/emulator.ts";
import { appliedPlan } from "../support/undo.ts";
import type { AccountEntries } from "./account-entries.ts";
import type { Base } from "./base.ts";
import { type Company, type Effect, effectOf } from "./company.ts";
import { NO_FAULTS, type Schedule } from "./faults.ts";
import { Network } from "./network.ts";
import { type Command, Killed, Process } from "./process.ts";
import { desiredStateOf, type Entries, type ListEntries, PICTURE_FILES, type Scenario } from "./scenario.ts";
import { SeededRandom } from "./seeded-random.ts";
import { SimTime } from "./sim-time.ts";
import { type EditKind, performEdit } from "./teammate-edits.ts";
import { type Flaws, type Outcome, TOKEN, Tool } from "./tool.ts";

export interface Run {
  readonly process: Process;
  /** Undefined if the run was killed. */
  readonly outcome: Outcome | undefined;
  readonly reportedResults: readonly ReportedResult[];
  readonly startedAt: number;
  readonly endedAt: number;
  /** True if there were no faults, no edits by people and no other runs at the same time. */
  readonly isUndisturbed: boolean;
}

/** The result of an operation, with the time and the state of the company when the result was reported. */
export interface ReportedResult {
  readonly result: OperationResult;
  readonly at: number;
  readonly company: Company;
}

export interface Edit extends Effect {
  readonly kind: EditKind;
}

export interface Disturbances {
  readonly schedule?: Schedule;
  readonly editKinds?: readonly EditKind[];
  /** The probability of an edit before Front processes a request. */
  readonly editChance?: number;
}

export interface RunOptions {
  readonly lastStep?: number | undefined;
  readonly diskFullFrom?: number | undefined;
}

const MAXIMUM_RUN_MS = 2 * 3_600_000;
const REVISION = { revision: "HEAD~1", tree: `${"0".repeat(40)}:contacts` };
const START_TIME = Date.UTC(2026, 0, 1);

/**
 * Simulates a company, runs of the tool and edits by other people in one process and in simulated time. The same seed
 * and the same calls produce the same results.
 */
export class Simulation {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly time = new SimTime(START_TIME);
  readonly network: Network;
  readonly files = new Map<string, string>();
  readonly edits: Edit[] = [];
  readonly runs: Run[] = [];
  readonly front: LocalFront;
  /** The configuration of the next runs. */
  entries: Entries;
  accounts: AccountEntries;
  lists: ListEntries | undefined;
  base: Base | undefined;
  readonly #jitter: SeededRandom;
  readonly #editRandom: SeededRandom;
  readonly #flaws: Flaws;
  #editKinds: readonly EditKind[] = [];
  #editChance = 0;
  #runCount = 0;
  /** Cached, because most runs have the same entries as the previous run. */
  readonly #desired = new Map<string, DesiredState>();

  constructor(seed: number, scenario: Scenario, flaws: Flaws = {}) {
    this.seed = seed;
    this.scenario = withBehaviorOverrides(scenario);
    this.#flaws = flaws;
    this.entries = scenario.entries;
    this.accounts = scenario.accounts ?? {};
    this.lists = scenario.lists;
    // The keys "fates" (for edits) and "wire" (for the network) must not change, so that seeds produce the same results.
    this.#jitter = new SeededRandom(seed, "jitter");
    this.#editRandom = new SeededRandom(seed, "fates");
    this.front = createLocalFront({
      ...BEHAVIOR_LOGGING,
      ...this.scenario.options,
      seed: scenario.company,
      now: () => this.time.now(),
    });
    this.front.grant(TOKEN);
    const beforeProcessing = () => this.#maybeEdit();
    this.network = new Network(
      { front: this.front, time: this.time, random: new SeededRandom(seed, "wire"), beforeProcessing },
      NO_FAULTS,
    );
  }

  get company(): Company {
    return this.network.company();
  }

  disturb({ schedule = NO_FAULTS, editKinds = [], editChance = 0 }: Disturbances): void {
    this.network.schedule = schedule;
    this.#editKinds = editKinds;
    this.#editChance = editChance;
  }

  /** Ends all disturbances, waits for delayed requests and indexes, and makes the token valid again. */
  async endDisturbances(): Promise<void> {
    this.disturb({});
    await this.waitForIndexes();
    this.front.grant(TOKEN);
  }

  /** Waits until delayed requests are processed and every read shows the current state. */
  async waitForIndexes(): Promise<void> {
    await this.time.until(this.time.sleep(30_000, "waiting"), MAXIMUM_RUN_MS);
  }

  async run(command: Command, options: RunOptions = {}): Promise<Run> {
    return await this.time.until(this.#runOnce(command, options), MAXIMUM_RUN_MS);
  }

  /** Runs commands at the same time, like CI jobs that are not serialized. */
  async runSimultaneously(commands: readonly Command[]): Promise<readonly Run[]> {
    return await this.time.until(Promise.all(commands.map((command) => this.#runOnce(command, {}))), MAXIMUM_RUN_MS);
  }

  async #runOnce(command: Command, { lastStep, diskFullFrom }: RunOptions): Promise<Run> {
    const { time, files, network } = this;
    const desired = this.#currentDesiredState();
    this.#runCount += 1;
    const name = `run ${this.#runCount}`;
    const applied = command === "undo" ? this.#lastApplied() : undefined;
    const process = new Process({ name, command, time, files, desired, applied, lastStep, diskFullFrom });
    const reportedResults: ReportedResult[] = [];
    const from = { edits: this.edits.length, log: network.log.length, at: time.elapsed };
    const tool = new Tool(process, {
      fetch: network.fetchFor(process),
      random: this.#jitter,
      pictures: PICTURE_FILES,
      flaws: this.#flaws,
      allowHandleMoves: this.scenario.allowHandleMoves,
      onEnd: (result) => reportedResults.push({ result, at: time.elapsed, company: this.company }),
    });
    const outcome = await unlessKilled(process, tool.run(command));
    const sentRequests = network.log.slice(from.log);
    const others =
      this.runs.some(({ endedAt }) => endedAt > from.at) || sentRequests.some((request) => request.process !== process);
    const run: Run = {
      process,
      outcome,
      reportedResults,
      startedAt: from.at,
      endedAt: time.elapsed,
      isUndisturbed:
        !others && this.edits.length === from.edits && sentRequests.every(({ fault }) => fault === undefined),
    };
    this.runs.push(run);
    return run;
  }

  #currentDesiredState(): DesiredState {
    const { entries, accounts, lists } = this;
    const desired = this.#withoutBase({ entries, accounts, lists });
    if (this.base === undefined) return desired;
    const { overwrite, ...earlier } = this.base;
    const { customFields: _, settings: __, ...before } = this.#withoutBase({ accounts, lists, ...earlier });
    return { ...desired, base: { ...REVISION, overwrite, ...before } };
  }

  #withoutBase({ entries, lists, accounts }: Pick<this, "entries" | "lists" | "accounts">): DesiredState {
    const key = JSON.stringify([entries, lists, accounts]);
    const desired = this.#desired.get(key) ?? desiredStateOf(entries, lists, accounts);
    this.#desired.set(key, desired);
    return desired;
  }

  #lastApplied(): AppliedPlan | undefined {
    const outcome = this.runs.findLast(({ outcome: ended }) => ended?.report !== undefined)?.outcome;
    if (outcome?.plan === undefined || outcome.report === undefined) return undefined;
    return appliedPlan(outcome.plan, outcome.report);
  }

  async #maybeEdit(): Promise<void> {
    if (this.#editKinds.length === 0 || !this.#editRandom.chance(this.#editChance)) return;
    await this.makeEdit(this.#editRandom.pick(this.#editKinds));
  }

  async makeEdit(kind: EditKind): Promise<void> {
    const { front, time } = this;
    const before = this.company;
    const revision = front.revision;
    const declarations = {
      entries: Object.values(this.entries),
      accounts: Object.values(this.scenario.accounts ?? {}),
    };
    await performEdit(kind, { front, random: this.#editRandom, company: before, ...declarations });
    if (revision !== front.revision) this.edits.push({ kind, ...effectOf(before, this.company, time.elapsed) });
  }
}

/** Behavior that is the same in all simulations. `FIXED_BEHAVIOR` in scenario.ts explains why. */
const FIXED = { avatarRedirect: false, avatarHost: "own", storedAvatars: "as-sent" } as const;

/** Adds the behavior that is set for the whole test run. The behavior of the scenario takes precedence. */
function withBehaviorOverrides({ options, ...rest }: Scenario): Scenario {
  return { ...rest, options: { ...options, behavior: { ...BEHAVIOR_OVERRIDES, ...options.behavior, ...FIXED } } };
}

async function unlessKilled(process: Process, work: Promise<Outcome>): Promise<Outcome | undefined> {
  try {
    return await Promise.race([work, process.death]);
  } catch (error) {
    if (error instanceof Killed || !process.isAlive) return undefined;
    throw error;
  }
}
