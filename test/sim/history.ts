import { hasBlockingErrors } from "../../src/internal.ts";
import { usePlainRequests } from "../support/plain-request.ts";
import { hasAccountConflicts, resolveAccountConflicts } from "./account-conflicts.ts";
import { ACCOUNT_EDITS } from "./account-edits.ts";
import { applyBase, drawBase } from "./base.ts";
import { handleText, sharedContacts } from "./company.ts";
import { unappliedDifferences } from "./edits-since-base.ts";
import { oneFault, randomFaults } from "./faults.ts";
import { violationsIn } from "./invariants.ts";
import { drawScenario, type Entries, LISTS } from "./scenario.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type Run, Simulation } from "./simulation.ts";
import { EDITS_BETWEEN_RUNS, EDITS_DURING_RUNS, type EditKind, VALUE_EDITS } from "./teammate-edits.ts";
import type { Flaws } from "./tool.ts";

export interface History {
  readonly simulation: Simulation;
  readonly violations: readonly string[];
}

/** Seeds that are multiples of this number use the real classes instead of those in plain-request.ts. */
const REAL_REQUEST_INTERVAL = 16;

/** Simulates runs with faults and edits, and then runs without them. */
export async function simulateHistory(seed: number, flaws: Flaws = {}): Promise<History> {
  using _plain = usePlainRequests(seed % REAL_REQUEST_INTERVAL !== 0);
  const scenario = drawScenario(seed);
  const simulation = new Simulation(seed, scenario, flaws);
  const base = drawBase(seed, scenario);
  const disturbedRuns = new DisturbedRuns(simulation);
  try {
    if (base !== undefined) await applyBase(base, simulation);
    await disturbedRuns.run();
    const convergenceProblems = await converge(simulation);
    return {
      simulation,
      violations: [...violationsIn(simulation), ...convergenceProblems, ...(await unappliedAfterBase(simulation))],
    };
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { simulation, violations: [`everyRunEnds: ${message}`, ...violationsIn(simulation)] };
  }
}

class DisturbedRuns {
  readonly #simulation: Simulation;
  readonly #random: SeededRandom;
  readonly #undoRandom: SeededRandom;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#undoRandom = new SeededRandom(simulation.seed, "undo");
    this.#random = new SeededRandom(simulation.seed, "story");
  }

  async run(): Promise<void> {
    const random = this.#random;
    const commonKinds = random.chance(0.5) ? random.some(EDITS_DURING_RUNS, 0.3) : [];
    const editKinds = [
      ...commonKinds,
      ...(new SeededRandom(this.#simulation.seed, "lists").chance(0.1) ? ["deletes a list" as const] : []),
      ...this.#accountEditKinds(),
    ];
    const editChance = random.pick([0.05, 0.1, 0.3]);
    const kind = random.pick(["random", "random", "random", "random", "one", "one", "none"] as const);
    const schedule = kind === "none" ? {} : { schedule: kind === "random" ? randomFaults(random) : oneFault(random) };
    const rounds = random.chance(0.3) ? 2 : 1;
    for (let round = 0; round < rounds; round += 1) {
      this.#simulation.disturb({ ...schedule, editKinds, editChance });
      await this.#round();
      await this.#undo();
      if (random.chance(0.2)) this.#simulation.entries = editEntries(this.#simulation.entries, random);
    }
  }

  #accountEditKinds(): readonly EditKind[] {
    const { seed, scenario } = this.#simulation;
    const random = new SeededRandom(seed, "acts on accounts");
    const isAboutAccounts = Object.keys(scenario.accounts ?? {}).length > 0;
    return isAboutAccounts && random.chance(0.6) ? random.some(ACCOUNT_EDITS) : [];
  }

  async #undo(): Promise<void> {
    if (!this.#undoRandom.chance(0.3)) return;
    await this.#editBefore("undo", 3, VALUE_EDITS);
    await this.#simulation.run("undo");
  }

  async #editBefore(command: "apply" | "undo", maximum: number, kinds: readonly EditKind[]): Promise<void> {
    const random = new SeededRandom(this.#simulation.seed, `edits before the ${command}`);
    if (random.chance(0.5)) return;
    for (let edits = random.between(1, maximum); edits > 0; edits -= 1)
      await this.#simulation.makeEdit(random.pick(kinds));
    await this.#simulation.waitForIndexes();
  }

  async #round(): Promise<void> {
    const simulation = this.#simulation;
    switch (this.#random.pick(["apply", "apply", "apply", "apply FILE", "apply FILE", "both"] as const)) {
      case "apply":
        await simulation.run("apply");
        return;
      case "apply FILE": {
        const { outcome } = await simulation.run("plan --out");
        if (outcome?.plan === undefined || hasBlockingErrors(outcome.plan.diagnostics)) return;
        await this.#editBefore("apply", 4, [...EDITS_BETWEEN_RUNS, "merges contacts", ...ACCOUNT_EDITS]);
        if (new SeededRandom(simulation.seed, "picture").chance(0.1)) await simulation.makeEdit("uploads a picture");
        await simulation.run("apply FILE");
        return;
      }
      case "both":
        await simulation.runSimultaneously(["apply", "apply"]);
    }
  }
}

/** Returns the entries with typical edits: some have another name and custom field, and some are removed. */
function editEntries(entries: Entries, random: SeededRandom): Entries {
  const remaining = Object.entries(entries).filter((_, index) => index === 0 || random.chance(0.9));
  return Object.fromEntries(
    remaining.map(([key, entry]) =>
      entry.ensure === "absent" || random.chance(0.5)
        ? [key, entry]
        : [key, { ...entry, name: random.pick(["Zoe", "Ada"]), custom_fields: { "Job Title": "Boss" } }],
    ),
  );
}

/**
 * Applies until the plan is empty, and resolves conflicts once. Returns a violation if the plan of the third
 * undisturbed run is not empty, or if an apply is refused without a conflict or after conflicts were resolved.
 */
export async function converge(simulation: Simulation): Promise<string[]> {
  const problems: string[] = [];
  let remainingOperations: readonly string[] | undefined;
  let areConflictsResolved = false;
  for (let undisturbedRun = 1; undisturbedRun <= 3 && remainingOperations?.length !== 0; undisturbedRun += 1) {
    await simulation.endDisturbances();
    const { outcome } = await simulation.run("apply");
    remainingOperations = outcome?.plan?.operations.map(({ id }) => id);
    if (outcome?.refusals === undefined && outcome?.error === undefined) continue;
    remainingOperations = [messagesOf(outcome)];
    if (areConflictsResolved) break;
    if (!hasConflicts(simulation)) problems.push(`convergence: refused without a conflict: ${messagesOf(outcome)}`);
    await resolveConflicts(simulation);
    areConflictsResolved = true;
    undisturbedRun = 0;
  }
  if (remainingOperations?.length !== 0)
    problems.push(`convergence: operations after two undisturbed runs: ${remainingOperations?.join(", ")}`);
  return problems;
}

/**
 * Returns the changes that runs with a base should have made, and the operations of a plan whose base is the current
 * configuration.
 */
async function unappliedAfterBase(simulation: Simulation): Promise<string[]> {
  if (simulation.base === undefined) return [];
  const unapplied = unappliedDifferences(simulation);
  simulation.base = { entries: simulation.entries, overwrite: false };
  const { outcome } = await simulation.run("plan");
  const remaining = outcome?.plan?.operations.map(({ id }) => `newBasePlansNothing: ${id} remains`) ?? [];
  return [...unapplied, ...remaining];
}

function messagesOf(outcome: Run["outcome"]): string {
  const summaries = outcome?.plan?.diagnostics.map(({ summary }) => summary) ?? [];
  return [...summaries, ...(outcome?.error === undefined ? [] : [outcome.error.message])].join("; ");
}

function missingLists({ company, entries }: Simulation): string[] {
  const names = new Set(company.lists.values());
  return LISTS.filter((name) => !names.has(name) && Object.values(entries).some(({ lists }) => lists?.includes(name)));
}

/** Returns the IDs of lists with a declared name that are only in workspaces other than the declared one. */
function listsElsewhere({ front, lists: declared = {} }: Simulation): string[] {
  const { lists = [] } = front.snapshot();
  return Object.entries(declared).flatMap(([name, { team }]) => {
    const named = lists.flatMap((list) => (typeof list === "object" && list.name === name ? [list] : []));
    if (team === undefined || named.some((list) => list.team === team)) return [];
    return named.flatMap(({ id }) => id ?? []);
  });
}

/** Returns whether the tool refuses to apply the entries until a person changes data in Front. */
function hasConflicts(simulation: Simulation): boolean {
  const { company, entries } = simulation;
  const declaredHandles = Object.values(entries).map(({ handles }) => handles.map(handleText));
  const matches = declaredHandles.map((handles) =>
    sharedContacts(company).filter((contact) => handles.some((handle) => contact.handles.has(handle))),
  );
  const matchedContacts = matches.flat();
  const lists = [...company.lists.values()];
  const hasDuplicateList = new Set(lists).size < lists.length;
  return (
    hasDuplicateList ||
    hasAccountConflicts(simulation) ||
    missingLists(simulation).length > 0 ||
    listsElsewhere(simulation).length > 0 ||
    matches.some((contacts) => contacts.length > 1) ||
    new Set(matchedContacts).size < matchedContacts.length
  );
}

/**
 * Creates missing lists, and deletes duplicate lists and lists in another workspace. Deletes matching contacts, so that
 * the tool creates them again.
 */
async function resolveConflicts(simulation: Simulation): Promise<void> {
  const { company, entries, front } = simulation;
  for (const name of missingLists(simulation)) await front.asTeammate("POST", "/contact_lists", { name });
  const declaredHandles = new Set(Object.values(entries).flatMap(({ handles }) => handles.map(handleText)));
  for (const { id, handles } of sharedContacts(company)) {
    if ([...handles].some((handle) => declaredHandles.has(handle))) await front.asTeammate("DELETE", `/contacts/${id}`);
  }
  for (const id of listsElsewhere(simulation)) await front.asTeammate("DELETE", `/contact_lists/${id}`);
  const listNames = new Set<string>();
  for (const [id, name] of company.lists) {
    if (listNames.has(name)) await front.asTeammate("DELETE", `/contact_lists/${id}`);
    listNames.add(name);
  }
  if (hasAccountConflicts(simulation)) await resolveAccountConflicts(simulation);
}
