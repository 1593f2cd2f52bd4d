import { resolve } from "node:path";
import {
  assertWritable,
  type FrontApi,
  FrontError,
  mustBeReplaceable,
  type Pause,
  partialPath,
  type SnapshotProgress,
  systemClock,
  takeSnapshot,
} from "../../src/index.ts";
import { loadFiles, openCacheOf } from "../configuration.ts";
import { connect } from "../front-client.ts";
import { mustNotBeCommitted } from "../git-ignored.ts";
import { showWait } from "../make-plan.ts";
import { type Environment, EXIT, type Given, mustNotBeContacts, UsageError } from "../process-io.ts";
import { renderJson } from "../views/json.ts";
import { type Progress, startProgress } from "../views/progress.ts";
import { renderSnapshot, renderSnapshotProgress, renderSnapshotWarnings, snapshotJson } from "../views/snapshot.ts";

/** Copies the whole company into a seed of the local Front emulator. Sends nothing but GET. */
export async function run(given: Given, io: Environment): Promise<number> {
  const { file } = given;
  if (typeof file !== "string") throw new UsageError("Missing required argument: FILE", "Name the file to write.");
  const path = resolve(io.cwd, file);
  mustNotBeContacts(file);
  assertWritable(file, io.cwd);
  mustBeReplaceable(path, file);
  mustNotBeCommitted([file, partialPath(file)], file, io);
  const progress = startProgress(io, "Reading Front");
  const { signal, release } = interruptOf(io);
  try {
    const summary = await take(path, progress, given, { ...io, signal });
    await progress.stop();
    io.err(renderSnapshotWarnings(summary));
    io.out(given["json"] === true ? renderJson(snapshotJson(summary, file)) : renderSnapshot(summary, file));
    return EXIT.ok;
  } catch (error) {
    await progress.stop();
    if (!(error instanceof FrontError && error.code === "interrupted")) throw error;
    io.err(`Snapshot interrupted. Run the same command again to continue from ${partialPath(file)}.\n`);
    return EXIT.failed;
  } finally {
    release();
  }
}

/** The first signal ends the snapshot with this command's own message; a second one is handled as usual. */
function interruptOf({ signal, onSignal }: Environment): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const stop = new AbortController();
  const release =
    onSignal?.(() => {
      release();
      stop.abort();
    }) ?? (() => {});
  return { signal: AbortSignal.any([signal, stop.signal]), release };
}

async function take(path: string, progress: Progress, given: Given, io: Environment) {
  const { desired } = await loadFiles(io, given);
  const settings = desired?.settings ?? {};
  const front = connect(io, given, {
    ...{ readOnly: true, reserve: settings.reserve, company: settings.company },
    onPause: (wait: Pause) => showWait(progress, wait),
  });
  const cache = await openCacheOf(io, given);
  return await takeSnapshot(path, front, {
    ...{ clock: io.clock ?? systemClock, avatars: given["avatars"] === true },
    expectedContacts: cache.contactCount,
    onProgress: narrator(progress, front),
    onResume: (contacts) =>
      io.err(`Continuing an interrupted snapshot: ${contacts.toLocaleString("en-US")} contacts are already read.\n`),
  });
}

/** A log has a line for every so many requests. */
const STRIDE = 50;

function narrator(progress: Progress, front: FrontApi): (state: SnapshotProgress) => void {
  let next = front.requests + STRIDE;
  return (state) => {
    const text = renderSnapshotProgress(state, front.requestRate);
    progress.say(text);
    if (front.requests < next && state.requestsLeft !== 0) return;
    next = front.requests + STRIDE;
    progress.log(`Read ${text}`);
  };
}
