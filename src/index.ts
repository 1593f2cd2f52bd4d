export type { AccountState } from "./accounts.ts";
export { type ApplyOptions, type ApplyReport, applyPlan, type OperationResult } from "./apply.ts";
export { type Approved, approve, type Reading } from "./approval.ts";
export { type Cache, openCache } from "./cache.ts";
export { systemClock } from "./clock.ts";
export type { Attributes, Kept } from "./compare.ts";
export type * from "./contact.ts";
export { type Loaded, type LoadOptions, loadDesired } from "./desired.ts";
export { byPlace, type Diagnostic, hasErrors, type Place } from "./diagnostic.ts";
export type { Difference, Json } from "./diff.ts";
export type { Disk, DiskEntry, ReadFile } from "./disk.ts";
export { type DraftFile, draftFile, systemDisk, type WritableDisk } from "./draft-file.ts";
export { type Applied, type Marks, marksOfApplied, tellOrigins } from "./drift.ts";
export { digestOf } from "./fingerprint.ts";
export { type ForeignOptions, showForeign } from "./foreign.ts";
export {
  type Account,
  type Company,
  type ContactPage,
  type ContactPatch,
  type FieldDefinition,
  type FrontApi,
  FrontError,
  type FrontErrorOptions,
  type FrontFailure,
  type NewContact,
  type Outcome,
} from "./front/api.ts";
export { connectFront, type FrontOptions } from "./front/client.ts";
export type { Fetch } from "./front/exchange.ts";
export type { Wait } from "./front/limiter.ts";
export { type Traced, traced } from "./front/trace.ts";
export type { Allowance } from "./guard.ts";
export { looksAlike } from "./likeness.ts";
export { PictureChangedError, readPicture } from "./picture.ts";
export {
  type Action,
  type Change,
  type ChangeCount,
  type ContactRef,
  type Coverage,
  countChanges,
  countRequests,
  type FieldChange,
  type ListRef,
  type Operation,
  type OperationKind,
  type Plan,
  type RequestCount,
  type SeenContact,
  type Targets,
} from "./plan.ts";
export { checkSavedPlan, decodePlan, encodePlan, type SavedPlan } from "./plan-file.ts";
export { type FrontState, type Policy, planChanges } from "./planner.ts";
export type { Clock, Random } from "./ports.ts";
export { type PictureMemory, type ReadingMemory, type ReadOptions, readFront } from "./read.ts";
export { rereadFront } from "./reread.ts";
export { type EarlierReading, REFRESHES, type Refresh } from "./search.ts";
export { suggest } from "./suggest.ts";
export { warnPartialApply } from "./targets.ts";
