import { expect, type test } from "@jest/globals";
import { hasBlockingErrors } from "../../src/model/diagnostic.ts";
import { SCALE } from "../scale.ts";
import { usePlainRequests } from "../support/plain-request.ts";
import { applyBase, drawBase } from "./base.ts";
import { unappliedDifferences } from "./edits-since-base.ts";
import { type FaultKind, permanentFault } from "./faults.ts";
import { violationsIn } from "./invariants.ts";
import type { Command } from "./process.ts";
import { drawScenario, type Scenario } from "./scenario.ts";
import { SeededRandom } from "./seeded-random.ts";
import { type RunOptions, Simulation } from "./simulation.ts";

/** A scenario, and a series of commands that make Front match the configuration. */
interface CommandSeries {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly commands: readonly Command[];
  /** Number of steps of each command in an undisturbed run. */
  readonly steps: readonly number[];
  readonly diskSteps: readonly number[];
  readonly requests: readonly number[];
}

/** The number of failures that were tried, and the violations of invariants, each with the steps to reproduce it. */
interface Results {
  failureCount: number;
  readonly violations: string[];
}

/** Returns a scenario without a rate limit, because with one, repeated runs of a series differ. */
function withoutRateLimit({ options, ...rest }: Scenario): Scenario {
  return { ...rest, options: { ...options, rate: Number.POSITIVE_INFINITY } };
}

/** Number of double kills per series. */
const DOUBLE_KILLS = 4;
/** Minimum number of failures per series, on average. */
const MIN_FAILURES = 14;

/**
 * Makes runs of `count` series of these commands fail, and registers tests of the results. `register` is the `test`
 * function of the test file, because all test files of a process share this module.
 */
export async function testCrashes(register: typeof test, commands: readonly Command[], count: number): Promise<void> {
  using _plain = usePlainRequests(true);
  const allSeries = await drawSeries(commands, count);
  const failingSeries = allSeries.slice(0, SCALE.crashes.failing);
  const { points } = SCALE.crashes;
  const cases: [title: string, results: Results, minimum: number][] = [
    [
      "the next run completes the work of a run that was killed at any step",
      await collectResults(allSeries, crashEverywhere),
      points,
    ],
    [
      "the next run completes the work of a run that was killed again during recovery",
      await collectResults(allSeries, crashTwice),
      DOUBLE_KILLS * count,
    ],
    [
      "if requests or disk writes fail permanently, a run ends with an accurate report and the next run completes the work",
      await collectResults(failingSeries, failPermanently),
      MIN_FAILURES * failingSeries.length,
    ],
  ];
  register.each(cases)("%s", (_, { violations, failureCount }, minimum) => {
    expect(violations.slice(0, 10)).toEqual([]);
    expect(failureCount).toBeGreaterThanOrEqual(minimum);
  });
}

/** Returns `count` command series, each of which applies at least one operation. */
async function drawSeries(commands: readonly Command[], count: number): Promise<CommandSeries[]> {
  const allSeries: CommandSeries[] = [];
  for (let seed = 1; allSeries.length < count; seed += 1) {
    const series = await runUndisturbed(seed, commands);
    if (series !== undefined) allSeries.push(series);
  }
  return allSeries;
}

async function collectResults(
  allSeries: readonly CommandSeries[],
  perform: (series: CommandSeries, results: Results) => Promise<void>,
): Promise<Results> {
  const results: Results = { failureCount: 0, violations: [] };
  for (const series of allSeries) await perform(series, results);
  return results;
}

/** Starts a simulation. Some simulations first apply an earlier configuration, which is the base of later runs. */
async function startSimulation(seed: number, scenario: Scenario): Promise<Simulation> {
  const simulation = new Simulation(seed, scenario);
  const base = drawBase(seed, scenario, 0.3);
  if (base !== undefined) await applyBase(base, simulation);
  return simulation;
}

/**
 * Runs commands without failures, and returns their series. Returns undefined if the plan has errors, if there was nothing
 * to apply, or if an operation was not applied.
 */
async function runUndisturbed(seed: number, commands: readonly Command[]): Promise<CommandSeries | undefined> {
  const scenario = withoutRateLimit(drawScenario(seed));
  const simulation = await startSimulation(seed, scenario);
  for (const command of commands) {
    const { outcome } = await simulation.run(command);
    if (hasBlockingErrors(outcome?.plan?.diagnostics ?? [])) return undefined;
  }
  const [last] = simulation.runs.slice(-1);
  const applied = last?.outcome?.report?.results ?? [];
  if (applied.length === 0 || applied.some(({ status }) => status !== "applied")) return undefined;
  const processes = simulation.runs.slice(-commands.length).map(({ process }) => process);
  return {
    seed,
    scenario,
    commands,
    steps: processes.map(({ steps }) => steps.length),
    diskSteps: processes.map(({ steps }) => steps.filter((step) => step.startsWith("disk before")).length),
    requests: processes.map(({ requests }) => requests),
  };
}

/** Kills each command at each of its steps, in a separate simulation for each step, and then repeats the commands. */
async function crashEverywhere(series: CommandSeries, results: Results): Promise<void> {
  for (const [index, steps] of series.steps.entries()) {
    for (let lastStep = 0; lastStep < steps; lastStep += 1) {
      await recover(series, results, { index, name: `killed at step ${lastStep}`, options: [{ lastStep }] });
    }
  }
}

/** Kills a command, and kills the next run of the command during recovery. */
async function crashTwice(series: CommandSeries, results: Results): Promise<void> {
  const random = new SeededRandom(series.seed, "pairs");
  for (let time = 0; time < DOUBLE_KILLS; time += 1) {
    const index = random.between(0, series.steps.length - 1);
    const pair = [0, 1].map(() => ({ lastStep: random.between(0, (series.steps[index] ?? 1) - 1) }));
    const name = `killed at step ${pair.map(({ lastStep }) => lastStep).join(", then at step ")}`;
    await recover(series, results, { index, name, options: pair });
  }
}

/**
 * Makes all disk steps or requests fail, starting at each of them in turn. The run must end with an accurate report.
 */
async function failPermanently(series: CommandSeries, results: Results): Promise<void> {
  const random = new SeededRandom(series.seed, "for good");
  for (const [index, steps] of series.diskSteps.entries()) {
    for (let diskFullFrom = 1; diskFullFrom <= steps; diskFullFrom += 1) {
      await recover(series, results, {
        index,
        name: `disk full from disk step ${diskFullFrom} on`,
        options: [{ diskFullFrom }],
      });
    }
  }
  const kinds = ["reset-before", "reset-after", "5xx-before", "5xx-after", "429-for-long", "html"] as const;
  for (const [index, requests] of series.requests.entries()) {
    for (let from = 1; from <= requests; from += 1) {
      const kind: FaultKind = random.pick(kinds);
      await recover(series, results, {
        index,
        name: `${kind} from request ${from} on`,
        options: [{}],
        fault: { from, kind },
      });
    }
  }
}

interface Failure {
  /** The index of the command that fails. */
  readonly index: number;
  readonly name: string;
  readonly options: readonly RunOptions[];
  readonly fault?: { readonly from: number; readonly kind: FaultKind };
}

/**
 * Runs the failing command, and then repeats it and the later commands without failures. After that, another apply must
 * not write anything.
 */
async function recover(
  series: CommandSeries,
  results: Results,
  { index, name, options, fault }: Failure,
): Promise<void> {
  results.failureCount += 1;
  const { seed, scenario, commands } = series;
  const simulation = await startSimulation(seed, scenario);
  for (const command of commands.slice(0, index)) await simulation.run(command);
  if (fault !== undefined) simulation.disturb({ schedule: permanentFault(fault.from, fault.kind) });
  for (const option of options) await simulation.run(commands[index] ?? "apply", option);
  await simulation.endDisturbances();
  for (const command of commands.slice(index)) await simulation.run(command);
  const logLength = simulation.network.log.length;
  await simulation.endDisturbances();
  const { outcome } = await simulation.run("apply");
  const writes = simulation.network.log.slice(logLength).filter(({ method }) => method !== "GET");
  const violations = [
    ...violationsIn(simulation),
    ...writes.map(({ method, path }) => `convergence: the last apply sent ${method} ${path}`),
    ...(outcome?.plan?.operations.length === 0 ? [] : ["convergence: the plan of the last apply is not empty"]),
    ...unappliedDifferences(simulation),
    ...excessiveRequests(series, simulation, index),
  ];
  results.violations.push(
    ...violations.map(
      (violation) => `seed ${seed}, ${commands.join(" and ")}, ${commands[index]} ${name}: ${violation}`,
    ),
  );
}

/** Returns a violation if the recovery sent too many requests compared with undisturbed runs. */
function excessiveRequests({ requests, commands }: CommandSeries, simulation: Simulation, index: number): string[] {
  const recovery = simulation.runs.slice(-1 - commands.slice(index).length, -1);
  const requestCount = recovery.reduce((sum, { process }) => sum + process.requests, 0);
  const expectedCount = requests.slice(index).reduce((sum, count) => sum + count, 0);
  return requestCount <= expectedCount + EXTRA_RECOVERY_REQUESTS
    ? []
    : [`requestCountIsLimited: recovery took ${requestCount} requests instead of ${expectedCount}`];
}

const EXTRA_RECOVERY_REQUESTS = 4;
