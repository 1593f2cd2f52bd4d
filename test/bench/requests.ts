import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CASES, type Work } from "./cases.ts";
import { type Budget, idealTime, type RequestsByPhase, splitByPhase, totalOf } from "./minimum-requests.ts";
import { Front, REGISTER_TYPESCRIPT, type RunResult, run, TOOL } from "./processes.ts";
import { Workspace } from "./workspace.ts";

const PLAIN = [`--import=${REGISTER_TYPESCRIPT}`, fileURLToPath(new URL("plain-script.ts", import.meta.url))];

/** 200 requests per window of six seconds, of which another client uses a third. */
const BUDGET: Budget = { limit: 200, others: 0.33, reserve: 0.2, window: 6000 };

export interface Outcome {
  readonly case: string;
  readonly about: string;
  readonly minimum: RequestsByPhase;
  /** The requests that the emulator received. */
  readonly made: RequestsByPhase;
  /** Predicted and made requests, as the tool reports them. */
  readonly reported: readonly [predicted: number, made: number] | undefined;
  /** Milliseconds of `plan` and `apply` together, without a rate limit. */
  readonly wall: number;
  /** Peak memory of `plan` and `apply` in MB. */
  readonly memory: number;
  readonly isSizeUnknown: boolean;
  /** Number of requests of a second plan, with the cache of the first. */
  readonly secondPlan: number;
  readonly plain: { readonly requests: number; readonly wall: number };
  readonly limited: Limited;
}

/** The results of an apply with the rate limit of `BUDGET`. */
interface Limited {
  readonly requests: number;
  /** Milliseconds from the first request to the last. */
  readonly duration: number;
  /** The share of the available request rate that was used. Undefined if the ideal time is shorter than one window. */
  readonly availableRateUsed: number | undefined;
  readonly rejected: number;
}

export async function measure(name: string, onPhase: (name: string) => void): Promise<Outcome> {
  const benchmark = CASES[name];
  if (benchmark === undefined) throw new Error(`unknown case ${name}`);
  const work = await benchmark.make(benchmark.size);
  using workspace = new Workspace(work.files, work.seed);
  onPhase("unlimited");
  const unlimited = await measureUnlimited(work, workspace);
  onPhase("plain script");
  const plain = await measurePlain(work, workspace);
  onPhase("limited");
  const limited = await measureLimited(work, workspace);
  return {
    case: name,
    about: benchmark.about(benchmark.size),
    minimum: work.minimum,
    isSizeUnknown: work.isSizeUnknown ?? false,
    ...unlimited,
    plain,
    limited,
  };
}

async function measureUnlimited(work: Work, workspace: Workspace) {
  await using front = await Front.start(["--seed", workspace.seed, "--rate", "0"]);
  const planRun = await runTool("plan", work, workspace, front);
  const planRequests = await front.takeRequests();
  await runTool("plan", work, workspace, front);
  const secondPlan = (await front.takeRequests()).length;
  workspace.deleteCache();
  const applyRun = await runTool("apply", work, workspace, front);
  const made = splitByPhase(await front.takeRequests(), planRequests.length);
  const [, predicted, actually] = /Requests: (\d+) predicted, (\d+) made/.exec(applyRun.out) ?? [];
  return {
    made,
    reported: predicted === undefined ? undefined : ([Number(predicted), Number(actually)] as const),
    wall: planRun.wall + applyRun.wall,
    memory: Math.max(planRun.memory, applyRun.memory),
    secondPlan,
  };
}

async function measurePlain({ desired }: Work, workspace: Workspace): Promise<Outcome["plain"]> {
  const file = join(workspace.path, "desired.json");
  writeFileSync(file, JSON.stringify(desired));
  await using front = await Front.start(["--seed", workspace.seed, "--rate", "0"]);
  const { wall } = await run([...PLAIN, file, workspace.contacts], { env: front.credentials });
  return { requests: (await front.takeRequests()).length, wall };
}

async function measureLimited(work: Work, workspace: Workspace): Promise<Limited> {
  workspace.deleteCache();
  const { limit, others, window } = BUDGET;
  const flags = ["--rate", String(limit), "--window", String(window), "--others", `${others * 100}%`];
  await using front = await Front.start(["--seed", workspace.seed, ...flags]);
  await runTool("apply", work, workspace, front);
  const requests = await front.takeRequests();
  const duration = (requests.at(-1)?.at ?? 0) - (requests[0]?.at ?? 0);
  const rejected = requests.filter(({ status }) => status === "429").length;
  const ideal = idealTime(requests.length - rejected, BUDGET);
  return {
    requests: requests.length,
    duration,
    availableRateUsed: ideal < BUDGET.window ? undefined : ideal / duration,
    rejected,
  };
}

function runTool(
  command: "plan" | "apply",
  { flags = [] }: Work,
  workspace: Workspace,
  front: Front,
): Promise<RunResult> {
  const approval = command === "apply" ? ["--auto-approve"] : [];
  return run([TOOL, command, ...approval, ...flags], { cwd: workspace.path, env: front.credentials });
}

export function ratio({ minimum, made }: Outcome): number {
  return totalOf(made) / totalOf(minimum);
}
