import { contactAddress } from "../model/address.ts";
import { append } from "../model/append.ts";
import type { DesiredContact, RemoteContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { declaredKeys, type Handle, remoteKeys } from "../model/handle.ts";
import { differOnlyInCountry, lastDigits } from "../model/phone.ts";
import type { RemoteContactIndex } from "./contact-index.ts";

type DesiredHandle = DesiredContact["handles"][number];

interface DeclaredNumber {
  readonly entry: DesiredContact;
  readonly handle: DesiredHandle;
}

interface SimilarContact extends DeclaredNumber {
  readonly contact: RemoteContact;
}

/**
 * Phone numbers in Front that may be declared ones without their country code. An entry with such a number is left out
 * of the plan unless it matches that contact anyway: creating it could make a duplicate, and matching it could change
 * another person's contact.
 */
export class SimilarNumbers {
  readonly #byLastDigits = new Map<string, DeclaredNumber[]>();
  readonly #found: SimilarContact[] = [];
  /** Diagnostics by the key of the entry. */
  readonly #leftOut = new Map<string, Diagnostic>();

  constructor(entries: readonly DesiredContact[]) {
    for (const entry of entries) {
      for (const handle of entry.handles) {
        const digits = handle.source === "phone" ? lastDigits(handle.handle) : undefined;
        if (digits === undefined) continue;
        append(this.#byLastDigits, digits, { entry, handle });
      }
    }
  }

  /** Returns whether one of these handles may be a declared number. */
  mayInclude(handles: readonly Handle[]): boolean {
    return this.#byLastDigits.size > 0 && handles.some((handle) => this.#similarTo(handle).length > 0);
  }

  /** Returns the entries with a number that one of these handles may be. */
  entriesFor(handles: readonly Handle[]): readonly DesiredContact[] {
    return handles.flatMap((handle) => this.#similarTo(handle)).map(({ entry }) => entry);
  }

  #similarTo({ source, handle }: Handle): readonly DeclaredNumber[] {
    const digits = source === "phone" ? lastDigits(handle) : undefined;
    const candidates = digits === undefined ? undefined : this.#byLastDigits.get(digits);
    return candidates?.filter((each) => differOnlyInCountry(each.handle.handle, handle)) ?? [];
  }

  add(contact: RemoteContact): void {
    for (const handle of contact.handles) {
      this.#found.push(...this.#similarTo(handle).map((each) => ({ ...each, contact })));
    }
  }

  /** Forgets the declared numbers once all contacts were added. */
  allRead(): void {
    this.#byLastDigits.clear();
  }

  /** Records that Front returned this contact for a handle; it may show another spelling of it. */
  addLookup(entry: DesiredContact, handle: DesiredHandle, contact: RemoteContact): void {
    if (!hasHandle(contact, handle)) this.#found.push({ entry, handle, contact });
  }

  leaveOut({ key }: DesiredContact, { source, handle, location }: DesiredHandle, reason: string): void {
    const leavesOut = contactAddress(key);
    const summary = `${leavesOut} is left out of the plan: it is unclear which contact has ${source} ${handle}: ${reason}`;
    const advice = "Find the contact in Front and write its id into the entry.";
    this.#leftOut.set(key, { severity: "error", code: "contact-unclear", summary, advice, location, leavesOut });
  }

  /** Returns which entries are left out, given all contacts that have a declared handle. */
  findings(remote: RemoteContactIndex): {
    readonly diagnostics: readonly Diagnostic[];
    /** The keys of the entries. */
    readonly unclear: ReadonlySet<string>;
  } {
    const leftOut = new Map(this.#leftOut);
    for (const found of this.#found) {
      const isCurrent = remote.withId(found.contact.id) !== undefined;
      if (isCurrent && !matchesAnyway(found, remote)) leftOut.set(found.entry.key, explainSimilar(found));
    }
    return { diagnostics: [...leftOut.values()], unclear: new Set(leftOut.keys()) };
  }
}

/** Returns whether the entry matches the contact by id or by another handle, or another contact has its number. */
function matchesAnyway({ entry, handle, contact }: SimilarContact, remote: RemoteContactIndex): boolean {
  const isMatched = entry.id === contact.id || entry.handles.some((each) => hasHandle(contact, each));
  return isMatched || remote.contactWith(handle) !== undefined;
}

function hasHandle({ handles }: RemoteContact, declared: DesiredHandle): boolean {
  const present = new Set(handles.flatMap(remoteKeys));
  return declaredKeys(declared).some((key) => present.has(key));
}

function explainSimilar({ entry, handle, contact }: SimilarContact): Diagnostic {
  const similar = contact.handles.find((each) => differOnlyInCountry(each.handle, handle.handle)) ?? contact.handles[0];
  const leavesOut = contactAddress(entry.key);
  return {
    severity: "error",
    code: "contact-unclear",
    leavesOut,
    summary: `${leavesOut} is left out of the plan: its phone ${handle.handle} may be ${similar?.handle ?? "a number"} of ${contact.id}`,
    advice: `If it is the same contact, write id: ${contact.id} into the entry. If not, write both numbers with a country code.`,
    location: handle.location,
  };
}
