import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { CASES } from "./cases.ts";
import { COSTS, type Cost } from "./cpu.ts";
import { costGoals, type Goal, isMet, renderGoals, requestGoals } from "./goals.ts";
import { totalOf } from "./minimum-requests.ts";
import { measure, type Outcome, ratio } from "./requests.ts";
import { formatRatio, formatSeconds, renderTable } from "./table.ts";

const HELP = `npm run bench -- [CASE…] [--rounds N] [--json [FILE]] [--compare FILE] [--list]

Runs the built program against the emulator in another process. Without CASE, all cases run.
"requests" selects every case that counts requests, and "cpu" every case that measures CPU time and memory.
--rounds sets how often most CPU cases are repeated (default: 5). --compare also shows the results in FILE, which an
earlier run wrote with --json. --json writes the results as JSON to FILE (default: standard output). --list lists the
cases. Exits with 1 if a target is missed.
`;

interface BenchArgs {
  readonly names: readonly string[];
  readonly rounds: number;
  /** A path, or an empty string for standard output. */
  readonly json: string | undefined;
  /** The file that an earlier run wrote with `--json`. */
  readonly compare: string | undefined;
  readonly list: boolean;
}

function readArgs(args: readonly string[]): BenchArgs {
  const { values, positionals } = parseArgs({
    // As the last argument, --json has no file.
    args: args.at(-1) === "--json" ? [...args, ""] : [...args],
    options: {
      list: { type: "boolean" },
      help: { type: "boolean" },
      rounds: { type: "string" },
      json: { type: "string" },
      compare: { type: "string" },
    },
    allowPositionals: true,
  });
  const { list = false, help = false, rounds = "5", json, compare } = values;
  const allNames = [...Object.keys(CASES), ...Object.keys(COSTS)];
  const names = positionals.length === 0 ? allNames : positionals.flatMap(namesFor);
  return { names, rounds: Number(rounds), json, compare, list: list || help };
}

function namesFor(argument: string): string[] {
  if (argument === "requests") return Object.keys(CASES);
  if (argument === "cpu") return Object.keys(COSTS);
  if (argument in CASES || argument in COSTS) return [argument];
  throw new Error(`Unknown case "${argument}". Run 'npm run bench -- --list' to list the cases.`);
}

function renderHelp(): string {
  const requests = Object.entries(CASES).map(([name, { about, size }]) => [name, about(size)]);
  const costs = Object.entries(COSTS).map(([name, { about }]) => [name, about]);
  return `${HELP}\n${[...requests, ...costs].map(([name = "", about]) => `  ${name.padEnd(22)}${about}`).join("\n")}\n`;
}

function renderRequests(outcomes: readonly Outcome[]): string {
  const countHeadings = [
    "case",
    "plan",
    "apply",
    "verification",
    "made",
    "minimum",
    "ratio",
    "reported",
    "second plan",
  ];
  const measureHeadings = ["plain", "wall", "memory", "limited", "available rate used", "429s"];
  return renderTable(
    [...countHeadings, ...measureHeadings],
    outcomes.map((outcome) => [...countCells(outcome), ...measureCells(outcome)]),
  );
}

function countCells(outcome: Outcome): string[] {
  const { made, minimum, reported, secondPlan } = outcome;
  const cell = (phase: keyof typeof made) => `${made[phase]}/${minimum[phase]}`;
  return [
    ...[
      outcome.case,
      cell("plan"),
      cell("apply"),
      cell("verification"),
      String(totalOf(made)),
      String(totalOf(minimum)),
    ],
    ...[formatRatio(ratio(outcome)), reported === undefined ? "-" : reported.join(", "), String(secondPlan)],
  ];
}

function measureCells({ plain, wall, memory, limited }: Outcome): string[] {
  const { availableRateUsed, duration, rejected } = limited;
  return [
    ...[String(plain.requests), formatSeconds(wall), `${Math.round(memory)} MB`, formatSeconds(duration)],
    ...[availableRateUsed === undefined ? "-" : `${Math.round(availableRateUsed * 100)}%`, String(rejected)],
  ];
}

interface CaseCost extends Cost {
  readonly case: string;
}

function renderCosts(costs: readonly CaseCost[]): string {
  return renderTable(
    ["case", "program", "cpu", "wall", "memory", "cpu ratio", "wall ratio"],
    costs.map(({ case: caseName, program, best, against }) => [
      ...[caseName, program, formatSeconds(best.cpu), formatSeconds(best.wall), `${Math.round(best.memory)} MB`],
      ...(against === undefined ? ["", ""] : [formatRatio(against.cpu), formatRatio(against.wall)]),
    ]),
  );
}

function readGoals(file: string): readonly Goal[] {
  const { goals } = JSON.parse(readFileSync(file, "utf8"));
  if (!Array.isArray(goals))
    throw new Error(`${file} contains no results. Specify a file that 'npm run bench -- --json FILE' wrote.`);
  return goals;
}

interface Results {
  readonly requests: readonly Outcome[];
  readonly costs: readonly CaseCost[];
  readonly goals: readonly Goal[];
}

async function measureAll({ names, rounds }: BenchArgs): Promise<Results> {
  const log = (text: string) => void process.stderr.write(`${text}\n`);
  const requests: Outcome[] = [];
  const costs: CaseCost[] = [];
  for (const name of names) {
    log(name);
    const cost = COSTS[name];
    if (cost === undefined) requests.push(await measure(name, (text) => log(`  ${text}`)));
    else costs.push(...(await cost.measure(rounds)).map((result) => ({ case: name, ...result })));
  }
  const goals = [...requests.flatMap(requestGoals), ...costs.flatMap((cost) => costGoals(cost.case, cost))];
  return { requests, costs, goals };
}

function renderReport({ requests, costs, goals }: Results, earlier: readonly Goal[] | undefined): string {
  return [
    ...(requests.length > 0 ? [renderRequests(requests)] : []),
    ...(costs.length > 0 ? [renderCosts(costs)] : []),
    renderGoals(goals, earlier),
  ]
    .map((part) => `\n${part}`)
    .join("");
}

async function main(args: BenchArgs): Promise<void> {
  const earlier = args.compare === undefined ? undefined : readGoals(args.compare);
  const results = await measureAll(args);
  const report = args.json === "" ? process.stderr : process.stdout;
  report.write(renderReport(results, earlier));
  if (!results.goals.every(isMet)) process.exitCode = 1;
  if (args.json === undefined) return;
  const json = `${JSON.stringify({ node: process.version, cores: cpus().length, ...results }, null, 2)}\n`;
  if (args.json === "") process.stdout.write(json);
  else writeFileSync(args.json, json);
}

try {
  const args = readArgs(process.argv.slice(2));
  if (args.list) process.stdout.write(renderHelp());
  else await main(args);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
