import {
  addSyncOrigins,
  type Change,
  compareAndPlan,
  contactAddress,
  type DesiredState,
  type Difference,
  type Drift,
  hasErrors,
  type RemoteState,
  splitAddress,
  UserError,
} from "../src/internal.ts";
import { readFront } from "./make-plan.ts";
import type { Session } from "./session.ts";

/** The values that changed only in Front, by the address of the entry, and the changes that need a decision. */
export interface ChangesInFront {
  readonly changed: ReadonlyMap<string, readonly Difference[]>;
  /** A sentence for each change that a person has to decide on, such as a value that changed on both sides. */
  readonly undecided: readonly string[];
}

const NO_LIMIT = { changes: Number.MAX_SAFE_INTEGER, removals: Number.MAX_SAFE_INTEGER };

/**
 * Returns the changes in Front since the base of the desired state. Without a base, compares with the values in the
 * cache that were in sync at the last plan or apply. Throws a `UserError` if the configuration cannot be compared with
 * Front.
 */
export async function findChangesInFront(desired: DesiredState, session: Session): Promise<ChangesInFront> {
  const options = { acceptShrink: true, countConversations: false };
  return await readFront(desired, session, options, async (state, cache) => {
    const { plan } = compareAndPlan(desired, state, { acceptShrink: true, allowed: NO_LIMIT });
    const error = plan.diagnostics.find((diagnostic) => hasErrors([diagnostic]));
    if (error !== undefined) throw UserError.from(error);
    const found = plan.base?.drift ?? addSyncOrigins(plan.changes, cache.inSync(plan.company.id));
    const ofType = (type: string) => found.filter(({ address }) => splitAddress(address).type === type);
    const entries = [...ofType("front_contact"), ...ofType("front_account")];
    const joined = ofType("front_contact_list").flatMap((each) => joinedIn(each, state));
    const isOnlyInFront = ({ origin }: Difference) => origin === "front";
    const updated = entries.filter(({ action }) => action === "update");
    const changed = new Map(updated.map(({ address, differences }) => [address, differences.filter(isOnlyInFront)]));
    for (const each of joined) {
      if ("address" in each) changed.set(each.address, [...(changed.get(each.address) ?? []), each.difference]);
    }
    const undecided = [
      ...entries.flatMap(undecidedIn),
      ...joined.flatMap((each) => ("problem" in each ? each.problem : [])),
    ];
    return { changed, undecided };
  });
}

/**
 * A contact that was put on a list with exact members in Front: the difference for its entry, or why it is not
 * accepted.
 */
type Joined = { readonly address: string; readonly difference: Difference } | { readonly problem: string };

/**
 * Returns the contacts that joined a list in Front. The cache does not contain the members of lists, so this requires a
 * base.
 */
function joinedIn({ name, differences }: Change | Drift, { matches }: RemoteState): Joined[] {
  return differences.flatMap((found): Joined[] => {
    if (found.attribute !== "members" || found.before === undefined || found.origin === "files") return [];
    const { id, name: person, handles } = found.before;
    const who = person ?? handles[0]?.handle ?? id;
    if (found.origin === undefined)
      return [{ problem: `${who} is on the list "${name}"; use --base to see when it joined` }];
    const entry = matches.entries.find(({ match }) => match.kind === "match" && match.contact.id === id)?.entry;
    if (entry === undefined) {
      return [{ problem: `${who} was put on the list "${name}" in Front, and no entry declares the contact` }];
    }
    return [
      {
        address: contactAddress(entry.key),
        difference: { attribute: "lists", key: name, before: name, origin: "front" },
      },
    ];
  });
}

function undecidedIn({ name, address, action, differences, ...rest }: Change | Drift): string[] {
  const isAccount = splitAddress(address).type === "front_account";
  const [label, noun] = isAccount ? [`account ${name}`, "account"] : [name, "contact"];
  if ("origin" in rest && action === "delete") return [`${label}: the ${noun} was deleted in Front`];
  if ("origin" in rest && action === "create")
    return [`${label}: the ${noun} was created again in Front, and its entry would delete it`];
  const both = differences.filter(({ origin }) => origin === "both");
  return both.map(({ attribute, key }) => `${label}: its ${key ?? attribute} changed in Front and in the files`);
}
