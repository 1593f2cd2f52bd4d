// Everything that `cli/` imports from `src/`, except the emulator and the two files that usage errors load. Integrators
// import `index.ts`.

export { appliedChanges, createdIds } from "./applying/applied-changes.ts";
export type { Journal } from "./applying/journal.ts";
export { type Clock, systemClock } from "./clock/clock.ts";
export {
  type CompanyMetadata,
  type CompanyReading,
  compareCompanyMetadata,
  readCompanyMetadata,
} from "./config/company-metadata.ts";
export { companySchemaText, contactsSchemaText } from "./config/company-schema.ts";
export {
  COMPANY_SCHEMA,
  type CompanySchemaFile,
  readCompanySchemaFile,
  warnStaleSchema,
} from "./config/company-schema-file.ts";
export { findUnformattedFiles, type UnformattedFile } from "./config/format-files.ts";
export { explainInvalidHandle } from "./config/handle-rules.ts";
export { type LoadedBase, loadBase } from "./config/load-base.ts";
export { showRoot } from "./config/message-parts.ts";
export { addCompanySchemaLines } from "./config/schema-line.ts";
export { createReloadedTexts, joinTexts, type SourceTexts } from "./config/source-texts.ts";
export { PRESET_NAMES } from "./config/tables/presets.ts";
export { decodeTable, invalidLineOfUtf8 } from "./csv/decode-table.ts";
export { escapeJson } from "./escape/escape-json.ts";
export { CI_COMMAND } from "./escape/escape-text.ts";
export type { Company, RequestRate } from "./front/api.ts";
export { API_URL, DEFAULT_BACKOFF, DEFAULT_RESERVE, OAUTH_URL, PAGE_SIZE } from "./front/constants.ts";
export type { ContactSample, PhoneForms } from "./front/contact-sample.ts";
export type { Fetch } from "./front/http.ts";
export {
  type InspectedListing,
  type InspectedLookup,
  type Inspection,
  inspectFront,
  type LookupResult,
} from "./front/inspect-company.ts";
export { createOAuthClient, type OAuthClient } from "./front/oauth/oauth-client.ts";
export { openLoginDirectory, type SavedLogin, type SavedLogins } from "./front/oauth/saved-logins.ts";
export { inMemoryTokenStore, RenewableToken, type Tokens } from "./front/oauth/token-renewal.ts";
export type { Pause } from "./front/rate-limiter.ts";
export { RequestBudget } from "./front/request-budget.ts";
export { traceRequests } from "./front/request-trace.ts";
export { readTokenFile } from "./front/secret-file.ts";
export { describeFlaw, isToken, lazyToken } from "./front/token.ts";
export { type CheckedCollection, type RateLimit, readTokenInfo, type TokenInfo } from "./front/token-info.ts";
export { createAtomicFile, type WritableDisk } from "./fs/atomic-file.ts";
export { adviseUnwritable, createDisk, entriesIn, reasonOf } from "./fs/disk.ts";
export { assertWritable, createDiskWriter, type DiskWriter, replaceFile, writeFile } from "./fs/disk-writer.ts";
export { PipeNotWrittenError, readNamedFile } from "./fs/named-file.ts";
export { runGit } from "./fs/run-git.ts";
export { warnAppliedBefore } from "./history/applied-before.ts";
export type { ConfirmedState } from "./history/compare-with-configuration.ts";
export { PLAN_KEY_VARIABLE } from "./history/messages.ts";
export { type Revalidated, revalidationOf } from "./history/revalidate.ts";
export { type RecordedRun, RunDirectory, type RunStart } from "./history/run-directory.ts";
export { countOutcomes, type OutcomeCount, type RunRecord } from "./history/run-record.ts";
export { checkSavedPlan, MAX_PLAN_BYTES } from "./history/saved-plan-file.ts";
export type { AppliedPlan } from "./history/undo/applied-plan.ts";
export { currentIdsAfter, idsCreatedByOthers } from "./history/undo/current-ids.ts";
export { desiredToRead } from "./history/undo/desired-to-read.ts";
export { changesOf, type RunChanges } from "./history/undo/run-changes.ts";
export { type UndoPlan, undoPlanOf } from "./history/undo/undo-plan.ts";
export { reencodePicture } from "./images/decode-picture.ts";
export { readPicture } from "./images/picture.ts";
export { picturesMatch } from "./images/picture-similarity.ts";
export { openImportDestination, resolveLocation } from "./importing/destination.ts";
export type { ImportWarningGroup } from "./importing/entry.ts";
export { explainNoUpdate } from "./importing/explain-no-update.ts";
export { importCsv, MissingMappingError } from "./importing/from-csv.ts";
export { type FrontImport, importFromFront } from "./importing/from-front.ts";
export { importVcards } from "./importing/from-vcard.ts";
export type { MappingGuess } from "./importing/guess-mapping.ts";
export type { FileImport, InvalidRow } from "./importing/import-records.ts";
export type { ImportReport, ImportTarget } from "./importing/import-writer.ts";
export {
  type InitialFile,
  type InitialSettings,
  readInitialSettings,
  writeInitialFiles,
} from "./importing/initial-files.ts";
export { type ContactQuery, parseContactQuery, type Selection } from "./importing/selection.ts";
export { assertCanAddDefaults } from "./importing/shared-values.ts";
export { foldBetweenCharacters } from "./importing/vcard-lines.ts";
export * from "./index.ts";
export { addTombstonesForRemovedRows, reportEmptiedTables, warnMissingBase } from "./matching/removed-rows.ts";
export { splitAccounts } from "./model/account.ts";
export { accountAddress, contactAddress, isListAddress, splitAddress } from "./model/address.ts";
export type { Action, Attributes, AttributeValue, Difference, Member } from "./model/change.ts";
export type * from "./model/contact.ts";
export { byLocation, generalError, type Refusal, type SourceLocation } from "./model/diagnostic.ts";
export type { DiagnosticCode } from "./model/diagnostic-codes.ts";
export { writtenField } from "./model/field-values.ts";
export { digestOfDesired } from "./model/fingerprint.ts";
export { HANDLE_SOURCES } from "./model/handle.ts";
export { hashOfHandle } from "./model/handle-hash.ts";
export { lineRanges } from "./model/line-ranges.ts";
export { isShortCode } from "./model/phone.ts";
export type { ChangeCount, ContactRef, Drift, RemovedEntry } from "./model/plan.ts";
export { groupDigits, plural } from "./model/plural.ts";
export { suggest } from "./model/suggest.ts";
export { checkStricterGuards } from "./planning/guards.ts";
export { labelsOfLostLists } from "./planning/member-changes.ts";
export { compareAndPlan } from "./planning/plan-changes.ts";
export { replacedAvatars } from "./planning/replaced-avatars.ts";
export {
  checkApplyLimits,
  countDownloads,
  formatDuration,
  withDuration,
  withReads,
} from "./planning/request-estimate.ts";
export { matcherOf, unmatchedPatterns, warnPartialApply } from "./planning/select-targets.ts";
export { addDrift, addSyncOrigins, hashesAfterApply, hashesInSync } from "./planning/sync-origins.ts";
export {
  isMergedAway,
  isOverwriting,
  isRemoval,
  losesData,
  overwritesFront,
  type Total,
  type Totals,
  totalsOf,
} from "./planning/totals.ts";
export { type Cache, cacheNotWritten } from "./reading/cache.ts";
export type { Refresh } from "./reading/contact-search.ts";
export { warnFormerContacts } from "./reading/former-contacts.ts";
export type { SnapshotProgress } from "./snapshot/read-company.ts";
export { assertReplaceable, partialPath, type SnapshotSummary, takeSnapshot } from "./snapshot/take-snapshot.ts";
export { formatEntry } from "./yaml/format.ts";
