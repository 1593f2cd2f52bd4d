import {
  type Desired,
  hasErrors,
  looksAlike,
  openCache,
  type Plan,
  type Policy,
  planChanges,
  readFront,
  readPicture,
  type Wait,
} from "../src/index.ts";
import { contactsPath, requireDesired } from "./files.ts";
import { connect } from "./front.ts";
import { type Given, type Io, UsageError } from "./io.ts";
import { paintFor } from "./paint.ts";
import { renderPlan } from "./views/plan.ts";
import { type Progress, startProgress } from "./views/progress.ts";

/** A plan, with what was needed to make it. */
export interface Planning {
  readonly desired: Desired;
  readonly plan: Plan;
  /** Says what is wrong with it, if anything is. */
  readonly tell: () => void;
  /** Nothing is wrong with it. */
  readonly sound: boolean;
}

/** Loads the files, reads Front and plans. Undefined when the files are wrong, which is told at once. */
export async function makePlan(io: Io, given: Given): Promise<Planning | undefined> {
  const loaded = await requireDesired(io, given);
  if (loaded === undefined) return undefined;
  const { desired, tell } = loaded;
  const plan = await readAndPlan(desired, io, given);
  return { desired, plan, tell: () => tell(plan.diagnostics), sound: !hasErrors(plan.diagnostics) };
}

/** Shows what can be shown, then what is wrong. Whether the plan may be applied is its own question. */
export function showPlan({ plan, tell, sound }: Planning, given: Given, io: Io): void {
  if (sound || plan.changes.length > 0) io.out(renderPlan(plan, paintFor(io, given, "stdout")));
  tell();
}

async function readAndPlan(desired: Desired, io: Io, given: Given): Promise<Plan> {
  const policy = policyOf(given);
  const progress = startProgress(io, "Reading Front");
  try {
    const front = connect(io, given, {
      readOnly: true,
      reserve: desired.settings.reserve,
      onWait: (wait) => tellWait(progress, wait),
    });
    const cache = await openCache(contactsPath(io, given));
    const state = await readFront(desired, front, {
      pictures: cache,
      allowHandleMoves: policy.allowHandleMoves ?? false,
      samePicture: async (picture, shown) => looksAlike(await readPicture(picture, { cwd: io.cwd }), shown),
      onProgress: (read) => progress.say(`${read} contacts`),
    });
    await cache.save();
    return planChanges(desired, state, policy);
  } finally {
    await progress.stop();
  }
}

function policyOf(given: Given): Policy {
  return {
    allowHandleMoves: given["allow-handle-moves"] === true,
    allowed: { changes: countOf(given, "allow-changes"), removals: countOf(given, "allow-removals") },
  };
}

function countOf(given: Given, flag: string): number {
  const count = given[flag] ?? 0;
  if (typeof count === "number" && Number.isInteger(count) && count >= 0) return count;
  throw new UsageError(
    `--${flag} needs a whole number of contacts`,
    `Write --${flag} and the number that the plan names.`,
  );
}

const REASONS: Readonly<Record<Wait["reason"], string>> = {
  budget: "for Front's rate limit, to leave the reserve to others",
  "asked-to-wait": "because Front asked to",
  "back-off": "before trying again",
};

/** A long silence needs a reason. */
export function tellWait(progress: Progress, { reason, milliseconds }: Wait): void {
  const text = `waiting ${Math.ceil(milliseconds / 1000)} s ${REASONS[reason]}`;
  progress.say(text);
  progress.log(text);
}
