import { listAddress } from "../../model/address.ts";
import type { Diagnostic, SourceLocation } from "../../model/diagnostic.ts";
import type { CodeIn } from "../../model/diagnostic-codes.ts";

type Kept = Omit<Diagnostic, "severity"> & { readonly code: CodeIn<"History and undo"> };

/** A contact or an account that a run changed. */
interface Subject {
  readonly address: string;
  readonly location: SourceLocation;
}

/** Collects the values that an undo does not restore. */
export class UndoReport {
  readonly #changed = new Map<Subject, string[]>();
  readonly #others: Kept[] = [];
  #created = 0;
  #createdAccounts = 0;

  /** Reports an attribute that changed since the run. */
  changed(changes: Subject, attribute: string): void {
    this.#changed.set(changes, [...(this.#changed.get(changes) ?? []), attribute]);
  }

  /** Reports something that cannot be restored. The reason is part of a sentence. */
  impossible({ address, location }: Subject, reason: string): void {
    const summary = `${address} is not restored completely: ${reason}`;
    this.#others.push({ code: "undo-impossible", summary, advice: "The rest of the run is undone.", location });
  }

  /** Reports that a contact that the run created stays. */
  created(): void {
    this.#created += 1;
  }

  /** Reports that an account that the run created stays. */
  createdAccount(): void {
    this.#createdAccounts += 1;
  }

  accountCreatedAgain({ address, location }: Subject): void {
    this.#others.push({
      code: "undo-created-again",
      summary: `${address} is created again without its contacts, its logo and its id`,
      advice: "Contacts with an email address in its domains join it. Link the others, or declare their account.",
      location,
    });
  }

  createdAgain({ address, location }: Subject, lost: readonly string[]): void {
    const also = lost.length === 0 ? "" : `, ${lost.join(", ")}`;
    this.#others.push({
      code: "undo-created-again",
      summary: `${address} is created again without its conversations, its notes, its account and its id${also}`,
      advice: "Front cannot restore a deleted contact.",
      location,
    });
  }

  listCreatedAgain(name: string, team: string | undefined): void {
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
  list(name: string, members: number | undefined): void {
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
      ([{ address, location }, attributes]): Kept => ({
        code: "undo-changed",
        summary: `${address} changed since the run and is kept: ${attributes.join(", ")}`,
        advice: "To restore it too, overwrite it.",
        remedy: { kind: "undo-overwriting", run, address },
        location,
      }),
    );
    return [...changed, ...this.#others, ...this.#keptCreated(run), ...this.#keptAccounts(run)].map((each) => ({
      severity: "warning",
      ...each,
    }));
  }

  #keptCreated(run: string): Kept[] {
    if (this.#created === 0) return [];
    return [keptCreated(run, this.#created, "contact", "without conversations")];
  }

  #keptAccounts(run: string): Kept[] {
    return this.#createdAccounts === 0 ? [] : [keptCreated(run, this.#createdAccounts, "account", "without contacts")];
  }
}

function keptCreated(run: string, count: number, noun: string, those: string): Kept {
  const summary =
    count === 1 ? `1 ${noun} created by the run is kept` : `${count} ${noun}s created by the run are kept`;
  const advice = `To delete those ${those}, allow ${count === 1 ? "the removal" : `${count} removals`}.`;
  return { code: "undo-keeps-created", summary, advice, remedy: { kind: "undo-removing", run, count } };
}
