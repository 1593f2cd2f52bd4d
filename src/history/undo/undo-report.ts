import { listAddress } from "../../model/address.ts";
import { type Diagnostic, generalWarning, type SourceLocation, warningAt } from "../../model/diagnostic.ts";
import type { Handle } from "../../model/handle.ts";
import { plural } from "../../model/plural.ts";
import type { Remedy } from "../../model/remedy.ts";
import { matcherOf } from "../../planning/select-targets.ts";
import { allowancesToRepeat, type GuardedUndo } from "./undo-allowance.ts";

/** The end of advice that first says what to change in Front. */
export const UNDO_AGAIN = "Then undo this run again, by its ID.";

export interface Subject {
  readonly address: string;
  readonly location: SourceLocation;
}

/** How the current value of an attribute compares with its values before and after a run. */
export interface ValueState {
  readonly matchesBefore: boolean;
  readonly matchesAfter: boolean;
}

/** What is reported about a resource of which nothing is undone, by what the run did with it. */
const NOT_UNDONE = {
  created: "is not deleted",
  changed: "is not restored",
  deleted: "is not created again",
  merged: "is not restored",
} as const;

interface ChangedSubject extends Subject {
  readonly kind: keyof typeof NOT_UNDONE;
}

export interface UndoReportOptions {
  /** True to delete contacts and accounts that the run created. */
  readonly allowRemovals: boolean;
  /** Addresses, or address globs, of resources to restore even if they changed after the run. */
  readonly overwrite: readonly string[];
  /** True if the undo does not use the configuration. Advice to undo again then says the same. Default: false. */
  readonly detached?: boolean;
}

export class UndoReport {
  readonly #names: ReadonlyMap<string, string>;
  readonly #changed = new Map<Subject, string[]>();
  readonly #warnings: Diagnostic[] = [];
  readonly #options: UndoReportOptions;
  readonly #mayOverwrite: (address: string) => boolean;
  /** The addresses of the resources that the run created. */
  readonly #created = { contact: [] as string[], account: [] as string[] };

  /** Creates an empty report. `names` contains the names of undeclared contacts, by address. */
  constructor(options: UndoReportOptions, names: ReadonlyMap<string, string>) {
    this.#options = options;
    this.#mayOverwrite = matcherOf(options.overwrite);
    this.#names = names;
  }

  #label({ address }: Subject): string {
    const name = this.#names.get(address);
    return name === undefined ? address : `${address} (${name})`;
  }

  /**
   * Returns whether to restore a value; false if it is already restored. A value that changed after the run is restored
   * only if its resource may be overwritten; otherwise, it is reported.
   */
  mayRestore(subject: Subject, attribute: string, { matchesBefore, matchesAfter }: ValueState): boolean {
    if (matchesBefore) return false;
    if (matchesAfter || this.#mayOverwrite(subject.address)) return true;
    this.#changed.set(subject, [...(this.#changed.get(subject) ?? []), attribute]);
    return false;
  }

  /** Reports a value that cannot be restored. The message ends with the reason. */
  addImpossible(subject: Subject, reason: string, advice?: string): undefined {
    this.#addImpossible(subject, `is not restored completely: ${reason}`, advice);
  }

  /** Reports a resource of which nothing is undone. The message ends with the reason. */
  addNotUndone(subject: ChangedSubject, reason: string, advice?: string): undefined {
    this.#addImpossible(subject, `${NOT_UNDONE[subject.kind]}: ${reason}`, advice);
  }

  #addImpossible(
    subject: Subject,
    problem: string,
    advice = "This does not affect the other changes of the run.",
  ): void {
    const summary = `${this.#label(subject)} ${problem}`;
    this.#warnings.push(warningAt(subject.location, "undo-impossible", summary, advice));
  }

  /** Reports a handle that another contact has now. `created` is the address of that contact if the run created it. */
  addTakenHandle(subject: Subject, { source, handle }: Handle, created: string | undefined): void {
    if (created === undefined) {
      const advice = `To restore the handle, remove it from that contact in Front. ${UNDO_AGAIN}`;
      this.addImpossible(subject, `${source} ${handle} now belongs to another contact`, advice);
      return;
    }
    const undo = this.#options.allowRemovals ? "an undo" : "an undo that allows removals";
    const advice = `After ${undo} deletes ${created}, undo this run again, by its ID, to restore the handle.`;
    this.addImpossible(subject, `${source} ${handle} now belongs to ${created}, which the run created`, advice);
  }

  /** Reports a handle that cannot be removed, because the contact would have no handle. */
  addLastHandle(subject: Subject, { source, handle }: Handle): void {
    const reason = `${source} ${handle} is not removed, because the contact has only handles that the run added`;
    const advice = `To remove the handle, add another handle to the contact in Front. ${UNDO_AGAIN}`;
    this.addImpossible(subject, reason, advice);
  }

  /** Reports that a created resource is not deleted, with the reason. */
  addUndeleted(subject: ChangedSubject, reason: string, noun: "contact" | "account"): undefined {
    this.addNotUndone(subject, reason, `Delete the ${noun} in Front if it is not needed.`);
  }

  /** Adds a resource that the run created. */
  addCreated(type: "contact" | "account", { address }: Subject): void {
    this.#created[type].push(address);
  }

  /**
   * Reports that a deleted account is created again. `areMembersRecorded` is false if the contacts to link are unknown.
   */
  addRecreatedAccount({ address, location }: Subject, areMembersRecorded: boolean): void {
    const others = areMembersRecorded
      ? "The undo links the other contacts, unless they now have another account or were part of a merge."
      : "Link the other contacts, or declare their account.";
    const summary = `${address} is created again without ${areMembersRecorded ? "" : "its contacts, "}its logo and its ID`;
    const advice = `Front links contacts whose email addresses have one of the account's domains. ${others}`;
    this.#warnings.push(warningAt(location, "undo-created-again", summary, advice));
  }

  /**
   * Reports that a deleted contact is created again. `lost` contains the values that are lost in addition to those that
   * every recreated contact loses.
   */
  addRecreatedContact(subject: Subject, lost: readonly string[]): void {
    const losses = [...lost, "its conversations", "its notes"].join(", ");
    const summary = `${this.#label(subject)} is created again without ${losses} and its ID`;
    const advice = "Front cannot restore a deleted contact.";
    this.#warnings.push(warningAt(subject.location, "undo-created-again", summary, advice));
  }

  /**
   * Reports that a deleted list is created again. `team` is the workspace that the configuration declared for the list.
   */
  addRecreatedList(name: string, team: string | undefined): void {
    const workspace = team === undefined ? "Front creates it in the oldest workspace that the token can access. " : "";
    const summary = `${listAddress(name)} is created again with a new ID`;
    const advice = `${workspace}Views and rules in Front that used the deleted list do not use the new list.`;
    this.#warnings.push(generalWarning("undo-list-created-again", summary, advice));
  }

  /** Reports that a list is not deleted. `members` is the number of contacts that remain on the list, if known. */
  addUndeletedList(name: string, members: number | undefined): void {
    const reason =
      members === undefined
        ? "its members are unknown"
        : `${plural(members, "contact is", "contacts are")} still on it`;
    const summary = `${listAddress(name)} is not deleted: ${reason}`;
    this.#warnings.push(
      generalWarning(
        "undo-keeps-list",
        summary,
        "Undo deletes only empty lists. Delete this list in Front if it is not needed.",
      ),
    );
  }

  /**
   * Returns a warning for each reported problem. `run` is the ID of the run, or the file of its plan. `undo` contains
   * the changes that the undo plans.
   */
  diagnostics(run: string, undo: GuardedUndo): Diagnostic[] {
    const { allowRemovals, overwrite, detached } = this.#options;
    const repetition = { kind: "repeat-undo", run, ...(detached && { detached }) } as const;
    const { contact, account } = this.#created;
    const created = [...contact, ...account];
    const allowanceToOverwrite = allowancesToRepeat(undo, allowRemovals ? created : []);
    const changed = [...this.#changed].map(([subject, attributes]) => {
      const { address, location } = subject;
      const summary = `${this.#label(subject)} changed after the run and is not undone: ${attributes.join(", ")}`;
      const advice = "To undo this change as well, overwrite the current values.";
      const allowance = allowanceToOverwrite(address);
      const remedy = { ...repetition, ...allowance, overwrite: [...overwrite, address] };
      return warningAt(location, "undo-changed", summary, advice, remedy);
    });
    if (allowRemovals) return [...changed, ...this.#warnings];
    const remedy = { ...repetition, ...allowancesToRepeat(undo, created)(), overwrite };
    return [
      ...changed,
      ...this.#warnings,
      ...warnCreated(contact.length, "contact", "without conversations", remedy),
      ...warnCreated(account.length, "account", "without contacts", remedy),
    ];
  }
}

/**
 * Returns a warning about resources that the run created and the undo keeps; none if `count` is 0. `condition`
 * describes the resources that can be deleted.
 */
function warnCreated(count: number, noun: string, condition: string, remedy: Remedy): Diagnostic[] {
  if (count === 0) return [];
  const summary = `${plural(count, noun)} created by the run ${count === 1 ? "is" : "are"} not deleted`;
  const advice = `To delete created ${noun}s ${condition}, allow removals.`;
  return [generalWarning("undo-keeps-created", summary, advice, remedy)];
}
