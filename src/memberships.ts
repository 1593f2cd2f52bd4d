import { dropAbsent } from "./absent.ts";
import { listAddress, operationId, type Planned } from "./contact-plan.ts";
import type { ContactRef, Operation } from "./plan.ts";
import type { WantedList } from "./resolve.ts";

/** Front's bulk calls take no more without timing out (front-api.md 8, and open question 14). */
const CONTACTS_AT_ONCE = 50;

interface Joining {
  readonly list: WantedList;
  readonly members: { readonly address: string; readonly contact: ContactRef; readonly dependsOn: readonly string[] }[];
}

/** Memberships go list by list, for many contacts at once. */
export function planMemberships(planned: readonly Planned[]): Operation[] {
  const byList = new Map<string, Joining>();
  for (const { change, joins } of planned) {
    for (const { list, contact, dependsOn } of joins) {
      const joining = byList.get(list.label) ?? { list, members: [] };
      joining.members.push({ address: change.address, contact, dependsOn });
      byList.set(list.label, joining);
    }
  }
  return [...byList.values()].flatMap(joinList);
}

function joinList({ list, members }: Joining): Operation[] {
  const operations: Operation[] = [];
  for (let start = 0; start < members.length; start += CONTACTS_AT_ONCE) {
    const slice = members.slice(start, start + CONTACTS_AT_ONCE);
    const address = listAddress(list.label);
    const created = list.id === undefined ? [operationId("create-list", listAddress(list.name))] : [];
    operations.push({
      kind: "add-to-list",
      id: operationId("add-to-list", address, `${start / CONTACTS_AT_ONCE + 1}`),
      subjects: slice.map((member) => member.address),
      dependsOn: [...created, ...slice.flatMap(({ dependsOn }) => dependsOn)],
      list: dropAbsent({ name: list.name, id: list.id }),
      contacts: slice.map(({ contact }) => contact),
    });
  }
  return operations;
}
