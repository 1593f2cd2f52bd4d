import { type DesiredContact, type DesiredState, handleKey, type UndecodableContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { contactAddress, type Targets } from "../model/plan.ts";
import { isTargeted } from "./targets.ts";

/** What was read of contacts that cannot be decoded. */
export interface UndecodableState {
  readonly undecodable?: {
    readonly contacts: readonly UndecodableContact[];
    /** Those that an entry is, or claims a handle of, by the key of the entry. */
    readonly byKey: ReadonlyMap<string, UndecodableContact>;
  };
}

/** At most so many contacts are named; the others are counted. */
const MAX_NAMED = 20;

/** The desired state without the entries of which the contact in Front cannot be decoded. */
export function withoutUndecodable(desired: DesiredState, { undecodable }: UndecodableState): DesiredState {
  if (undecodable === undefined || undecodable.byKey.size === 0) return desired;
  return { ...desired, contacts: desired.contacts.filter(({ key }) => !undecodable.byKey.has(key)) };
}

/** An error for each entry that is left out, and a warning for each other contact that is skipped. */
export function reportUndecodable(
  desired: DesiredState,
  { undecodable }: UndecodableState,
  targets?: Targets,
): Diagnostic[] {
  if (undecodable === undefined) return [];
  const concerned = new Set(undecodable.byKey.values());
  const others = undecodable.contacts.filter((contact) => !concerned.has(contact));
  const more = others.length - MAX_NAMED;
  return [
    ...desired.contacts.flatMap((entry) => leftOut(entry, undecodable.byKey.get(entry.key), targets)),
    ...others.slice(0, MAX_NAMED).map(skipped),
    ...(more > 0 ? [skippedToo(more)] : []),
  ];
}

function leftOut(entry: DesiredContact, contact: UndecodableContact | undefined, targets?: Targets): Diagnostic[] {
  const address = contactAddress(entry.key);
  if (contact === undefined || !isTargeted(address, targets)) return [];
  const held = new Set(contact.handles?.map(handleKey));
  return [
    {
      severity: "error",
      code: "contact-undecodable",
      summary: `${address} is left out of the plan: contact ${contact.id ?? "without an id"} cannot be decoded: ${contact.problem}`,
      advice:
        "Correct the contact in Front, or ask Front's support what its response means. The rest of the plan is not affected.",
      location:
        entry.handles.find((handle) => held.has(handleKey(handle)))?.location ??
        entry.handles[0]?.location ??
        entry.location,
      leavesOut: address,
    },
  ];
}

function skipped({ id, problem }: UndecodableContact): Diagnostic {
  return {
    severity: "warning",
    code: "contact-undecodable",
    summary: `Skipped contact ${id ?? "without an id"}, which cannot be decoded: ${problem}`,
    advice: "No entry was found to be this contact. It is not changed.",
  };
}

function skippedToo(count: number): Diagnostic {
  return {
    severity: "warning",
    code: "contact-undecodable",
    summary: `Skipped ${count} more contacts that cannot be decoded`,
    advice: "Run 'front-contacts whoami --check' to see what Front sends.",
  };
}
