import {
  attributeDifferences,
  type Change,
  compareAndPlan,
  type DesiredState,
  type Difference,
  type Drift,
  hasErrors,
  UserError,
} from "../src/internal.ts";
import { readFront } from "./make-plan.ts";
import type { Session } from "./session.ts";

/** The values that changed in Front alone, by the key of the entry, and the contacts that need a decision. */
export interface ChangesInFront {
  readonly changed: ReadonlyMap<string, readonly Difference[]>;
  /** Contacts of which the files and Front changed the same value, or that were deleted in Front. */
  readonly undecided: readonly string[];
}

const NO_LIMIT = { changes: Number.MAX_SAFE_INTEGER, removals: Number.MAX_SAFE_INTEGER };

/**
 * Finds out what changed in Front, by the base of the desired state, or else by the cache, which remembers values in sync
 * at the last plan or apply. Throws a `UserError` if the configuration cannot be compared with Front.
 */
export async function findChangesInFront(desired: DesiredState, session: Session): Promise<ChangesInFront> {
  const options = { acceptShrink: true, countConversations: false };
  return await readFront(desired, session, options, async (state, cache) => {
    const { plan } = compareAndPlan(desired, state, { acceptShrink: true, allowed: NO_LIMIT });
    const error = plan.diagnostics.find((diagnostic) => hasErrors([diagnostic]));
    if (error !== undefined) throw UserError.from(error);
    const found = plan.base?.drift ?? attributeDifferences(plan.changes, cache.inSync(plan.company.id));
    const isAlone = ({ origin }: Difference) => origin === "front";
    const updated = found.filter(({ action }) => action === "update");
    return {
      changed: new Map(updated.map(({ name, differences }) => [name, differences.filter(isAlone)])),
      undecided: found.flatMap(undecidedIn),
    };
  });
}

function undecidedIn({ name, action, differences, ...rest }: Change | Drift): string[] {
  if ("origin" in rest && action === "delete") return [`${name}: the contact was deleted in Front`];
  if ("origin" in rest && action === "create") return [`${name}: the contact exists again, and the entry deletes it`];
  const both = differences.filter(({ origin }) => origin === "both");
  return both.map(({ attribute, key }) => `${name}: its ${key ?? attribute} changed in Front and in the files`);
}
