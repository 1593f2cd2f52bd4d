export type { AccountState } from "./accounts.ts";
export { type ApplyOptions, type ApplyReport, applyPlan, type OperationResult } from "./apply.ts";
export { type Approved, approve, type Reading } from "./approval.ts";
export { type Cache, openCache } from "./cache.ts";
export { canonicalText } from "./canonical.ts";
export { findUntidyFiles, rewriteFile, type Tidying, type UntidyFile } from "./canonical-files.ts";
export { systemClock } from "./clock.ts";
export { type CompanyFacts, compareFacts, readCompanyFacts } from "./company-facts.ts";
export { COMPANY_SCHEMA, type CompanyFile, readCompanyFile, warnStaleSchema } from "./company-file.ts";
export { companySchemaText, contactsSchemaText } from "./company-schema.ts";
export type { Attributes, Kept } from "./compare.ts";
export type * from "./contact.ts";
export { type Loaded, type LoadOptions, loadDesired } from "./desired.ts";
export { byPlace, type Diagnostic, hasErrors, type Place } from "./diagnostic.ts";
export type { Difference, Json } from "./diff.ts";
export { createDisk, type Disk, type DiskEntry, type ReadFile } from "./disk.ts";
export { createDiskWriter, type DiskWriter, WriteError } from "./disk-writer.ts";
export { type DraftFile, draftFile, systemDisk, type WritableDisk } from "./draft-file.ts";
export { type Applied, type Marks, marksOfApplied, tellOrigins } from "./drift.ts";
export { type Budgeted, checkBudget, durationWords, withPace } from "./estimate.ts";
export { digestOf } from "./fingerprint.ts";
export { type FirstFile, type FirstFilesOptions, writeFirstFiles } from "./first-files.ts";
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
  type Inbox,
  type NewContact,
  type Outcome,
  type Teammate,
} from "./front/api.ts";
export { type Auth, type AuthOptions, createAuth } from "./front/auth.ts";
export { connectFront, type FrontOptions, USUAL_RESERVE } from "./front/client.ts";
export type { Fetch } from "./front/exchange.ts";
export type { Wait } from "./front/limiter.ts";
export { type Pace, Ration } from "./front/ration.ts";
export {
  keepInMemory,
  type RenewalOptions,
  type RenewedToken,
  renewToken,
  type TokenKeeper,
  type Tokens,
} from "./front/renewal.ts";
export {
  findStanding,
  type RateLimit,
  type Readable,
  type Reading as PermittedReading,
  type Standing,
} from "./front/standing.ts";
export { readToken, type TokenSource } from "./front/token.ts";
export { type Traced, traced } from "./front/trace.ts";
export type { Allowance } from "./guard.ts";
export { type Home, openHome, placeFor } from "./home.ts";
export { ImportError } from "./import-error.ts";
export {
  type FileImport,
  type FileImportOptions,
  importCsv,
  importVcards,
  type Misfit,
} from "./import-file.ts";
export {
  type FrontImport,
  type FrontImportOptions,
  importFromFront,
  parseSought,
  type Selection,
  type Sought,
} from "./import-front.ts";
export type { ChangedFile, ImportReport, ImportTarget } from "./import-into.ts";
export { type Journal, JournalError, type JournalOptions, openJournal } from "./journal.ts";
export { looksAlike } from "./likeness.ts";
export { unifiedDiff } from "./line-diff.ts";
export { type Login, type Logins, openLogins } from "./logins.ts";
export { PictureChangedError, readPicture } from "./picture.ts";
export {
  type Action,
  type Change,
  type ChangeCount,
  type ContactRef,
  type Coverage,
  countChanges,
  type FieldChange,
  type ListRef,
  type Operation,
  type OperationKind,
  type Plan,
  type RequestCount,
  type RequestKind,
  type SeenContact,
  type Sizes,
  type Targets,
} from "./plan.ts";
export { checkSavedPlan, decodePlan, encodePlan, type SavedPlan } from "./plan-file.ts";
export { type FrontState, type Policy, planChanges } from "./planner.ts";
export type { Clock, Random } from "./ports.ts";
export { type Proof, type ProofOptions, proveApply } from "./proof.ts";
export { type PictureMemory, type ReadingMemory, type ReadOptions, readFront } from "./read.ts";
export type { RemarkGroup } from "./remarks.ts";
export { findObstacle, replaceFile } from "./replace-file.ts";
export { countRequests } from "./requests.ts";
export { rereadFront } from "./reread.ts";
export { type EarlierReading, REFRESHES, type Refresh } from "./search.ts";
export { readSecret } from "./secret-file.ts";
export { suggest } from "./suggest.ts";
export { warnPartialApply } from "./targets.ts";
