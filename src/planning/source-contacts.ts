import { type Handle, handleKey, type RemoteContact } from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { contactAddress, type Operation, operationId, undeclaredAddress } from "../model/plan.ts";
import { compareSourceContact } from "./compare.ts";
import type { ReleaseOf } from "./contact-operations.ts";
import type { Moves, Release } from "./handle-moves.ts";
import type { Planned } from "./planned-change.ts";

/** The operation that frees a handle, by whoever wants it. */
export function releasesOf({ releases }: Moves): ReleaseOf {
  const ids = new Map(
    releases.flatMap((release) =>
      [release.handle, release.declared].map((handle) => [handleKey(handle), releaseId(release)] as const),
    ),
  );
  return (handle: Handle) => ids.get(handleKey(handle));
}

/** What has to have left a contact before it is folded into another. */
export function releasesBefore({ releases }: Moves, others: readonly RemoteContact[]): string[] {
  const ids = new Set(others.map(({ id }) => id));
  return releases.filter(({ giver }) => ids.has(giver.id)).map(releaseId);
}

function giverAddress({ giver, keeper }: Release): string {
  return keeper === undefined ? undeclaredAddress(giver.id) : contactAddress(keeper.key);
}

function releaseId(release: Release): string {
  return operationId("remove-handle", giverAddress(release), handleKey(release.handle));
}

/** Handles that move go away from where they are before they come to where they belong. */
export function planReleases({ releases }: Moves): Operation[] {
  return releases.map((release) => {
    const { giver, handle, after, merged } = release;
    const address = giverAddress(release);
    return {
      kind: "remove-handle",
      id: releaseId(release),
      subjects: [address],
      dependsOn: [
        ...(merged ? [operationId("merge-contacts", address)] : []),
        ...(after === undefined ? [] : [operationId("add-handle", address, after)]),
      ],
      contact: { id: giver.id },
      handle,
    };
  });
}

/** Contacts that no file declares, and that have to give something away. */
export function planSourceContacts(moves: Moves): Planned[] {
  const strangers = new Map(
    moves.releases.filter(({ keeper }) => keeper === undefined).map(({ giver }) => [giver.id, giver]),
  );
  return [...strangers.values()].map((giver) => {
    const takers = moves.releases.filter((release) => release.giver === giver).map(({ taker }) => taker.key);
    const notes = [`no file declares this contact; what it gives goes to ${[...new Set(takers)].join(", ")}`];
    const comparison = compareSourceContact(giver, moves.leaving(giver.id));
    const location = moves.releases.find((release) => release.giver === giver)?.taker.location;
    return {
      change: omitUndefined({
        address: undeclaredAddress(giver.id),
        type: "front_contact" as const,
        name: giver.id,
        action: "update" as const,
        location,
        id: giver.id,
        ...comparison,
        notes,
      }),
      operations: [],
      joins: [],
      leaves: [],
    };
  });
}
