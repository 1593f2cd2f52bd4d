import type { RemoteContactIndex } from "../matching/match.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, remoteKeys } from "../model/handle.ts";
import { differOnlyInCountry, lastDigits } from "../model/phone.ts";
import { contactAddress } from "../model/plan.ts";
import type { DesiredHandle } from "./handle-lookup.ts";

interface Similarity {
  readonly entry: DesiredContact;
  readonly handle: DesiredHandle;
  readonly contact: RemoteContact;
}

/**
 * Phone numbers in Front that may be declared ones but for a missing country code. An entry with such a number is left
 * out of the plan unless it is that contact anyway: to create it could make a duplicate, and to match it could change a
 * stranger.
 */
export class SimilarNumbers {
  /** Declared numbers by their last digits. */
  readonly #byDigits = new Map<string, Omit<Similarity, "contact">[]>();
  readonly #found: Similarity[] = [];
  readonly #leftOut = new Map<string, Diagnostic>();

  constructor(contacts: readonly DesiredContact[]) {
    for (const entry of contacts) {
      for (const handle of entry.handles.filter(({ source }) => source === "phone")) {
        const digits = lastDigits(handle.handle);
        if (digits !== undefined)
          this.#byDigits.set(digits, [...(this.#byDigits.get(digits) ?? []), { entry, handle }]);
      }
    }
  }

  /** Whether one of these handles may be a declared one. */
  mayHold(handles: readonly Handle[]): boolean {
    return this.#byDigits.size > 0 && handles.some((held) => this.#similarTo(held).length > 0);
  }

  #similarTo({ source, handle }: Handle): readonly Omit<Similarity, "contact">[] {
    const digits = source === "phone" ? lastDigits(handle) : undefined;
    const candidates = digits === undefined ? undefined : this.#byDigits.get(digits);
    return candidates?.filter((each) => differOnlyInCountry(each.handle.handle, handle)) ?? [];
  }

  add(contact: RemoteContact): void {
    for (const held of contact.handles) {
      this.#found.push(...this.#similarTo(held).map((each) => ({ ...each, contact })));
    }
  }

  /** Front says itself that this contact has the handle, though it shows another one. */
  vouchedFor(entry: DesiredContact, handle: DesiredHandle, contact: RemoteContact): void {
    if (!holdsKeyOf(contact, handle)) this.#found.push({ entry, handle, contact });
  }

  leaveOut({ key }: DesiredContact, { source, handle, location }: DesiredHandle, reason: string): void {
    const summary = `${key} is left out of this plan, because Front does not say clearly who holds ${source} ${handle}: ${reason}`;
    const advice = "Look the contact up in Front, and write its id into the entry.";
    const leavesOut = contactAddress(key);
    this.#leftOut.set(key, { severity: "error", code: "contact-unclear", summary, advice, location, leavesOut });
  }

  /** Which entries are left out, given everybody who holds a declared handle. */
  findings(holders: RemoteContactIndex): {
    readonly diagnostics: readonly Diagnostic[];
    readonly unclear: ReadonlySet<string>;
  } {
    const leftOut = new Map(this.#leftOut);
    for (const found of this.#found) {
      if (holders.withId(found.contact.id) !== undefined && !isItsOwn(found, holders)) {
        leftOut.set(found.entry.key, explainSimilar(found));
      }
    }
    return { diagnostics: [...leftOut.values()], unclear: new Set(leftOut.keys()) };
  }
}

/** Whether the entry matches the contact by another handle or by its id, or finds its number elsewhere. */
function isItsOwn({ entry, handle, contact }: Similarity, holders: RemoteContactIndex): boolean {
  const isMatched = entry.id === contact.id || entry.handles.some((each) => holdsKeyOf(contact, each));
  return isMatched || holders.contactWith(handle) !== undefined;
}

function holdsKeyOf({ handles }: RemoteContact, declared: DesiredHandle): boolean {
  const held = new Set(handles.flatMap(remoteKeys));
  return declaredKeys(declared).some((key) => held.has(key));
}

function explainSimilar({ entry, handle, contact }: Similarity): Diagnostic {
  const held = contact.handles.find((each) => differOnlyInCountry(each.handle, handle.handle)) ?? contact.handles[0];
  return {
    severity: "error",
    code: "contact-unclear",
    leavesOut: contactAddress(entry.key),
    summary: `${entry.key} is left out of this plan, because its phone ${handle.handle} may be ${held?.handle ?? "a number"} of ${contact.id}`,
    advice: `If it is the same contact, write id: ${contact.id} into the entry. If not, write both numbers with a country code.`,
    location: handle.location,
  };
}
