import type { ApplyReport } from "../applying/apply.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { type FrontApi, FrontError } from "../front/api.ts";
import { DEFAULT_BACKOFF } from "../front/constants.ts";
import type { Change } from "../model/change.ts";
import type { UndecodableContact } from "../model/contact.ts";
import { type Diagnostic, errorAt, generalError, generalWarning } from "../model/diagnostic.ts";
import type { Operation, Plan } from "../model/plan.ts";
import { groupDigits, plural } from "../model/plural.ts";
import type { AvatarCache } from "../reading/compare-avatars.ts";
import {
  compareMembership,
  compareWithPlan,
  type Finding,
  type FormatDifference,
  isMismatch,
  type Mismatch,
} from "./compare-with-plan.ts";
import { type Subject, VerificationReader } from "./verification-reader.ts";
import { subjectsOf } from "./verification-subjects.ts";

export interface Verification {
  /** True if the verification finished and all resources are as planned. */
  readonly complete: boolean;
  /** Number of resources that are as planned. */
  readonly resources: number;
  /** The addresses of the resources that are not as planned. Omitted if there are none. */
  readonly mismatched?: ReadonlySet<string>;
  /**
   * Errors for resources that are not as planned or for an incomplete verification; a warning if Front stored values in a
   * different format.
   */
  readonly diagnostics: readonly Diagnostic[];
  /** Includes retries. */
  readonly requests: number;
}

export interface VerificationOptions {
  /** Default: the system clock. */
  readonly clock?: Clock;
  /**
   * Base delay in milliseconds. If a resource is not as planned, the verification waits for a multiple of it before it
   * reads the resource again. Default: 500.
   */
  readonly backoff?: number;
  /** Stores the hashes of uploaded pictures. */
  readonly pictures?: AvatarCache;
  /** Ends the waits early. To also end requests, pass the same signal to `connectFront`. */
  readonly signal?: AbortSignal;
  /** `done` is the number of resources that are as planned. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Waits before each repeated reading, as multiples of the backoff. Front may show changes with a delay, and shows them
 * first in responses to requests for a single contact.
 */
const READ_WAITS = [0, 2, 8, 20];

/**
 * Reads the changed resources from Front and compares them with the plan. Skips resources with operations that were not
 * applied, created lists, and contacts that were merged away. Sends no requests if the apply was interrupted or stopped
 * by an error. Reports a `FrontError` as a diagnostic.
 */
export async function verifyApply(
  plan: Pick<Plan, "changes" | "operations" | "basis" | "undoes">,
  report: ApplyReport,
  front: FrontApi,
  options: VerificationOptions = {},
): Promise<Verification> {
  const sentBefore = front.requests;
  const subjects = subjectsOf(plan, report);
  if (subjects.length === 0) return { complete: true, resources: 0, diagnostics: [], requests: 0 };
  const verifier = new Verifier(subjects, new VerificationReader(subjects, { plan, report, front }), options);
  const obstacle = obstacleIn(report) ?? (await verifier.run());
  const nextStep = plan.undoes === undefined ? NEW_PLAN : `Undo ${plan.undoes} again to see the remaining changes.`;
  const { mismatches, mismatched, formatDifferences, resources } = verifier.result();
  return {
    complete: obstacle === undefined && mismatches.length === 0,
    resources,
    ...(mismatched.size > 0 && { mismatched }),
    diagnostics: [
      ...(obstacle === undefined
        ? mismatches.map(({ change, ...mismatch }) => notAsPlanned(change, mismatch, nextStep))
        : [notVerified(obstacle, nextStep)]),
      ...(formatDifferences.length === 0 ? [] : [warnFormat(formatDifferences)]),
    ],
    requests: front.requests - sentBefore,
  };
}

/** The reason why the resources could not be verified. */
type Obstacle = "interrupted" | Pick<FrontError, "message" | "advice">;

/** Returns the reason why the verification would fail, because no more requests can be sent; undefined if there is none. */
function obstacleIn({ interrupted, stoppedBy }: ApplyReport): Obstacle | undefined {
  return interrupted ? "interrupted" : stoppedBy;
}

class Verifier {
  readonly #subjects: readonly Subject[];
  readonly #options: VerificationOptions;
  readonly #reader: VerificationReader;
  readonly #findings = new Map<Subject, readonly Finding[]>();

  constructor(subjects: readonly Subject[], reader: VerificationReader, options: VerificationOptions) {
    this.#subjects = subjects;
    this.#options = options;
    this.#reader = reader;
  }

  async run(): Promise<Obstacle | undefined> {
    const { clock = systemClock, backoff = DEFAULT_BACKOFF, signal } = this.#options;
    try {
      await this.#reader.readListings(this.#subjects);
      let pending = this.#compareAll(this.#subjects);
      for (const wait of READ_WAITS) {
        if (pending.length === 0) return undefined;
        await clock.sleep(wait * backoff, signal);
        await this.#reader.readAgain(pending, { isFirst: wait === 0 });
        pending = this.#compareAll(pending);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof FrontError)) throw error;
      return error.code === "interrupted" ? "interrupted" : error;
    }
  }

  /** Returns the resources that are not as planned, or not read yet. */
  #compareAll(subjects: readonly Subject[]): Subject[] {
    const pending = subjects.filter((subject) => {
      const findings = this.#compare(subject);
      if (findings !== undefined) this.#findings.set(subject, findings);
      return findings === undefined || findings.some(isMismatch);
    });
    this.#options.onProgress?.(this.#subjects.length - pending.length, this.#subjects.length);
    return pending;
  }

  /** Returns undefined if the resource was not read yet. */
  #compare(subject: Subject): readonly Finding[] | undefined {
    switch (subject.kind) {
      case "account":
        return this.#compareAccount(subject);
      case "contact":
        return this.#compareContact(subject);
      case "removed-member":
        return this.#compareMember(subject);
      case "deleted-list":
        return compareMembership("the list", { expected: false, actual: this.#reader.hasList(subject.id) });
    }
  }

  #compareAccount({ change, id, operations }: Subject): readonly Finding[] | undefined {
    const account = this.#reader.accountOf(id);
    if (change.action === "delete" || typeof account !== "object") {
      return comparePresence("the account", change, account);
    }
    return compareWithPlan(change, operations, account);
  }

  #compareContact({ change, id, operations }: Subject): readonly Finding[] | undefined {
    const contact = this.#reader.contactOf(id);
    if (change.action === "delete" || contact === "missing") return comparePresence("the contact", change, contact);
    const accounts = this.#reader.compareAccounts(id, operations);
    if (contact === undefined) return this.#reader.needsReading(id) ? undefined : accounts;
    if ("problem" in contact) return [undecodable("the contact", contact), ...accounts];
    const findings = compareWithPlan(change, operations, contact);
    if (!findings.some(isMismatch)) this.#storePictureHash(operations, contact.avatarUrl);
    return [...findings, ...accounts];
  }

  /** A deleted contact is on no list. */
  #compareMember({ id, listId, name }: Extract<Subject, { kind: "removed-member" }>) {
    const contact = this.#reader.contactOf(id);
    if (contact === undefined && this.#reader.needsReading(id)) return undefined;
    if (typeof contact !== "object") return [];
    const attribute = `contact ${name}`;
    if ("problem" in contact) return [undecodable(attribute, contact)];
    const isMember = contact.lists.some((list) => list.id === listId);
    return compareMembership(attribute, { expected: false, actual: isMember });
  }

  #storePictureHash(operations: readonly Operation[], url: string | undefined): void {
    for (const operation of operations) {
      if (operation.kind === "upload-avatar" && url !== undefined) {
        this.#options.pictures?.storeHash(url, operation.picture.sha256);
      }
    }
  }

  result() {
    const all = [...this.#findings];
    const mismatched = all.filter(([, findings]) => findings.some(isMismatch));
    return {
      mismatched: new Set(mismatched.map(([{ change }]) => change.address)),
      resources: all.length - mismatched.length,
      mismatches: all.flatMap(([{ change }, findings]) =>
        findings.filter(isMismatch).map((mismatch) => ({ change, ...mismatch })),
      ),
      formatDifferences: all.flatMap(([{ change }, findings]) =>
        findings.flatMap((finding) => (isMismatch(finding) ? [] : [{ change, ...finding }])),
      ),
    };
  }
}

/** Returns undefined if the resource was not read yet. */
function comparePresence(attribute: string, { action }: Change, resource: object | "missing" | undefined) {
  const presence = { expected: action !== "delete", actual: resource !== "missing" };
  return resource && compareMembership(attribute, presence);
}

function undecodable(attribute: string, { problem: detail }: UndecodableContact): Finding {
  return { attribute, problem: "undecodable", detail };
}

const NEW_PLAN = "Create a new plan to see the remaining changes.";

function notAsPlanned({ address, location }: Change, mismatch: Mismatch, nextStep: string): Diagnostic {
  if (mismatch.problem === "unmanaged-lost") {
    const summary = `${address} lost its unmanaged ${mismatch.attribute} in Front during the apply`;
    const advice = "Restore the lost values in Front, and find out what removed them before you apply more changes.";
    return errorAt(location, "not-as-planned", summary, advice);
  }
  const reason =
    mismatch.problem === "undecodable"
      ? "it cannot be verified"
      : "the value was changed afterward, or Front did not store it";
  const summary = `${address} is not as planned: ${mismatch.attribute} ${describeProblem(mismatch)}`;
  return errorAt(location, "not-as-planned", summary, `Front accepted the change, but ${reason}. ${nextStep}`);
}

function describeProblem(mismatch: Exclude<Mismatch, { problem: "unmanaged-lost" }>): string {
  switch (mismatch.problem) {
    case "missing":
      return "is missing in Front";
    case "not-removed":
      return "was not removed in Front";
    case "different":
      return `is ${mismatch.found} in Front instead of ${mismatch.expected}`;
    case "undecodable":
      return `cannot be decoded: ${mismatch.detail}`;
  }
}

function notVerified(obstacle: Obstacle, nextStep: string): Diagnostic {
  if (obstacle === "interrupted")
    return generalError("not-verified", "The apply was not verified, because the run was interrupted", nextStep);
  const { message, advice } = obstacle;
  return generalError("not-verified", `The apply could not be verified: ${message}`, `${advice} ${nextStep}`);
}

/** Maximum number of values in a warning. The other values are only counted. */
const MAX_EXAMPLES = 5;

const UNCLEAR_NUMBER =
  "In the configuration, write phone numbers with + and their country code. Otherwise, the next plan may not match the contact.";

/** A search in Front for the declared value might not find a value in a different format. */
function warnFormat(differences: readonly (FormatDifference & { readonly change: Change })[]): Diagnostic {
  const count = differences.length;
  const examples = differences.slice(0, MAX_EXAMPLES).map(({ change, attribute, sent, stored }) => {
    return `${change.address}: ${attribute} ${JSON.stringify(sent)} was stored as ${JSON.stringify(stored)}`;
  });
  const remainder = count > MAX_EXAMPLES ? [`and ${groupDigits(count - MAX_EXAMPLES)} more`] : [];
  const summary = `Front stored ${plural(count, "value")} in a different format`;
  const advice = `${[...examples, ...remainder].join("; ")}. ${differences.some(({ isUnclear }) => isUnclear) ? UNCLEAR_NUMBER : "Both forms are treated as equal; no action is needed."}`;
  return generalWarning("spelled-differently", summary, advice);
}
