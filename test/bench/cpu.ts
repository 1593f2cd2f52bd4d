import { fileURLToPath } from "node:url";
import { companyOf, filesOf, type Person, people, tableOf } from "./people.ts";
import { Front, type RunResult, run, TOOL } from "./processes.ts";
import { Workspace } from "./workspace.ts";

const YAML_ALONE = fileURLToPath(new URL("yaml-alone.js", import.meta.url));
const YARGS_ALONE = fileURLToPath(new URL("yargs-alone.js", import.meta.url));
const REQUESTS_ALONE = fileURLToPath(new URL("requests-alone.js", import.meta.url));
const LISTS = ["Townspeople"];

export interface Cost {
  /** The measured program, for example `plan`. */
  readonly program: string;
  /** The minimum of each figure over all rounds. */
  readonly best: Omit<RunResult, "out">;
  /** Median ratio to the baseline. Each round runs both programs. */
  readonly against?: { readonly cpu: number; readonly wall: number };
  /** CPU milliseconds per operation, excluding its requests and the plan. */
  readonly perOperation?: number;
  readonly targets?: Targets;
}

/**
 * Maximum values: CPU time as a multiple of the baseline, memory in MB, wall time in seconds, and CPU milliseconds per
 * operation.
 */
interface Targets {
  readonly cpu?: number;
  readonly memory?: number;
  readonly wall?: number;
  readonly perOperation?: number;
}

export const COSTS: Readonly<
  Record<string, { readonly about: string; readonly measure: (rounds: number) => Promise<Cost[]> }>
> = {
  "cpu-start": {
    about: "--help, and validate and plan of one contact, against a process that only loads yargs",
    measure: measureStart,
  },
  "cpu-one-each": {
    about: "10,000 contacts, one in each file: validate and plan, against the yaml package alone",
    measure: (rounds) => compareFiles(rounds, 10_000, 1, { validate: { cpu: 1.2 }, plan: { cpu: 1.2, memory: 200 } }),
  },
  "cpu-thousand": {
    about: "10,000 contacts, 1,000 in each file: validate and plan, against the yaml package alone",
    measure: (rounds) =>
      compareFiles(rounds, 10_000, 1000, { validate: { cpu: 1.2 }, plan: { cpu: 1.2, memory: 200 } }),
  },
  "cpu-hundred-thousand": {
    about: "100,000 contacts, 1,000 in each file: validate and plan, against the yaml package alone",
    measure: () =>
      compareFiles(1, 100_000, 1000, { validate: { cpu: 1.2, memory: 500 }, plan: { cpu: 1, memory: 600 } }),
  },
  "cpu-apply": {
    about: "1,000 new contacts: CPU time per operation, excluding the plan and the requests",
    measure: (rounds) => measureApply(Math.min(rounds, 3), 1000),
  },
  "cpu-split": {
    about: "import --split of 20,000 contacts",
    measure: () => measureSplit(20_000),
  },
  "cpu-table": {
    about: "20,000 contacts as rows of a table, against the same contacts in YAML: validate and plan",
    measure: (rounds) => compareTable(rounds, 20_000),
  },
  "cpu-large-table": {
    about: "100,000 contacts as rows of a table: the memory of validate and plan",
    measure: () => measureTable(100_000),
  },
  "cpu-million": {
    about: "1,000 declared contacts among 1,000,000: the memory of plan",
    measure: () => measureMillion(1_000_000),
  },
};

type ComparedProgram = readonly [name: string, args: readonly string[], targets: Targets];

async function compare(
  rounds: number,
  [baseline, args]: readonly [string, readonly string[]],
  programs: readonly ComparedProgram[],
  options: Parameters<typeof run>[1] = {},
): Promise<Cost[]> {
  const baselineRuns: RunResult[] = [];
  const programRuns: RunResult[][] = programs.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    baselineRuns.push(await run(args, options));
    for (const [index, [, programArgs]] of programs.entries())
      programRuns[index]?.push(await run(programArgs, options));
  }
  const medianRatio = (runs: readonly RunResult[], figure: (result: RunResult) => number) =>
    median(runs.map((result, round) => figure(result) / figure(baselineRuns[round] ?? result)));
  return [
    { program: baseline, best: minimumOf(baselineRuns) },
    ...programs.map(([program, , targets], index): Cost => {
      const runs = programRuns[index] ?? [];
      const against = { cpu: medianRatio(runs, ({ cpu }) => cpu), wall: medianRatio(runs, ({ wall }) => wall) };
      return { program, best: minimumOf(runs), against, targets };
    }),
  ];
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

/** Returns the minimum of each figure, because other processes can only make a run slower. */
function minimumOf(runs: readonly RunResult[]): Cost["best"] {
  const minimum = (figure: (result: RunResult) => number) => Math.min(...runs.map(figure));
  return { wall: minimum(({ wall }) => wall), cpu: minimum(({ cpu }) => cpu), memory: minimum(({ memory }) => memory) };
}

function createWorkspace(files: ReadonlyMap<string, string>, remote: readonly Person[]): Workspace {
  return new Workspace(files, companyOf(remote, LISTS));
}

async function measureStart(rounds: number): Promise<Cost[]> {
  using workspace = createWorkspace(filesOf(people(1), 1), people(1));
  await using front = await Front.start(["--seed", workspace.seed, "--rate", "0"]);
  return await compare(
    rounds,
    ["yargs alone", [YARGS_ALONE]],
    [
      ["--help", [TOOL, "--help"], { cpu: 0.8 }],
      ["validate", [TOOL, "validate"], { cpu: 1.8 }],
      ["plan", [TOOL, "plan"], { cpu: 2.8 }],
    ],
    { cwd: workspace.path, env: front.credentials },
  );
}

async function compareFiles(
  rounds: number,
  count: number,
  perFile: number,
  targets: { readonly validate: Targets; readonly plan: Targets },
): Promise<Cost[]> {
  using workspace = createWorkspace(filesOf(people(count), perFile), people(count));
  await using front = await Front.start(["--seed", workspace.seed, "--rate", "0"]);
  return await compare(
    rounds,
    ["yaml alone", [YAML_ALONE, workspace.contacts]],
    [
      ["validate", [TOOL, "validate"], targets.validate],
      ["plan", [TOOL, "plan"], targets.plan],
    ],
    { cwd: workspace.path, env: front.credentials },
  );
}

/** Compares a table with the same contacts in YAML, in alternating runs. */
async function compareTable(rounds: number, count: number): Promise<Cost[]> {
  const contacts = people(count);
  using yaml = createWorkspace(filesOf(contacts, 1000), contacts);
  using table = createWorkspace(tableOf(contacts, LISTS), contacts);
  await using front = await Front.start(["--seed", yaml.seed, "--rate", "0"]);
  const costs: Cost[] = [];
  for (const command of ["validate", "plan"]) {
    const inYaml = ["yaml", [TOOL, command, "--contacts", yaml.contacts]] as const;
    const inTable = ["table", [TOOL, command, "--contacts", table.contacts], { cpu: 1.3 }] as const;
    const pair = await compare(rounds, inYaml, [inTable], { cwd: yaml.path, env: front.credentials });
    costs.push(...pair.map((cost) => ({ ...cost, program: `${command}, ${cost.program}` })));
  }
  return costs;
}

async function measureTable(count: number): Promise<Cost[]> {
  const contacts = people(count);
  using workspace = createWorkspace(tableOf(contacts, LISTS), contacts);
  await using front = await Front.start(["--seed", workspace.seed, "--rate", "0"]);
  const measure = async (program: string, targets: Targets): Promise<Cost> => {
    const best = await run([TOOL, program], { cwd: workspace.path, env: front.credentials });
    return { program, targets, best };
  };
  return [await measure("validate", { memory: 500 }), await measure("plan", { memory: 600 })];
}

function requestCountOf({ out }: RunResult): string {
  const [, made] = /^Requests: \d+ predicted, (\d+) made\.$/m.exec(out) ?? [];
  if (made === undefined) throw new Error(`An apply did not print its number of requests:\n${out}`);
  return made;
}

async function measureApply(rounds: number, count: number): Promise<Cost[]> {
  const [planned, applied, alone]: RunResult[][] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    using workspace = createWorkspace(filesOf(people(count), 1000), []);
    await using front = await Front.start(["--seed", workspace.seed, "--rate", "0"]);
    const options = { cwd: workspace.path, env: front.credentials };
    planned?.push(await run([TOOL, "plan"], options));
    const apply = await run([TOOL, "apply", "--auto-approve"], options);
    applied?.push(apply);
    alone?.push(await run([REQUESTS_ALONE, requestCountOf(apply)], options));
  }
  const perOperation = (applied ?? []).map(
    ({ cpu }, round) => (cpu - (planned?.[round]?.cpu ?? 0) - (alone?.[round]?.cpu ?? 0)) / count,
  );
  return [
    { program: "requests alone", best: minimumOf(alone ?? []) },
    { program: "plan", best: minimumOf(planned ?? []) },
    {
      program: "apply",
      best: minimumOf(applied ?? []),
      perOperation: median(perOperation),
      targets: { perOperation: 1 },
    },
  ];
}

async function measureSplit(count: number): Promise<Cost[]> {
  using workspace = createWorkspace(filesOf([], 1000), people(count));
  await using front = await Front.start(["--seed", workspace.seed, "--rate", "0"]);
  const result = await run([TOOL, "import", "--all", "--split"], { cwd: workspace.path, env: front.credentials });
  return [{ program: "import --split", best: result, targets: { wall: 10 } }];
}

async function measureMillion(count: number): Promise<Cost[]> {
  const remote = people(count);
  const declaredContacts = remote.filter((_, index) => index % (count / 1000) === 0);
  using workspace = createWorkspace(filesOf(declaredContacts, 1000), remote);
  await using front = await Front.start(["--seed", workspace.seed, "--rate", "0"]);
  const result = await run([TOOL, "plan"], { cwd: workspace.path, env: front.credentials });
  return [{ program: "plan", best: result, targets: { memory: 300 } }];
}
