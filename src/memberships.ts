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
  const address = listAddress(list.label);
  const created = list.id === undefined ? [operationId("create-list", listAddress(list.name))] : [];
  return slicesOf(members).map((slice, index) => ({
    kind: "add-to-list",
    id: operationId("add-to-list", address, `${index + 1}`),
    subjects: slice.map((member) => member.address),
    dependsOn: [...created, ...slice.flatMap(({ dependsOn }) => dependsOn)],
    list: dropAbsent({ name: list.name, id: list.id }),
    contacts: slice.map(({ contact }) => contact),
  }));
}

/** A creation that fails takes its slice along, so contacts that exist do not share one with those that do not. */
function slicesOf(members: Joining["members"]): Joining["members"][] {
  const present = members.filter(({ dependsOn }) => dependsOn.length === 0);
  const coming = members.filter(({ dependsOn }) => dependsOn.length > 0);
  return [present, coming].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / CONTACTS_AT_ONCE) }, (_, index) =>
      group.slice(index * CONTACTS_AT_ONCE, (index + 1) * CONTACTS_AT_ONCE),
    ),
  );
}
