import { undeclaredAddress } from "../model/address.ts";
import type { Change } from "../model/change.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { NOTHING_KEPT } from "./compare.ts";

/** Returns a change of each contact that leaves a list because of this change of the list; nothing for other changes. */
export function memberChanges({ type, name: list, location, differences }: Change): Change[] {
  if (type !== "front_contact_list") return [];
  return differences.flatMap((difference): Change[] => {
    if (difference.attribute !== "members" || difference.before === undefined) return [];
    const { id, name, handles } = difference.before;
    const contact = { name, handles };
    return [
      omitUndefined({
        ...{ address: undeclaredAddress(id), type: "front_contact" as const, name: id, id, location },
        ...{ action: "update" as const, before: { ...contact, lists: [list] }, after: { ...contact, lists: [] } },
        ...{ differences: [{ attribute: "lists" as const, key: list, before: list }], kept: NOTHING_KEPT, notes: [] },
      }),
    ];
  });
}
