import type { ApplyReport } from "../applying/apply.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { type FrontApi, FrontError } from "../front/api.ts";
import { DEFAULT_BACK_OFF } from "../front/constants.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Operation, Plan } from "../model/plan.ts";
import type { AvatarCache } from "../reading/compare-pictures.ts";
import { compareAccountWithPlan } from "./compare-account.ts";
import { type Comparison, compareWithPlan, type Mismatch } from "./compare-with-plan.ts";
import { INTERRUPTED, notAsPlanned, notVerified, spelledDifferently } from "./messages.ts";
import { type Subject, VerificationReader } from "./verification-reader.ts";
import { subjectsOf } from "./verification-subjects.ts";

/** The result of comparing Front with an applied plan. */
export interface Verification {
  /** True if Front shows every fully applied resource as planned, and the verification was not cut short. */
  readonly complete: boolean;
  /** The number of verified resources that Front shows as planned. */
  readonly contacts: number;
  /** An error for each difference from the plan; a warning when Front spells values differently. */
  readonly diagnostics: readonly Diagnostic[];
  /** Requests sent, including retries. */
  readonly requests: number;
}

export interface VerificationOptions {
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Milliseconds. A contact that is not as planned is read again after 2, 8 and 20 times as long. Default: 500. */
  readonly backOff?: number;
  /** The same value as in the options of `applyPlan`. */
  readonly known?: ReadonlyMap<string, string>;
  /** Remembers the URL of each uploaded picture, so that later plans need not download it. */
  readonly pictures?: AvatarCache;
  readonly signal?: AbortSignal;
  /** Called with the number of resources found as planned, and of all resources. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Waits before each reading, in back-offs. Front may show changes late, and shows them first in a request for one
 * contact.
 */
const LOOK_WAITS = [0, 2, 8, 20];

/**
 * Reads every fully applied resource from Front and compares it with the plan. Sends as many requests as the plan
 * estimated, unless a resource is not as planned. Never throws a `FrontError`: the diagnostics report it.
 */
export async function verifyApply(
  plan: Pick<Plan, "changes" | "operations" | "basis">,
  report: ApplyReport,
  front: FrontApi,
  options: VerificationOptions = {},
): Promise<Verification> {
  const sentBefore = front.requests;
  const subjects = subjectsOf(plan, report, options.known);
  if (subjects.length === 0) return { complete: true, contacts: 0, diagnostics: [], requests: 0 };
  const verifier = new Verifier(subjects, { plan, report, front, options });
  const obstacle = report.interrupted ? INTERRUPTED : await verifier.run();
  const { mismatches, respelled, contacts } = verifier.result();
  return {
    complete: obstacle === undefined && mismatches.length === 0,
    contacts,
    diagnostics: [
      ...(obstacle === undefined ? mismatches : [obstacle]),
      ...(respelled.length === 0 ? [] : [spelledDifferently(respelled)]),
    ],
    requests: front.requests - sentBefore,
  };
}

interface VerificationInput {
  readonly plan: Pick<Plan, "operations" | "basis">;
  readonly report: ApplyReport;
  readonly front: FrontApi;
  readonly options: VerificationOptions;
}

class Verifier {
  readonly #subjects: readonly Subject[];
  readonly #options: VerificationOptions;
  readonly #reader: VerificationReader;
  readonly #comparisons = new Map<Subject, Comparison>();

  constructor(subjects: readonly Subject[], { plan, report, front, options }: VerificationInput) {
    this.#subjects = subjects;
    this.#options = options;
    this.#reader = new VerificationReader(subjects, { plan, report, front });
  }

  /** Reads and compares the resources. Returns the reason if they could not be verified. */
  async run(): Promise<Diagnostic | undefined> {
    const { clock = systemClock, backOff = DEFAULT_BACK_OFF, signal } = this.#options;
    try {
      await this.#reader.gather(this.#subjects);
      let pending = this.#compareAll(this.#subjects);
      for (const wait of LOOK_WAITS) {
        if (pending.length === 0) return undefined;
        await clock.sleep(wait * backOff, signal);
        await this.#reader.lookAgain(pending, { first: wait === 0 });
        pending = this.#compareAll(pending);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof FrontError)) throw error;
      return error.code === "interrupted" ? INTERRUPTED : notVerified(error);
    }
  }

  /** Returns the resources that are not as planned, or not read yet. */
  #compareAll(subjects: readonly Subject[]): Subject[] {
    const pending = subjects.filter((subject) => {
      const outcome = this.#compare(subject);
      if (outcome !== undefined) this.#comparisons.set(subject, outcome);
      return outcome === undefined || outcome.mismatches.length > 0;
    });
    this.#options.onProgress?.(this.#subjects.length - pending.length, this.#subjects.length);
    return pending;
  }

  /** Compares a resource with its plan; undefined until enough was read. */
  #compare(subject: Subject): Comparison | undefined {
    const { change, id, leaves } = subject;
    if (leaves !== undefined) return this.#compareMember(id, leaves);
    if (change.type === "front_account") return this.#compareAccount(subject);
    if (change.type === "front_contact") return this.#compareContact(subject);
    return { mismatches: this.#reader.hasList(id) ? [LIST_NOT_REMOVED] : [], respelled: [] };
  }

  #compareAccount({ change, id, operations }: Subject): Comparison | undefined {
    const shown = this.#reader.accountOf(id);
    if (shown === undefined) return undefined;
    if (change.action === "delete") return { mismatches: shown === "gone" ? [] : [ACCOUNT_NOT_REMOVED], respelled: [] };
    if (shown === "gone") return { mismatches: [ACCOUNT_MISSING], respelled: [] };
    return compareAccountWithPlan(change, operations, shown);
  }

  #compareContact({ change, id, operations }: Subject): Comparison | undefined {
    const shown = this.#reader.of(id);
    const accounts = this.#reader.accountMismatches(id, operations);
    if (change.action === "delete") {
      return shown && { mismatches: shown === "gone" ? [] : [NOT_REMOVED], respelled: [] };
    }
    if (shown === "gone") return { mismatches: [MISSING], respelled: [] };
    if (shown === undefined) {
      return this.#reader.needsNoReading(id) ? { mismatches: accounts, respelled: [] } : undefined;
    }
    if ("problem" in shown)
      return {
        mismatches: [{ attribute: "the contact", problem: "undecodable", detail: shown.problem }, ...accounts],
        respelled: [],
      };
    const { mismatches, respelled } = compareWithPlan(change, operations, shown);
    if (mismatches.length === 0) this.#remember(operations, shown.avatarUrl);
    return { mismatches: [...mismatches, ...accounts], respelled };
  }

  /** Checks that a contact left a list. A deleted contact is on no list. */
  #compareMember(id: string, { listId, name }: NonNullable<Subject["leaves"]>): Comparison | undefined {
    const shown = this.#reader.of(id);
    if (shown === undefined && !this.#reader.needsNoReading(id)) return undefined;
    const attribute = `contact ${name}`;
    if (shown === undefined || shown === "gone") return { mismatches: [], respelled: [] };
    if ("problem" in shown) {
      return { mismatches: [{ attribute, problem: "undecodable", detail: shown.problem }], respelled: [] };
    }
    const isThere = shown.lists.some((list) => list.id === listId);
    return { mismatches: isThere ? [{ attribute, problem: "not-removed" }] : [], respelled: [] };
  }

  #remember(operations: readonly Operation[], url: string | undefined): void {
    for (const operation of operations) {
      if (operation.kind === "upload-avatar" && url !== undefined) {
        this.#options.pictures?.remember(url, operation.picture.sha256);
      }
    }
  }

  result() {
    const all = [...this.#comparisons];
    return {
      contacts: all.filter(([, { mismatches }]) => mismatches.length === 0).length,
      mismatches: all.flatMap(([{ change }, { mismatches }]) => mismatches.map((each) => notAsPlanned(change, each))),
      respelled: all.flatMap(([{ change }, { respelled }]) => respelled.map((each) => ({ change, ...each }))),
    };
  }
}

const NOT_REMOVED: Mismatch = { attribute: "the contact", problem: "not-removed" };
const LIST_NOT_REMOVED: Mismatch = { attribute: "the list", problem: "not-removed" };
const ACCOUNT_NOT_REMOVED: Mismatch = { attribute: "the account", problem: "not-removed" };
const ACCOUNT_MISSING: Mismatch = { attribute: "the account", problem: "missing" };
const MISSING: Mismatch = { attribute: "the contact", problem: "missing" };
