import { listAddress } from "../../model/address.ts";
import type { Diagnostic, SourceLocation } from "../../model/diagnostic.ts";
import type { CodeIn } from "../../model/diagnostic-codes.ts";
import { isTargeted } from "../../planning/targets.ts";

type Kept = Omit<Diagnostic, "severity"> & { readonly code: CodeIn<"History and undo"> };

/** A contact or an account that a run changed. */
export interface Subject {
  readonly address: string;
  readonly location: SourceLocation;
}

/** Collects the values that an undo does not restore. */
export class UndoReport {
  readonly #described: ReadonlyMap<string, string>;
  readonly #changed = new Map<Subject, string[]>();
  readonly #others: Kept[] = [];
  readonly #overwrite: readonly string[];
  #created = 0;
  #createdAccounts = 0;

  /**
   * `overwrite`: addresses, or globs over them, of resources that are restored although they changed since the run.
   * `described`: the name of each contact that no entry declared, by its address.
   */
  constructor(overwrite: readonly string[], described: ReadonlyMap<string, string>) {
    this.#overwrite = overwrite;
    this.#described = described;
  }

  #label({ address }: Subject): string {
    const name = this.#described.get(address);
    return name === undefined ? address : `${address} (${name})`;
  }

  /**
   * Returns whether to restore a value: it must differ from the value before the run and equal the value after it.
   * Reports a value that changed since the run.
   */
  mayRestore(changes: Subject, attribute: string, now: { isBefore: boolean; isLeft: boolean }): boolean {
    if (now.isBefore) return false;
    const only = this.#overwrite;
    if (now.isLeft || (only.length > 0 && isTargeted(changes.address, { only }))) return true;
    this.#changed.set(changes, [...(this.#changed.get(changes) ?? []), attribute]);
    return false;
  }

  /** Reports something that cannot be restored. The reason is part of a sentence. */
  addImpossible(subject: Subject, reason: string): undefined {
    const { location } = subject;
    const summary = `${this.#label(subject)} is not restored completely: ${reason}`;
    this.#others.push({ code: "undo-impossible", summary, advice: "The rest of the run is undone.", location });
  }

  /** Reports that a contact that the run created stays. */
  countCreated(): undefined {
    this.#created += 1;
  }

  countCreatedAccount(): undefined {
    this.#createdAccounts += 1;
  }

  addRecreatedAccount({ address, location }: Subject): void {
    this.#others.push({
      code: "undo-created-again",
      summary: `${address} is created again without its contacts, its logo and its id`,
      advice: "Contacts with an email address in its domains join it. Link the others, or declare their account.",
      location,
    });
  }

  addRecreatedContact(subject: Subject, lost: readonly string[]): void {
    const { location } = subject;
    const also = lost.length === 0 ? "" : `, ${lost.join(", ")}`;
    this.#others.push({
      code: "undo-created-again",
      summary: `${this.#label(subject)} is created again without its conversations, its notes, its account and its id${also}`,
      advice: "Front cannot restore a deleted contact.",
      location,
    });
  }

  addRecreatedList(name: string, team: string | undefined): void {
    this.#others.push({
      code: "undo-list-created-again",
      summary: `${listAddress(name)} is created again with another id`,
      advice:
        team === undefined
          ? "Front creates it in the oldest workspace of the token. Views and rules in Front that used the list do not use the new one."
          : "Views and rules in Front that used the list do not use the new one.",
    });
  }

  /** Reports a list that stays. `members`: the number of contacts that stay on it, if known. */
  addKeptList(name: string, members: number | undefined): void {
    const others = members === 1 ? "1 contact stays" : `${members} contacts stay`;
    this.#others.push({
      code: "undo-keeps-list",
      summary: `${listAddress(name)} is kept: ${members === undefined ? "its members are unknown" : `${others} on it`}`,
      advice: "Only lists that would be empty are deleted.",
    });
  }

  /** Returns a warning for everything that was reported. `run`: the id of the run, or the file of its plan. */
  diagnostics(run: string): Diagnostic[] {
    const changed = [...this.#changed].map(
      ([subject, attributes]): Kept => ({
        code: "undo-changed",
        summary: `${this.#label(subject)} changed since the run and is kept: ${attributes.join(", ")}`,
        advice: "To restore it too, overwrite it.",
        remedy: { kind: "undo-overwriting", run, address: subject.address },
        location: subject.location,
      }),
    );
    const created = [
      ...keptCreated(run, this.#created, "contact", "without conversations"),
      ...keptCreated(run, this.#createdAccounts, "account", "without contacts"),
    ];
    return [...changed, ...this.#others, ...created].map((each) => ({ severity: "warning", ...each }));
  }
}

function keptCreated(run: string, count: number, noun: string, which: string): Kept[] {
  if (count === 0) return [];
  const summary =
    count === 1 ? `1 ${noun} created by the run is kept` : `${count} ${noun}s created by the run are kept`;
  const advice = `To delete those ${which}, allow ${count === 1 ? "the removal" : `${count} removals`}.`;
  return [{ code: "undo-keeps-created", summary, advice, remedy: { kind: "undo-removing", run, count } }];
}
