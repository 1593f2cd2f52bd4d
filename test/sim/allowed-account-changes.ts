import type { DesiredState } from "../../src/internal.ts";
import { entriesOf, unpermittedFields } from "./allowed-changes.ts";
import {
  type AccountRecord,
  type Company,
  differenceOf,
  type Effect,
  isIdentifiedBy,
  joinsByDomain,
} from "./company.ts";

type Declared = NonNullable<DesiredState["accounts"]>[number];

/** Returns a sentence for each change of accounts and their contacts that the files do not permit. */
export function unpermittedAccountChanges(effect: Effect, desired: DesiredState): string[] {
  const { accountsMade, accountsGone, accountsChanged, before, after } = effect;
  return [
    ...accountsMade.flatMap((record) => unpermittedCreation(record, desired, before)),
    ...accountsGone.flatMap((record) => unpermittedDeletion(record, desired, after)),
    ...accountsChanged.flatMap((change) => unpermittedEdits(change, desired)),
    ...unpermittedMembers(effect, desired),
  ];
}

/** Returns the entries that find an account. */
function accountEntriesOf(record: AccountRecord, { accounts = [] }: Pick<DesiredState, "accounts">): Declared[] {
  return accounts.filter((entry) => entry.id === record.id || isFoundBy(entry, record));
}

/** Returns whether an entry matches an account by its declared values. */
export function isFoundBy({ domains, externalId }: Declared, record: AccountRecord): boolean {
  return isIdentifiedBy(record, { domains: domains?.map(({ domain }) => domain) ?? [], externalId: externalId?.text });
}

function unpermittedCreation(record: AccountRecord, desired: DesiredState, before: Company): string[] {
  const [entry] = accountEntriesOf(record, desired).filter(({ ensure }) => ensure === "present");
  if (entry === undefined) return [`the account ${record.name} was made, which no file declares`];
  const second = [...before.accountRecords.values()].some((other) => isFoundBy(entry, other));
  const blank = { ...record, name: "", description: "", domains: new Set<string>(), fields: new Map() };
  return [
    ...(second ? [`a second account ${entry.key} was made`] : []),
    ...(record.externalId === entry.externalId?.text ? [] : [`the external id of ${record.id}`]),
    ...unpermittedEdits({ before: blank, after: record }, desired),
  ];
}

/**
 * Returns a sentence if the files do not permit a deletion. One of two accounts of an entry may be deleted;
 * `nothingIsLostUnasked` checks that the run created it.
 */
function unpermittedDeletion(record: AccountRecord, desired: DesiredState, after: Company): string[] {
  const entries = accountEntriesOf(record, desired);
  const isSpare = (entry: Declared) => [...after.accountRecords.values()].some((other) => isFoundBy(entry, other));
  const isAllowed = ({ ensure, protect }: Declared) => ensure === "absent" && protect === undefined;
  return entries.some((entry) => isAllowed(entry) || isSpare(entry)) ? [] : [`the account ${record.name} is gone`];
}

function unpermittedEdits({ before, after }: Effect["accountsChanged"][number], desired: DesiredState): string[] {
  const { id } = after;
  const entries = [...new Set([...accountEntriesOf(before, desired), ...accountEntriesOf(after, desired)])];
  const came = differenceOf(after.domains, before.domains).filter(
    (domain) => !entries.some(({ domains }) => domains?.some((each) => each.domain === domain)),
  );
  const went = differenceOf(before.domains, after.domains).filter(
    (domain) =>
      !entries.some(
        ({ domains = [], exact, withoutDomains }) =>
          (exact.includes("domains") && !domains.some((each) => each.domain === domain)) ||
          withoutDomains?.includes(domain),
      ),
  );
  return [
    ...(before.name === after.name || entries.some(({ name }) => name === after.name) ? [] : [`the name of ${id}`]),
    ...(before.description === after.description || entries.some(({ description }) => description === after.description)
      ? []
      : [`the description of ${id}`]),
    ...(before.externalId === after.externalId ? [] : [`the external id of ${id}`]),
    ...[...came, ...went].map((domain) => `the domain ${domain} of ${id}`),
    ...unpermittedFields(before, after, entries),
  ];
}

/** Returns a sentence for each link that the files do not permit. Front itself links contacts by their email's domain. */
function unpermittedMembers({ before, after }: Effect, desired: DesiredState): string[] {
  return [...after.accounts].flatMap(([id, members]) => {
    const record = after.accountRecords.get(id);
    const earlier: ReadonlySet<string> = before.accounts.get(id) ?? new Set();
    const allows = (member: string, joins: boolean) => {
      const person = after.people.get(member);
      if (person === undefined || record === undefined) return true;
      if (joins && joinsByDomain(record, person)) return true;
      return entriesOf(member, person.handles, desired).some(
        ({ account, merge, restoredAccounts, without }) =>
          account !== undefined ||
          merge ||
          (joins ? restoredAccounts?.includes(id) : restoredAccounts !== undefined || without?.accounts?.includes(id)),
      );
    };
    const joined = differenceOf(members, earlier).filter((member) => !allows(member, true));
    const left = differenceOf(earlier, members).filter((member) => !allows(member, false));
    return [...joined, ...left].map((member) => `the account ${id} of ${member}`);
  });
}
