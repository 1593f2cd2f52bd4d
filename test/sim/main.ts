import { parseArgs } from "node:util";
import { type History, simulateHistory } from "./history.ts";
import { eventLog } from "./invariants.ts";
import type { Simulation } from "./simulation.ts";

const HELP = `Simulates the tool with random faults and edits.

  npm run sim -- --seed 4711                     repeat one seed and print its events
  npm run soak                                   run a million seeds
  npm run soak -- --from 250001 --seeds 750000   continue from a seed
`;

const DEFAULT_SEEDS = 1_000_000;
/** Number of seeds between two progress lines. */
const PROGRESS_INTERVAL = 1000;

const { values } = parseArgs({
  options: { seed: { type: "string" }, seeds: { type: "string" }, from: { type: "string" }, help: { type: "boolean" } },
});

if (values.seed !== undefined) process.exitCode = await replay(Number(values.seed));
else if (values.help) process.stdout.write(HELP);
else process.exitCode = await soak(Number(values.from ?? 1), Number(values.seeds ?? DEFAULT_SEEDS));

async function replay(seed: number): Promise<number> {
  const { simulation, violations } = await simulateHistory(seed);
  process.stdout.write(`${describeEvents(simulation)}\n\n${describeViolations({ simulation, violations })}`);
  return violations.length === 0 ? 0 : 1;
}

async function soak(from: number, seeds: number): Promise<number> {
  const startedAt = performance.now();
  let failedCount = 0;
  let requests = 0;
  for (let seed = from; seed < from + seeds; seed += 1) {
    const history = await simulateHistory(seed);
    requests += history.simulation.network.log.length;
    if (history.violations.length > 0) {
      failedCount += 1;
      process.stdout.write(describeViolations(history));
    }
    const finishedCount = seed - from + 1;
    if (finishedCount % PROGRESS_INTERVAL === 0 || finishedCount === seeds) {
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      process.stdout.write(
        `up to seed ${seed}: ${finishedCount} seeds, ${requests} requests, ${failedCount} failed, ${seconds} s\n`,
      );
    }
  }
  return failedCount === 0 ? 0 : 1;
}

function describeViolations({ simulation, violations }: History): string {
  if (violations.length === 0) return `Seed ${simulation.seed}: all invariants hold.\n`;
  const lines = violations.map((violation) => `  ${violation}\n`);
  return `Seed ${simulation.seed} (npm run sim -- --seed ${simulation.seed}):\n${lines.join("")}`;
}

function describeEvents(simulation: Simulation): string {
  const { network, edits, runs, scenario } = simulation;
  const requests = network.log.map((request) => ({
    at: request.sentAt,
    text: [
      `${request.process.name} (${request.process.command})  ${request.method} ${request.path} ${request.body}`,
      `-> ${request.status ?? "no response"} at ${Math.round(request.respondedAt ?? 0)}`,
      ...(request.fault === undefined ? [] : [`[${request.fault}]`]),
      ...(request.effects.length === 0
        ? []
        : [`(changed data at ${request.effects.map(({ at }) => Math.round(at)).join(", ")})`]),
    ].join(" "),
  }));
  const editLines = edits.map(({ at, kind }) => ({ at, text: `someone ${kind}` }));
  const ends = runs.flatMap(({ process: { name }, outcome, endedAt }) => {
    const results = outcome?.report?.results.map((result) => `${result.operation.id}: ${result.status}`) ?? [];
    const error = outcome?.error === undefined ? [] : [outcome.error.message];
    return [
      { at: endedAt, text: `${name} ended\n${[...error, ...results].map((line) => `      ${line}`).join("\n")}` },
    ];
  });
  const lines = [...requests, ...editLines, ...ends].sort((one, other) => one.at - other.at);
  const scenarioJson = JSON.stringify(scenario, null, 2);
  return `${scenarioJson}\n\n${lines.map(({ at, text }) => `${Math.round(at)}  ${text}`).join("\n")}\n\n${eventLog(simulation).length} characters of log`;
}
