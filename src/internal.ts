export {
  type ApplyOptions,
  type ApplyReport,
  applyPlan,
  type OperationResult,
} from "./applying/apply.ts";
export { type Journal, JournalError, type JournalOptions, openJournal } from "./applying/journal.ts";
export type { Revalidate, Revalidation } from "./applying/periodic-revalidation.ts";
export type { Clock, Random } from "./clock/clock.ts";
export { systemClock } from "./clock/clock.ts";
export { type CompanyMetadata, compareCompanyMetadata, readCompanyMetadata } from "./config/company-metadata.ts";
export { companySchemaText, contactsSchemaText } from "./config/company-schema.ts";
export {
  COMPANY_SCHEMA,
  type CompanySchemaFile,
  readCompanySchemaFile,
  warnStaleSchema,
} from "./config/company-schema-file.ts";
export {
  findUnformattedFiles,
  rewriteFile,
  type UnformattedFile,
  type UnformattedFiles,
} from "./config/format-files.ts";
export { type Loaded, type LoadOptions, loadDesired } from "./config/load-desired-state.ts";
export { escapeJson } from "./escape/escape-json.ts";
export { type EscapeOptions, escapeText } from "./escape/escape-text.ts";
export {
  type Account,
  type Company,
  type ContactPage,
  type ContactPatch,
  type FieldDefinition,
  type FrontApi,
  FrontError,
  type FrontErrorCode,
  type FrontErrorOptions,
  type Inbox,
  type NewContact,
  type Outcome,
  type RequestRate,
  type Teammate,
} from "./front/api.ts";
export { connectFront } from "./front/client.ts";
export type { FrontOptions } from "./front/connection.ts";
export { API_URL, DEFAULT_RESERVE, OAUTH_URL } from "./front/constants.ts";
export type { ContactSample, PhoneForms } from "./front/contact-sample.ts";
export type { Fetch } from "./front/http.ts";
export {
  type InspectedListing,
  type InspectedLookup,
  type Inspection,
  inspectFront,
  type LookupResult,
} from "./front/inspection.ts";
export { createOAuthClient, type OAuthClient, type OAuthOptions } from "./front/oauth/oauth-client.ts";
export { openLoginDirectory, type SavedLogin, type SavedLogins } from "./front/oauth/saved-logins.ts";
export {
  createRenewableToken,
  inMemoryTokenStore,
  type RenewableToken,
  type RenewalOptions,
  type TokenStore,
  type Tokens,
} from "./front/oauth/token-renewal.ts";
export type { Pause } from "./front/rate-limiter.ts";
export { RequestBudget } from "./front/request-budget.ts";
export { type TracedRequest, traceRequests } from "./front/request-trace.ts";
export { readTokenFile } from "./front/secret-file.ts";
export { lazyToken, type TokenSource } from "./front/token.ts";
export {
  type RateLimit,
  type Readable,
  type ReadPermission as PermittedReading,
  readTokenInfo,
  type TokenInfo,
} from "./front/token-info.ts";
export { type AtomicFile, createAtomicFile, systemDisk, type WritableDisk } from "./fs/atomic-file.ts";
export { createDisk, type DirectoryListing, type Disk, type DiskEntry, entriesIn, type ReadFile } from "./fs/disk.ts";
export { assertWritable, createDiskWriter, type DiskWriter, WriteError, writeFile } from "./fs/disk-writer.ts";
export { reasonOf } from "./fs/file-error.ts";
export { PipeTimeoutError, readNamedFile } from "./fs/named-file.ts";
export { PLAN_KEY_VARIABLE } from "./history/messages.ts";
export { type Bound, bindToFiles } from "./history/plan-binding.ts";
export { type Revalidated, revalidatePlan, revalidationOf } from "./history/revalidate.ts";
export {
  checkSavedPlan,
  type DecodedPlan,
  decodePlan,
  encodePlan,
  MAX_PLAN_BYTES,
  PlanTooLargeError,
  type SavedPlan,
  type SaveOptions,
} from "./history/saved-plan-file.ts";
export { redrawPicture } from "./images/decode-picture.ts";
export { imagesMatch } from "./images/image-similarity.ts";
export { PictureChangedError, readPicture } from "./images/picture.ts";
export { type ImportDestination, openImportDestination, resolveLocation } from "./importing/destination.ts";
export { ImportError } from "./importing/entry.ts";
export { importCsv } from "./importing/from-csv.ts";
export {
  type ContactQuery,
  type FrontImport,
  type FrontImportOptions,
  importFromFront,
  parseContactQuery,
  type Selection,
} from "./importing/from-front.ts";
export { importVcards } from "./importing/from-vcard.ts";
export type { FileImport, FileImportOptions, InvalidRow } from "./importing/import-records.ts";
export type { ChangedFile, ImportReport, ImportTarget, ImportWarningGroup } from "./importing/import-writer.ts";
export { type FirstFile, type FirstFilesOptions, writeInitialFiles } from "./importing/initial-files.ts";
export type {
  Action,
  Attributes,
  AttributeValue,
  Change,
  Difference,
  SyncedContacts,
  SyncMarks,
  UnmanagedCounts,
} from "./model/change.ts";
export type { AccountState } from "./model/company.ts";
export type * from "./model/contact.ts";
export {
  byLocation,
  type Diagnostic,
  hasErrors,
  leavesOutEntries,
  type Refusal,
  type SourceLocation,
} from "./model/diagnostic.ts";
export { digestOf } from "./model/fingerprint.ts";
export {
  type ApprovedContact,
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
  type Sizes,
  type Targets,
} from "./model/plan.ts";
export { suggest } from "./model/suggest.ts";
export { UserError, type UserErrorOptions } from "./model/user-error.ts";
export {
  attributeDifferences,
  marksInSync,
  syncMarksOf,
} from "./planning/change-origins.ts";
export type { Allowance } from "./planning/guards.ts";
export { compareAndPlan, type PlanPolicy, planChanges } from "./planning/plan-changes.ts";
export { type ApplyLimits, checkBudget, countRequests, durationWords, withPace } from "./planning/request-estimate.ts";
export { warnPartialApply } from "./planning/targets.ts";
export { type Cache, openCache } from "./reading/cache.ts";
export type { AvatarCache } from "./reading/compare-pictures.ts";
export { type CachedReading, REFRESHES, type Refresh } from "./reading/contact-search.ts";
export { type ReadingCache, type ReadOptions, readRemoteState } from "./reading/read-remote-state.ts";
export type { RemoteState } from "./reading/remote-state.ts";
export type { SnapshotProgress } from "./snapshot/read-company.ts";
export {
  mustBeReplaceable,
  partialPath,
  type SnapshotOptions,
  type SnapshotSummary,
  takeSnapshot,
} from "./snapshot/take-snapshot.ts";
export { type Verification, type VerificationOptions, verifyApply } from "./verifying/verify.ts";
export { formatYaml } from "./yaml/format.ts";
export { unifiedDiff } from "./yaml/unified-diff.ts";
