import { timingSafeEqual } from "node:crypto";
import { explainInvalidPlan } from "../config/schema.ts";
import { escapedJsonLines } from "../escape/escape-json.ts";
import { pruneBase } from "../matching/base-entries.ts";
import type { DeclaredAccount } from "../model/account.ts";
import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import { declaredAccounts } from "../model/company.ts";
import type { DesiredContact, DesiredState } from "../model/contact.ts";
import { type Diagnostic, hasBlockingErrors } from "../model/diagnostic.ts";
import { canonicalHashes, digestOfDesired } from "../model/fingerprint.ts";
import { isJsonObject, parseJson } from "../model/json-object.ts";
import { omitUndefined, unlessEmpty } from "../model/omit-undefined.ts";
import type { Plan } from "../model/plan.ts";
import { UserError } from "../model/user-error.ts";
import { declaresStayingHandle } from "../planning/staying-handles.ts";
import {
  oldPlanWarning,
  otherCompanyError,
  otherToolVersionError,
  PLAN_HAS_ERRORS,
  type PlanFileProblem,
  planFileError,
  signatureNotVerifiedWarning,
} from "./messages.ts";
import { findContradiction } from "./plan-contradictions.ts";

/** The first number changes if older versions cannot read the format. */
const FORMAT_VERSION = "1.0";

/** The content of a plan file. */
export interface SavedPlan {
  readonly format_version: string;
  readonly tool_version: string;
  readonly created_at: string;
  /** True if errors block the plan. It can be shown, but not applied. */
  readonly errored: boolean;
  /** A hash of the whole desired state, without its base and the locations of its values. */
  readonly files_digest: string;
  /**
   * Contains the contacts and accounts that the plan changes, the accounts that it refers to and, with a base, the
   * contacts whose handles stay on a changed contact.
   */
  readonly desired: DesiredState;
  readonly plan: Plan;
}

export interface SaveOptions {
  /** The version of the program. `front-contacts apply` rejects a plan of another major version. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The key with which the file is signed. Default: the file is not signed. */
  readonly key?: string | undefined;
  /** Bytes. Default: 500 MB. */
  readonly limit?: number;
}

/**
 * A plan with 100,000 changes needs about 360 MB if each change contains many values. Node.js limits a string to about
 * 537 million characters, so a much larger file could not be read again.
 */
export const MAX_PLAN_BYTES = 500 * 1024 * 1024;

export class PlanTooLargeError extends UserError {
  /** Bytes. */
  readonly limit: number;

  constructor(limit: number) {
    super("plan-too-large", `The plan was not saved: it is larger than ${limit / 1024 / 1024} MB`, {
      advice: "Plan fewer contacts at a time, or apply without saving the plan.",
    });
    this.limit = limit;
  }
}

/** Depth to which the JSON has one member per line. Each contact, change and operation is on its own line. */
const LINE_DEPTH = 3;

/**
 * Returns the text of a plan file, which contains the plan and the entries that it changes. Throws a `UserError` with
 * the code `plan-too-large` if the text has more bytes than `limit`, and a `RangeError` if `key` is empty or has only
 * spaces.
 */
export function encodePlan(plan: Plan, desired: DesiredState, options: SaveOptions): string {
  const { version, now, key, limit } = options;
  requireKey(key);
  const addresses = new Set(plan.changes.map(({ address }) => address));
  const { base, ...files } = desired;
  // A list without a change already has the declared members or is excluded, so the saved plan does not manage it.
  const isChanged = ({ name }: { readonly name: string }) => addresses.has(listAddress(name));
  const lists = files.lists.map((list) => {
    const { members: _, ensure: __, isRestored: ___, ...unmanaged } = list;
    return isChanged(list) ? list : unmanaged;
  });
  const declaresHandle = declaresStayingHandle(plan);
  const contacts = files.contacts.filter((entry) => addresses.has(contactAddress(entry.key)) || declaresHandle(entry));
  const accounts = unlessEmpty(accountsOf(files, contacts, addresses));
  const saved: SavedPlan = {
    format_version: FORMAT_VERSION,
    tool_version: version,
    created_at: new Date(now).toISOString(),
    errored: hasBlockingErrors(plan.diagnostics),
    files_digest: digestOfDesired(files),
    desired: omitUndefined({
      ...files,
      contacts,
      lists,
      absentLists: files.absentLists?.filter(isChanged),
      accounts,
      unlinkedAccounts: unlessEmpty(unlinkedAccountsOf(plan)),
      base: base && pruneBase(base, files, omitUndefined({ contacts, accounts })),
    }),
    plan,
  };
  const { digest, hmac } = canonicalHashes(saved, key);
  return encodeLines({ ...saved, content_digest: digest, content_hmac: hmac }, limit);
}

/**
 * Returns the IDs of the accounts from which the plan unlinks contacts. They must be read for the re-validation, although
 * the saved plan may have no entry for them.
 */
function unlinkedAccountsOf({ operations }: Plan): readonly string[] {
  const ids = operations.flatMap((operation) => (operation.kind === "unlink-account" ? [operation.account.id] : []));
  return [...new Set(ids)];
}

/** Returns the accounts with these addresses, and the accounts to which the contacts refer. */
function accountsOf(
  { accounts = [] }: DesiredState,
  contacts: readonly DesiredContact[],
  addresses: ReadonlySet<string>,
): readonly DeclaredAccount[] {
  const find = declaredAccounts(accounts);
  const referenced = new Set(contacts.map(({ account }) => account && find(account)));
  return accounts.flatMap((entry) => {
    if (addresses.has(accountAddress(entry.key))) return [entry];
    return referenced.has(entry) ? [{ ...entry, onlyNamed: true as const }] : [];
  });
}

/** Returns JSON text. Throws a `PlanTooLargeError` if it has more bytes than `limit`. */
export function encodeLines(content: object, limit = MAX_PLAN_BYTES): string {
  const lines: string[] = [];
  let bytes = 0;
  for (const line of escapedJsonLines(content, LINE_DEPTH)) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > limit) throw new PlanTooLargeError(limit);
    lines.push(line);
  }
  return `${lines.join("\n")}\n`;
}

/** `digest` identifies the plan. */
export type DecodedPlan =
  | { readonly saved: SavedPlan; readonly digest: string; readonly diagnostics: readonly Diagnostic[] }
  | { readonly saved?: undefined; readonly diagnostics: readonly Diagnostic[] };

/**
 * Decodes the text of a plan file. Returns the plan as `saved`, and `diagnostics`, which name the file by `path`. They
 * contain an error if the file is not a plan of this format, was edited, is inconsistent, or is not signed with `key`;
 * `saved` is then omitted. They contain a warning if the file is signed and `key` is omitted. Throws a `RangeError` if
 * `key` is empty or has only spaces.
 */
export function decodePlan(
  text: string,
  path: string,
  { key }: { readonly key?: string | undefined } = {},
): DecodedPlan {
  requireKey(key);
  const reject = (problem: PlanFileProblem): DecodedPlan => ({ diagnostics: [planFileError(path, problem)] });
  const json = parseJson(text);
  if (!isJsonObject(json) || isDeeperThan(MAX_DEPTH, json)) return reject({ code: "plan-unreadable" });
  const { content_digest: digest, content_hmac: signature, ...content } = json;
  const format = String(content["format_version"] ?? "");
  if (majorOf(format) !== majorOf(FORMAT_VERSION)) {
    return reject({ code: "plan-format", format, supported: FORMAT_VERSION });
  }
  const expected = canonicalHashes(content, key);
  if (digest !== expected.digest) return reject({ code: "plan-edited", hasDigest: digest !== undefined });
  const invalidSignature = signatureProblem(signature, expected.hmac);
  if (invalidSignature !== undefined) return reject(invalidSignature);
  const schemaProblem = explainInvalidPlan(content);
  if (schemaProblem !== undefined) return reject({ code: "plan-form", problem: schemaProblem });
  const saved = content as unknown as SavedPlan;
  const contradiction = findContradiction(saved.plan, saved.desired);
  if (contradiction !== undefined) return reject({ code: "plan-contradictory", problem: contradiction });
  const isUnverified = signature !== undefined && expected.hmac === undefined;
  return { saved, digest, diagnostics: isUnverified ? [signatureNotVerifiedWarning(path)] : [] };
}

/** Anyone could sign with an empty key, which may come from an empty environment variable. */
function requireKey(key: string | undefined): void {
  if (key?.trim() === "") throw new RangeError("key must not be empty");
}

/** Returns the problem with a signature, if any. Without a key, `expected` is undefined and nothing is verified. */
function signatureProblem(signature: unknown, expected: string | undefined): PlanFileProblem | undefined {
  if (expected === undefined) return undefined;
  if (typeof signature !== "string") return { code: "plan-unsigned" };
  return isEqual(signature, expected) ? undefined : { code: "plan-signature" };
}

/** Compares in constant time, so that a signature cannot be guessed digit by digit. */
function isEqual(signature: string, expected: string): boolean {
  const [a, b] = [Buffer.from(signature), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function majorOf(version: string): string | undefined {
  return version.split(".")[0];
}

/** Returns an error if a saved plan must not be applied, or a warning if it is old. */
export function checkSavedPlan({ saved, version, companyId, now }: CheckedPlan): Diagnostic[] {
  if (saved.errored) return [PLAN_HAS_ERRORS];
  if (majorOf(saved.tool_version) !== majorOf(version)) return [otherToolVersionError(saved.tool_version, version)];
  const { company } = saved.plan;
  if (company.id !== companyId) return [otherCompanyError(company.id, companyId)];
  // The remote state is read again before the apply, so an old plan may be applied.
  const days = Math.floor((now - Date.parse(saved.created_at)) / DAY);
  return days >= 1 ? [oldPlanWarning(days)] : [];
}

interface CheckedPlan {
  readonly saved: SavedPlan;
  readonly version: string;
  readonly companyId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

const DAY = 24 * 60 * 60 * 1000;

/** A plan has about twelve levels. Much deeper values could overflow the stack of recursive functions. */
const MAX_DEPTH = 100;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(levels - 1, part));
}
