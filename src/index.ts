export { type ApplyOptions, type ApplyReport, applyPlan, type OperationResult } from "./apply.ts";
export { type Approved, approve, type Reading } from "./approval.ts";
export { type Cache, openCache } from "./cache.ts";
export { systemClock } from "./clock.ts";
export type { Attributes } from "./compare.ts";
export type * from "./contact.ts";
export { type Loaded, loadDesired } from "./desired.ts";
export { byPlace, type Diagnostic, hasErrors, type Place } from "./diagnostic.ts";
export type { Difference, Json } from "./diff.ts";
export { type Applied, marksOfApplied, tellOrigins } from "./drift.ts";
export { digestOf } from "./fingerprint.ts";
export { showForeign } from "./foreign.ts";
export { type FrontApi, FrontError } from "./front/api.ts";
export { connectFront, type FrontOptions } from "./front/client.ts";
export type { Wait } from "./front/limiter.ts";
export { looksAlike } from "./likeness.ts";
export { readPicture } from "./picture.ts";
export {
  type Action,
  type Change,
  type ChangeCount,
  countChanges,
  type Operation,
  type Plan,
  type Targets,
} from "./plan.ts";
export { checkSavedPlan, decodePlan, encodePlan, type SavedPlan } from "./plan-file.ts";
export { type FrontState, type Policy, planChanges } from "./planner.ts";
export type { Clock, Random } from "./ports.ts";
export { type ReadOptions, readFront } from "./read.ts";
export { rereadFront } from "./reread.ts";
export { suggest } from "./suggest.ts";
export { warnPartialApply } from "./targets.ts";
