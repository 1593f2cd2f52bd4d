/**
 * The library. Each stage is a function that returns its result: load a desired state, read the remote state, plan,
 * apply and verify. Errors that the user can fix are instances of `UserError`. See docs/library.md.
 */
export { type ApplyOptions, type ApplyReport, applyPlan, type OperationResult } from "./applying/apply.ts";
export { type JournalOptions, openJournal } from "./applying/journal.ts";
export type { Configuration } from "./config/configuration.ts";
export { createDesiredState } from "./config/create-desired-state.ts";
export { type Loaded, type LoadOptions, loadDesired } from "./config/load-desired-state.ts";
export { escapeText } from "./escape/escape-text.ts";
export { type FrontApi, FrontError } from "./front/api.ts";
export { connectFront } from "./front/client.ts";
export type { FrontOptions } from "./front/connection.ts";
export type { TokenSource } from "./front/token.ts";
export { compareWithConfiguration } from "./history/compare-with-configuration.ts";
export { revalidatePlan } from "./history/revalidate.ts";
export { decodePlan, encodePlan, type SavedPlan, type SaveOptions } from "./history/saved-plan-file.ts";
export type { Change } from "./model/change.ts";
export type { DesiredContact, DesiredState, RemoteContact } from "./model/contact.ts";
export { type Diagnostic, hasBlockingErrors, hasExcludedEntries } from "./model/diagnostic.ts";
export { countChanges, type Operation, type Plan } from "./model/plan.ts";
export type { Remedy } from "./model/remedy.ts";
export { UserError } from "./model/user-error.ts";
export { type PlanPolicy, planChanges } from "./planning/plan-changes.ts";
export { openCache } from "./reading/cache.ts";
export type { PictureOptions } from "./reading/compare-avatars.ts";
export { type ReadOptions, readRemoteState } from "./reading/read-remote-state.ts";
export type { RemoteState } from "./reading/remote-state.ts";
export { type Verification, type VerificationOptions, verifyApply } from "./verifying/verify.ts";
