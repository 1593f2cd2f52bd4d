import type { ApplyReport } from "../applying/apply.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { type FrontApi, FrontError } from "../front/api.ts";
import { DEFAULT_BACK_OFF } from "../front/constants.ts";
import type { Change } from "../model/change.ts";
import type { UndecodableContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Operation, Plan } from "../model/plan.ts";
import type { AvatarCache } from "../reading/compare-pictures.ts";
import {
  type Comparison,
  compareMembership,
  compareWithPlan,
  comparisonOf,
  type Finding,
  type Mismatch,
  type Respelling,
} from "./compare-with-plan.ts";
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
  const verifier = new Verifier(subjects, new VerificationReader(subjects, { plan, report, front }), options);
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

class Verifier {
  readonly #subjects: readonly Subject[];
  readonly #options: VerificationOptions;
  readonly #reader: VerificationReader;
  readonly #comparisons = new Map<Subject, Comparison>();

  constructor(subjects: readonly Subject[], reader: VerificationReader, options: VerificationOptions) {
    this.#subjects = subjects;
    this.#options = options;
    this.#reader = reader;
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
    return comparisonOf([compareMembership("the list", false, this.#reader.hasList(id))]);
  }

  #compareAccount({ change, id, operations }: Subject): Comparison | undefined {
    const shown = this.#reader.accountOf(id);
    if (change.action === "delete" || typeof shown !== "object") return comparePresence("the account", change, shown);
    return compareWithPlan(change, operations, shown);
  }

  #compareContact({ change, id, operations }: Subject): Comparison | undefined {
    const shown = this.#reader.of(id);
    if (change.action === "delete" || shown === "gone") return comparePresence("the contact", change, shown);
    const accounts = this.#reader.compareAccounts(id, operations);
    if (shown === undefined) return this.#reader.needsNoReading(id) ? comparisonOf(accounts) : undefined;
    if ("problem" in shown) return comparisonOf([undecodable("the contact", shown), ...accounts]);
    const { mismatches, respelled } = compareWithPlan(change, operations, shown);
    if (mismatches.length === 0) this.#remember(operations, shown.avatarUrl);
    return { mismatches: [...mismatches, ...comparisonOf(accounts).mismatches], respelled };
  }

  /** Checks that a contact left a list. A deleted contact is on no list. */
  #compareMember(id: string, { listId, name }: NonNullable<Subject["leaves"]>): Comparison | undefined {
    const shown = this.#reader.of(id);
    if (shown === undefined && !this.#reader.needsNoReading(id)) return undefined;
    const attribute = `contact ${name}`;
    if (typeof shown !== "object") return comparisonOf([]);
    if ("problem" in shown) return comparisonOf([undecodable(attribute, shown)]);
    const isThere = shown.lists.some((list) => list.id === listId);
    return comparisonOf([compareMembership(attribute, false, isThere)]);
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

/** Compares whether a resource exists; undefined until it was read. */
function comparePresence(attribute: string, { action }: Change, shown: object | "gone" | undefined) {
  return shown && comparisonOf([compareMembership(attribute, action !== "delete", shown !== "gone")]);
}

function undecodable(attribute: string, { problem: detail }: UndecodableContact): Finding {
  return { mismatch: { attribute, problem: "undecodable", detail } };
}

const PLAN_AGAIN = "Run plan again to see the remaining changes.";

function notAsPlanned({ address, location }: Change, mismatch: Mismatch): Diagnostic {
  return {
    severity: "error",
    code: "not-as-planned",
    summary: `${address} is not as planned: ${mismatch.attribute} ${describeProblem(mismatch)}`,
    advice: `Front accepted the change, but someone has changed it since, or Front did not keep it. ${PLAN_AGAIN}`,
    ...(location === undefined ? {} : { location }),
  };
}

function describeProblem(mismatch: Mismatch): string {
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

const INTERRUPTED: Diagnostic = {
  severity: "error",
  code: "not-verified",
  summary: "The apply was not verified, because the run was interrupted",
  advice: PLAN_AGAIN,
};

/** Returns the error for a verification that stopped. `message` and `advice` are those of its cause. */
function notVerified({ message, advice }: { readonly message: string; readonly advice: string }): Diagnostic {
  return {
    severity: "error",
    code: "not-verified",
    summary: `The apply could not be verified: ${message}`,
    advice: `${advice} ${PLAN_AGAIN}`,
  };
}

/** Maximum number of values that a message names; the others are counted. */
const MAX_EXAMPLES = 5;

/**
 * Returns a warning about values that Front spells differently, because people may not find them in Front by the
 * spelling in the files.
 */
function spelledDifferently(respelled: readonly (Respelling & { readonly change: Change })[]): Diagnostic {
  const count = respelled.length;
  const examples = respelled.slice(0, MAX_EXAMPLES).map(({ change, attribute, sent, shown }) => {
    return `${change.address}: ${attribute} ${JSON.stringify(sent)} is ${JSON.stringify(shown)}`;
  });
  const more = count > MAX_EXAMPLES ? [`and ${count - MAX_EXAMPLES} more`] : [];
  return {
    severity: "warning",
    code: "spelled-differently",
    summary: `Front spells ${count === 1 ? "1 value" : `${count} values`} differently`,
    advice: `${[...examples, ...more].join("; ")}. Both spellings count as equal; no action is needed.`,
  };
}
