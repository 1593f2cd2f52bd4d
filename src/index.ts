export { type ApplyOptions, type ApplyReport, applyPlan, type OperationResult } from "./applying/apply.ts";
export { type Journal, JournalError, type JournalOptions, openJournal } from "./applying/journal.ts";
export { type Proof, type ProofOptions, proveApply } from "./applying/proof.ts";
export { type Revalidate, revalidationOf } from "./applying/revalidation.ts";
export { systemClock } from "./clock.ts";
export type * from "./contact.ts";
export { type CompanyFacts, compareFacts, readCompanyFacts } from "./desired/company-facts.ts";
export { COMPANY_SCHEMA, type CompanyFile, readCompanyFile, warnStaleSchema } from "./desired/company-file.ts";
export { companySchemaText, contactsSchemaText } from "./desired/company-schema.ts";
export { type Loaded, type LoadOptions, loadDesired } from "./desired/desired.ts";
export { looksAlike } from "./desired/likeness.ts";
export { PictureChangedError, readPicture } from "./desired/picture.ts";
export { suggest } from "./desired/suggest.ts";
export { byPlace, type Diagnostic, hasErrors, leavesOutEntries, type Place } from "./diagnostic.ts";
export { createDisk, type DirectoryListing, type Disk, type DiskEntry, entriesIn, type ReadFile } from "./disk/disk.ts";
export { createDiskWriter, type DiskWriter, mustBeWritable, WriteError, writeFile } from "./disk/disk-writer.ts";
export { type DraftFile, draftFile, systemDisk, type WritableDisk } from "./disk/draft-file.ts";
export { readNamedFile, SilentPipeError } from "./disk/named-file.ts";
export { digestOf } from "./fingerprint.ts";
export { type ForeignOptions, showForeign } from "./foreign.ts";
export { canonicalText } from "./formatting/canonical.ts";
export { findUntidyFiles, rewriteFile, type Tidying, type UntidyFile } from "./formatting/canonical-files.ts";
export { unifiedDiff } from "./formatting/line-diff.ts";
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
export type { ContactSample, PhoneForms } from "./front/contact-sample.ts";
export type { Fetch } from "./front/exchange.ts";
export {
  type InspectedListing,
  type InspectedLookup,
  type Inspection,
  inspectFront,
  type LookupResult,
} from "./front/inspection.ts";
export type { Wait } from "./front/limiter.ts";
export { type Login, type Logins, openLogins } from "./front/logins.ts";
export { type Pace, Ration } from "./front/ration.ts";
export {
  keepInMemory,
  type RenewalOptions,
  type RenewedToken,
  renewToken,
  type TokenKeeper,
  type Tokens,
} from "./front/renewal.ts";
export { readTokenFile } from "./front/secret-file.ts";
export {
  findStanding,
  type RateLimit,
  type Readable,
  type Reading as PermittedReading,
  type Standing,
} from "./front/standing.ts";
export { readToken, type TokenSource } from "./front/token.ts";
export { type Traced, traced } from "./front/trace.ts";
export { harmlessJson } from "./harmless-json.ts";
export { type FirstFile, type FirstFilesOptions, writeFirstFiles } from "./importing/first-files.ts";
export { type Home, openHome, placeFor } from "./importing/home.ts";
export { ImportError } from "./importing/import-error.ts";
export {
  type FileImport,
  type FileImportOptions,
  importCsv,
  importVcards,
  type Misfit,
} from "./importing/import-file.ts";
export {
  type FrontImport,
  type FrontImportOptions,
  importFromFront,
  parseSought,
  type Selection,
  type Sought,
} from "./importing/import-front.ts";
export type { ChangedFile, ImportReport, ImportTarget } from "./importing/import-into.ts";
export type { RemarkGroup } from "./importing/remarks.ts";
export type { AccountState } from "./planning/accounts.ts";
export { type Approved, approve, type Reading } from "./planning/approval.ts";
export type { Attributes, Kept } from "./planning/compare.ts";
export type { Difference, Json } from "./planning/diff.ts";
export { type Applied, type Marks, marksInSync, marksOfApplied, tellOrigins } from "./planning/drift.ts";
export { type Budgeted, checkBudget, durationWords, withPace } from "./planning/estimate.ts";
export type { Allowance } from "./planning/guard.ts";
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
} from "./planning/plan.ts";
export { type Bound, bindToFiles } from "./planning/plan-binding.ts";
export {
  checkSavedPlan,
  type DecodedPlan,
  decodePlan,
  encodePlan,
  MAX_PLAN_BYTES,
  PlanTooLargeError,
  type SavedPlan,
  type SaveOptions,
} from "./planning/plan-file.ts";
export { PLAN_KEY_VARIABLE } from "./planning/plan-signature.ts";
export { compareAndPlan, type FrontState, type Policy, planChanges } from "./planning/planner.ts";
export type { Refusal } from "./planning/refusal.ts";
export { countRequests } from "./planning/requests.ts";
export { type Revalidated, revalidatePlan } from "./planning/saved-plan.ts";
export { warnPartialApply } from "./planning/targets.ts";
export type { Clock, Random } from "./ports.ts";
export { type Cache, openCache } from "./reading/cache.ts";
export { type PictureMemory, type ReadingMemory, type ReadOptions, readFront } from "./reading/read.ts";
export { rereadFront } from "./reading/reread.ts";
export { type EarlierReading, REFRESHES, type Refresh } from "./reading/search.ts";
export type { SnapshotProgress } from "./snapshot/read-company.ts";
export {
  mustBeReplaceable,
  partialPath,
  SnapshotError,
  type SnapshotOptions,
  type SnapshotSummary,
  takeSnapshot,
} from "./snapshot/snapshot.ts";
