import {
  type Action,
  type Clock,
  escapeText,
  type FrontApi,
  formatDuration,
  type Plan,
} from "../../../src/internal.ts";
import { Pace } from "../pace.ts";
import type { Progress } from "../progress-line.ts";
import { groupDigits } from "../text.ts";
import type { OperationListener } from "./apply-view.ts";
import { ACTION_LABELS, type ResourceState, trackResources } from "./resource-tracker.ts";

/** Maximum number of operations or resources to report individually. */
const MAX_INDIVIDUAL = 50;
/** Minimum milliseconds between two progress lines in a log. */
const LINE_INTERVAL = 10_000;

const NOUNS: Readonly<Record<Action, string>> = {
  create: "Creation",
  update: "Modifications",
  delete: "Destruction",
};

const OUTCOME_LABELS: Readonly<Record<ResourceState["outcome"], string>> = {
  complete: "complete",
  incomplete: "incomplete",
  skipped: "not performed",
  unknown: "not confirmed",
  failed: "failed",
};

interface TextProgressOptions {
  readonly progress: Progress;
  readonly clock: Clock;
  /** Prints the results of all resources at the end if there was a progress line, because that line disappears. */
  readonly err: (text: string) => void;
}

/**
 * Reports each resource on a line, as Terraform does. For a plan with many operations, reports their number and the
 * resources that are not complete. In a terminal, prints the results at the end: a line for each resource or, if there
 * are many, only their numbers.
 */
export function startTextProgress(
  { operations, changes, requests }: Plan,
  front: Pick<FrontApi, "requests">,
  { progress, clock, err }: TextProgressOptions,
): OperationListener {
  const hasMany = operations.length > MAX_INDIVIDUAL;
  const pace = new Pace(clock, requests.perMinute);
  const requestsBefore = front.requests;
  const endedResources: ResourceState[] = [];
  let endedOperations = 0;
  let lastLine = clock.monotonic();
  const resources = trackResources({ operations, changes }, clock, {
    started({ change: { address, action } }) {
      if (!hasMany) progress.log(`${escapeText(address)}: ${capitalized(ACTION_LABELS[action].doing)}…`);
    },
    ended(resource) {
      endedResources.push(resource);
      if (resource.outcome !== "complete" || !hasMany) progress.log(endLine(resource));
    },
  });
  const describeRate = () => {
    const sent = front.requests - requestsBefore;
    pace.update(sent);
    if (pace.perMinute === undefined || sent === 0) return "";
    const remaining = Math.max(0, requests.total - sent);
    const seconds = pace.secondsFor(remaining);
    const time = remaining === 0 || seconds === undefined ? "" : `, about ${formatDuration(seconds)} left`;
    return `, ${groupDigits(Math.round(pace.perMinute))} requests a minute${time}`;
  };
  return {
    started: resources.started,
    ended(result) {
      endedOperations += 1;
      resources.ended(result);
      const text = `${groupDigits(endedOperations)} of ${groupDigits(operations.length)} operations${describeRate()}`;
      progress.update(text);
      const now = clock.monotonic();
      if (!hasMany || (now - lastLine < LINE_INTERVAL && endedOperations < operations.length)) return;
      lastLine = now;
      progress.log(text);
    },
    async stop() {
      await progress.stop();
      if (progress.isLive) err(renderResults(endedResources));
    },
  };
}

function renderResults(ended: readonly ResourceState[]): string {
  if (ended.length <= MAX_INDIVIDUAL) return ended.map((resource) => `${endLine(resource)}\n`).join("");
  const counts = new Map<string, number>();
  for (const resource of ended) {
    const { type, action } = resource.change;
    const { outcome } = resource;
    const row = `${type} ${outcome === "complete" ? ACTION_LABELS[action].done : OUTCOME_LABELS[outcome]}`;
    counts.set(row, (counts.get(row) ?? 0) + 1);
  }
  const rows = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `Result:\n${rows.map(([row, count]) => `${groupDigits(count).padStart(9)}  ${row}\n`).join("")}`;
}

function endLine({ change, id, outcome, elapsedSeconds }: ResourceState): string {
  const wasChanged = outcome === "complete" || outcome === "incomplete";
  const suffix = wasChanged && id !== undefined ? ` [id=${escapeText(id)}]` : "";
  return `${escapeText(change.address)}: ${NOUNS[change.action]} ${OUTCOME_LABELS[outcome]} after ${elapsedSeconds}s${suffix}`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
