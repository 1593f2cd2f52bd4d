import type { ApplyReport } from "../applying/apply.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { type FrontApi, FrontError } from "../front/api.ts";
import { DEFAULT_BACK_OFF } from "../front/constants.ts";
import type { Change } from "../model/change.ts";
import type { UndecodableContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { Operation, Plan } from "../model/plan.ts";
import type { AvatarCache } from "../reading/read-remote-state.ts";
import { compareWithPlan, type Mismatch, type Outcome, type Respelling } from "./compare-with-plan.ts";
import { type Subject, VerificationReader } from "./verification-reader.ts";

/** Whether Front shows what was applied. */
export interface Verification {
  /** Everything of which everything was applied is in Front as planned, and nothing cut the proof short. */
  readonly complete: boolean;
  /** How many contacts were found to be as planned. */
  readonly contacts: number;
  /** An error for everything that is not as planned; a warning when Front spells something in its own way. */
  readonly diagnostics: readonly Diagnostic[];
  /** Requests sent for it, repeated ones included. */
  readonly requests: number;
}

export interface VerificationOptions {
  /** In place of the machine's own. */
  readonly clock?: Clock;
  /** Milliseconds. What is not as planned is looked at again after 2, 8 and 20 times as long. Usually 500. */
  readonly backOff?: number;
  /** As for `applyPlan`. */
  readonly known?: ReadonlyMap<string, string>;
  /** Is told at which address each uploaded picture is shown, so that no later plan has to download it. */
  readonly pictures?: AvatarCache;
  readonly signal?: AbortSignal;
  /** Called as contacts are found to be as planned, with how many are, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Front may show late what it has done, but it shows a contact that is asked for by its id soonest. */
const LOOK_WAITS = [0, 2, 8, 20];

/**
 * Asks Front what has become of every contact of which everything was applied, and holds that against the plan. Takes
 * as many requests as the plan foretold, unless something is not as planned. Never throws for what Front says.
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
  const prover = new Verifier(subjects, { plan, report, front, options });
  const shortfall = report.interrupted ? INTERRUPTED : await prover.run();
  const { mismatches, respelled, contacts } = prover.outcome();
  return {
    complete: shortfall === undefined && mismatches.length === 0,
    contacts,
    diagnostics: [
      ...(shortfall === undefined ? mismatches : [shortfall]),
      ...(respelled.length === 0 ? [] : [spelledByFront(respelled)]),
    ],
    requests: front.requests - sentBefore,
  };
}

/** What was not applied is in the account of the apply already, so only contacts that are done are proved. */
function subjectsOf(
  { changes, operations }: Pick<Plan, "changes" | "operations">,
  { results, refusals = [] }: ApplyReport,
  known: ReadonlyMap<string, string> = new Map(),
): Subject[] {
  const undone = new Set([
    ...results.flatMap(({ status, operation }) => (status === "applied" ? [] : operation.subjects)),
    ...refusals.map(({ address }) => address),
  ]);
  const created = new Map(
    results.flatMap((result) =>
      result.status === "applied" && result.operation.kind === "create-contact" && result.contactId !== undefined
        ? [[result.operation.subjects[0] ?? "", result.contactId] as const]
        : [],
    ),
  );
  const byAddress = new Map<string, Operation[]>();
  for (const operation of operations) {
    for (const address of operation.subjects) {
      const own = byAddress.get(address) ?? [];
      own.push(operation);
      byAddress.set(address, own);
    }
  }
  return changes.flatMap((change) => {
    const { address } = change;
    const id = change.id ?? created.get(address) ?? known.get(address);
    const own = byAddress.get(address) ?? [];
    if (change.type !== "front_contact" || id === undefined || undone.has(address)) return [];
    return own.length === 0 || isMergedAway(change, own) ? [] : [{ change, id, operations: own }];
  });
}

/** What it held is looked for where it went. */
function isMergedAway({ action }: Change, operations: readonly Operation[]): boolean {
  return action === "delete" && !operations.some(({ kind }) => kind === "delete-contact");
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
  readonly #evidence: VerificationReader;
  readonly #outcomes = new Map<Subject, Outcome>();

  constructor(subjects: readonly Subject[], { plan, report, front, options }: VerificationInput) {
    this.#subjects = subjects;
    this.#options = options;
    this.#evidence = new VerificationReader(subjects, { plan, report, front });
  }

  /** Ends with the reason why there is no proof, if there is none. */
  async run(): Promise<Diagnostic | undefined> {
    const { clock = systemClock, backOff = DEFAULT_BACK_OFF, signal } = this.#options;
    try {
      await this.#evidence.gather(this.#subjects);
      let unsettled = this.#judge(this.#subjects);
      for (const wait of LOOK_WAITS) {
        if (unsettled.length === 0) return undefined;
        await clock.sleep(wait * backOff, signal);
        await this.#evidence.lookAgain(unsettled, { first: wait === 0 });
        unsettled = this.#judge(unsettled);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof FrontError)) throw error;
      return error.code === "interrupted" ? INTERRUPTED : unproved(error);
    }
  }

  /** Ends with those that are not as planned, or not seen yet. */
  #judge(subjects: readonly Subject[]): Subject[] {
    const unsettled = subjects.filter((subject) => {
      const outcome = this.#outcomeOf(subject);
      if (outcome !== undefined) this.#outcomes.set(subject, outcome);
      return outcome === undefined || outcome.mismatches.length > 0;
    });
    this.#options.onProgress?.(this.#subjects.length - unsettled.length, this.#subjects.length);
    return unsettled;
  }

  /** Undefined as long as there is nothing to tell by. */
  #outcomeOf({ change, id, operations }: Subject): Outcome | undefined {
    const shown = this.#evidence.of(id);
    const accounts = this.#evidence.accountMismatches(id, operations);
    if (change.action === "delete") {
      return shown && { mismatches: shown === "gone" ? [] : [STILL_THERE], respelled: [] };
    }
    if (shown === "gone") return { mismatches: [NOT_THERE], respelled: [] };
    if (shown === undefined) {
      return this.#evidence.isSettledUnseen(id) ? { mismatches: accounts, respelled: [] } : undefined;
    }
    if ("problem" in shown) return { mismatches: [undecodable(shown), ...accounts], respelled: [] };
    const { mismatches, respelled } = compareWithPlan(change, operations, shown);
    if (mismatches.length === 0) this.#remember(operations, shown.avatarUrl);
    return { mismatches: [...mismatches, ...accounts], respelled };
  }

  #remember(operations: readonly Operation[], url: string | undefined): void {
    for (const operation of operations) {
      if (operation.kind === "upload-avatar" && url !== undefined) {
        this.#options.pictures?.remember(url, operation.picture.sha256);
      }
    }
  }

  outcome() {
    const all = [...this.#outcomes];
    return {
      contacts: all.filter(([, { mismatches }]) => mismatches.length === 0).length,
      mismatches: all.flatMap(([{ change }, { mismatches }]) => mismatches.map((each) => notAsPlanned(change, each))),
      respelled: all.flatMap(([{ change }, { respelled }]) => respelled.map((each) => ({ change, ...each }))),
    };
  }
}

function undecodable({ problem }: UndecodableContact): Mismatch {
  return { attribute: "the contact", expected: "decodable", found: problem };
}

const STILL_THERE: Mismatch = { attribute: "the contact", expected: "gone", found: "there" };
const NOT_THERE: Mismatch = { attribute: "the contact", expected: "there", found: "gone" };

function notAsPlanned({ address, location }: Change, { attribute, expected, found }: Mismatch): Diagnostic {
  return {
    severity: "error",
    code: "not-as-planned",
    summary: `${address} is not as planned: ${attribute} should be ${expected}, and in Front it is ${found}`,
    advice:
      "Front took the change, and something has changed it since, or Front did not keep it. Plan again: the plan shows what is left to do.",
    ...(location === undefined ? {} : { location }),
  };
}

const INTERRUPTED: Diagnostic = {
  severity: "error",
  code: "unproved",
  summary: "What was applied was not checked in Front, because the run was interrupted",
  advice: "Plan again: the plan shows what is left to do.",
};

function unproved({ message, advice }: FrontError): Diagnostic {
  return {
    severity: "error",
    code: "unproved",
    summary: `What was applied could not be checked in Front: ${message}`,
    advice: `${advice} Then plan again: the plan shows whether anything is left to do.`,
  };
}

/** More than these are only counted. */
const NAMED = 5;

/** Both spellings count as the same, so there is nothing to do; but whoever looks for theirs in Front should know. */
function spelledByFront(respelled: readonly (Respelling & { readonly change: Change })[]): Diagnostic {
  const count = respelled.length;
  const examples = respelled.slice(0, NAMED).map(({ change, attribute, sent, shown }) => {
    return `${change.address}: ${attribute} ${JSON.stringify(sent)} is ${JSON.stringify(shown)}`;
  });
  const more = count > NAMED ? [`and ${count - NAMED} more`] : [];
  return {
    severity: "warning",
    code: "respelled",
    summary: `Front spells ${count === 1 ? "a value" : `${count} values`} in its own way`,
    advice: `${[...examples, ...more].join("; ")}. Both spellings count as the same; nothing has to be done.`,
  };
}
