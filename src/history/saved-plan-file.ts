import { timingSafeEqual } from "node:crypto";
import { explainInvalidPlan } from "../config/schema.ts";
import { escapedJsonLines } from "../escape/escape-json.ts";
import { continuedBase } from "../matching/base-entries.ts";
import type { DeclaredAccount } from "../model/account.ts";
import { accountAddress, contactAddress, listAddress } from "../model/address.ts";
import { declaredAccounts } from "../model/company.ts";
import type { DesiredContact, DesiredState } from "../model/contact.ts";
import { type Diagnostic, hasErrors } from "../model/diagnostic.ts";
import { canonicalHashes, digestOf } from "../model/fingerprint.ts";
import { isJsonObject } from "../model/json-object.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { Plan } from "../model/plan.ts";
import { UserError } from "../model/user-error.ts";
import {
  oldPlan,
  otherCompany,
  otherToolVersion,
  PLAN_HAS_ERRORS,
  type PlanFileProblem,
  planFileError,
  signatureNotVerified,
} from "./messages.ts";
import { findContradiction } from "./plan-contradictions.ts";

/** The version of the format. The first number changes when older readers cannot read it. */
const FORMAT_VERSION = "1.0";

/** The content of a plan file. */
export interface SavedPlan {
  readonly format_version: string;
  /** The version of the tool that made it. */
  readonly tool_version: string;
  readonly created_at: string;
  /** True if the plan has errors. Such a plan can be shown, but not applied. */
  readonly errored: boolean;
  /** A hash of the whole desired state, including entries that the plan does not touch. */
  readonly files_digest: string;
  /** The desired state, with only the contacts that the plan touches. */
  readonly desired: DesiredState;
  readonly plan: Plan;
}

export interface SaveOptions {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** A secret with which the file is signed. */
  readonly key?: string | undefined;
  /** Bytes that the file may have. Defaults to `MAX_PLAN_BYTES`. */
  readonly limit?: number;
}

/**
 * Maximum size of a plan file in bytes. 100,000 changes take less than half of it. No string holds more than 512 MB, so
 * a larger file could not be read again.
 */
export const MAX_PLAN_BYTES = 500 * 1024 * 1024;

/** A plan is larger than the limit for plan files. */
export class PlanTooLargeError extends UserError {
  constructor(limit: number) {
    super("plan-too-large", `The plan was not saved: it is larger than ${limit / 1024 / 1024} MB`, {
      advice: "Plan some of the contacts at a time, or apply without saving the plan.",
    });
  }
}

/** Sections of a plan file have a line for each contact, change and operation. */
const LINE_DEPTH = 3;

/**
 * Returns the text of a plan file. Of the configuration, it contains only the entries that the plan touches. Throws a
 * `PlanTooLargeError` when it would be too large to be read again.
 */
export function encodePlan(plan: Plan, desired: DesiredState, options: SaveOptions): string {
  const { version, now, key, limit = MAX_PLAN_BYTES } = options;
  const touched = new Set(plan.changes.map(({ address }) => address));
  const { base, ...files } = desired;
  // The members of a list that the plan does not touch match the files, and are not managed when the plan is applied.
  const lists = files.lists.map(({ members, ensure, ...list }) =>
    touched.has(listAddress(list.name)) ? omitUndefined({ ...list, members, ensure }) : list,
  );
  const contacts = files.contacts.filter((entry) => touched.has(contactAddress(entry.key)));
  const accounts = accountsOf(files, contacts, touched);
  const { accounts: _, ...withoutAccounts } = files;
  const saved: SavedPlan = {
    format_version: FORMAT_VERSION,
    tool_version: version,
    created_at: new Date(now).toISOString(),
    errored: hasErrors(plan.diagnostics),
    files_digest: digestOf(files),
    desired: {
      ...withoutAccounts,
      contacts,
      lists,
      ...(accounts.length === 0 ? {} : { accounts }),
      ...(base === undefined ? {} : { base: continuedBase(base, contacts) }),
    },
    plan,
  };
  const { digest, hmac } = canonicalHashes(saved, key);
  const file = { ...saved, content_digest: digest, content_hmac: hmac };
  return joinWithin(limit, escapedJsonLines(file, LINE_DEPTH));
}

/** Returns the accounts that the plan touches, and those that its contacts name. */
function accountsOf(
  { accounts = [] }: DesiredState,
  contacts: readonly DesiredContact[],
  touched: ReadonlySet<string>,
): readonly DeclaredAccount[] {
  const find = declaredAccounts(accounts);
  const named = new Set(contacts.map(({ account }) => account && find(account)));
  return accounts.flatMap((entry) => {
    if (touched.has(accountAddress(entry.key))) return [entry];
    return named.has(entry) ? [{ ...entry, onlyNamed: true as const }] : [];
  });
}

/** Returns the content of a plan file for a plan without a configuration. */
export function savedPlanOf(
  plan: Plan,
  { version, createdAt }: { readonly version: string; readonly createdAt: string },
): SavedPlan {
  return {
    ...{ format_version: FORMAT_VERSION, tool_version: version, created_at: createdAt, errored: false },
    ...{ files_digest: NO_DIGEST, desired: { contacts: [], lists: [], customFields: [], settings: {} }, plan },
  };
}

const NO_DIGEST = "0".repeat(64);

/** Joins lines. Throws a `PlanTooLargeError` when they have more bytes than `limit`. */
export function joinWithin(limit: number, lines: Iterable<string>): string {
  const taken: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > limit) throw new PlanTooLargeError(limit);
    taken.push(line);
  }
  return `${taken.join("\n")}\n`;
}

export type DecodedPlan =
  | { readonly saved: SavedPlan; readonly diagnostics: readonly Diagnostic[] }
  | { readonly saved?: undefined; readonly diagnostics: readonly Diagnostic[] };

/**
 * Decodes the text of a plan file. A file that is not a plan of this format, was edited, contradicts itself, or is not
 * signed with `key` is refused with one error. Without `key` a signature is not verified, with a warning.
 */
export function decodePlan(
  text: string,
  path: string,
  { key }: { readonly key?: string | undefined } = {},
): DecodedPlan {
  const refuse = (problem: PlanFileProblem): DecodedPlan => ({ diagnostics: [planFileError(path, problem)] });
  const json = parsed(text);
  if (!isJsonObject(json) || isDeeperThan(MAX_DEPTH, json)) return refuse({ code: "plan-unreadable" });
  const { content_digest: digest, content_hmac: signature, ...content } = json;
  const format = String(content["format_version"]);
  if (majorOf(format) !== majorOf(FORMAT_VERSION)) {
    return refuse({ code: "plan-format", found: format, supported: FORMAT_VERSION });
  }
  const seal = canonicalHashes(content, key);
  if (digest !== seal.digest) return refuse({ code: "plan-edited" });
  const forged = signatureProblem(signature, seal.hmac);
  if (forged !== undefined) return refuse(forged);
  const invalid = explainInvalidPlan(content);
  if (invalid !== undefined) return refuse({ code: "plan-form", problem: invalid });
  const saved = content as unknown as SavedPlan;
  const contradiction = findContradiction(saved);
  if (contradiction !== undefined) return refuse({ code: "plan-contradictory", problem: contradiction });
  const isUnverified = signature !== undefined && seal.hmac === undefined;
  return { saved, diagnostics: isUnverified ? [signatureNotVerified(path)] : [] };
}

/**
 * Returns the problem with a signature, if any. `expected` is undefined without a key; then a signature is not
 * verified.
 */
function signatureProblem(signature: unknown, expected: string | undefined): PlanFileProblem | undefined {
  if (expected === undefined) return undefined;
  if (typeof signature !== "string") return { code: "plan-unsigned" };
  return isEqual(signature, expected) ? undefined : { code: "plan-signature" };
}

/** Compares signatures in constant time, so that one cannot be guessed digit by digit. */
function isEqual(signature: string, expected: string): boolean {
  const [a, b] = [Buffer.from(signature), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function majorOf(version: string): string | undefined {
  return version.split(".")[0];
}

/** Returns why a saved plan is not applied, independent of the state of Front; and a warning when it is old. */
export function checkSavedPlan({ saved, version, companyId, now }: CheckedPlan): Diagnostic[] {
  if (saved.errored) return [PLAN_HAS_ERRORS];
  if (majorOf(saved.tool_version) !== majorOf(version)) return [otherToolVersion(saved.tool_version, version)];
  const { company } = saved.plan;
  if (company.id !== companyId) return [otherCompany(company.id, companyId)];
  // The remote state of everything in the plan is read again, so age alone is no reason to refuse it.
  const days = Math.floor((now - Date.parse(saved.created_at)) / DAY);
  return days >= 1 ? [oldPlan(days)] : [];
}

interface CheckedPlan {
  readonly saved: SavedPlan;
  readonly version: string;
  readonly companyId: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

const DAY = 24 * 60 * 60 * 1000;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A plan has about twelve levels; deeper values would overflow the stack of the functions that walk it. */
const MAX_DEPTH = 100;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeperThan(levels - 1, part));
}
