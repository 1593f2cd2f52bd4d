import { listAddress } from "../../model/address.ts";
import type { CodeIn } from "../../model/codes.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { ContactChanges } from "./run-changes.ts";

type Kept = Omit<Diagnostic, "severity"> & { readonly code: CodeIn<"History and undo"> };

/** Collects what an undo does not restore. */
export class UndoReport {
  readonly #changed = new Map<ContactChanges, string[]>();
  readonly #others: Kept[] = [];
  #created = 0;

  /** An attribute is no longer as the run left it. */
  changed(changes: ContactChanges, attribute: string): void {
    this.#changed.set(changes, [...(this.#changed.get(changes) ?? []), attribute]);
  }

  /** Something cannot be restored. The reason is part of a sentence. */
  impossible({ address, location }: ContactChanges, reason: string): void {
    const summary = `${address} is not restored completely: ${reason}`;
    this.#others.push({ code: "undo-impossible", summary, advice: "The rest of the run is undone.", location });
  }

  /** A contact that the run created stays. */
  created(): void {
    this.#created += 1;
  }

  createdAgain({ address, location }: ContactChanges, lost: readonly string[]): void {
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
          ? "Front creates it in the oldest workspace of the token. Views and rules in Front that named the list do not name the new one."
          : "Views and rules in Front that named the list do not name the new one.",
    });
  }

  /** `members`: the number of contacts that stay on the list, if known. */
  list(name: string, members: number | undefined): void {
    const others = members === 1 ? "1 contact stays" : `${members} contacts stay`;
    this.#others.push({
      code: "undo-keeps-list",
      summary: `${listAddress(name)} is kept: ${members === undefined ? "its members are unknown" : `${others} on it`}`,
      advice: "Only lists that would be empty are deleted.",
    });
  }

  diagnostics(): Diagnostic[] {
    const changed = [...this.#changed].map(
      ([{ address, location }, attributes]): Kept => ({
        code: "undo-changed",
        summary: `${address} changed since the run and is kept: ${attributes.join(", ")}`,
        advice: "To restore it too, overwrite it.",
        remedy: { kind: "overwrite", address },
        location,
      }),
    );
    return [...changed, ...this.#others, ...this.#keptCreated()].map((each) => ({ severity: "warning", ...each }));
  }

  #keptCreated(): Kept[] {
    if (this.#created === 0) return [];
    const summary =
      this.#created === 1
        ? "1 contact created by the run is kept"
        : `${this.#created} contacts created by the run are kept`;
    const advice = `To delete those without conversations, allow ${this.#created === 1 ? "the removal" : `${this.#created} removals`}.`;
    const remedy = { kind: "allow-removals", count: this.#created } as const;
    return [{ code: "undo-keeps-created", summary, advice, remedy }];
  }
}
