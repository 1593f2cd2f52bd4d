import type { LocalFront } from "../../src/emulator/index.ts";
import type { AccountEntry } from "./account-entries.ts";
import { type AccountRecord, type Company, isIdentifiedBy, sharedContacts } from "./company.ts";
import type { SeededRandom } from "./seeded-random.ts";

export const ACCOUNT_EDITS = [
  "edits an account",
  "creates an account",
  "deletes an account",
  "links a contact",
] as const;
export type AccountEditKind = (typeof ACCOUNT_EDITS)[number];

interface AccountContext {
  readonly front: LocalFront;
  readonly random: SeededRandom;
  readonly company: Company;
  readonly accounts: readonly AccountEntry[];
}

/** Returns the request for an edit, or undefined if the edit is impossible, for example because there is no account. */
export function accountEditRequest(
  kind: AccountEditKind,
  context: AccountContext,
): readonly [method: string, path: string, body?: object] | undefined {
  const { random, company } = context;
  if (kind === "creates an account") return creationRequest(context);
  const records = [...company.accounts.values()];
  if (records.length === 0) return undefined;
  const record = random.pick(records);
  const path = `/accounts/${record.id}`;
  if (kind === "edits an account") return ["PATCH", path, updateOf(record, random)];
  if (kind === "deletes an account") return ["DELETE", path];
  const contacts = sharedContacts(company);
  return contacts.length === 0 ? undefined : ["POST", `${path}/contacts`, { contact_ids: [random.pick(contacts).id] }];
}

/** Returns the body of an update. Repeats existing custom fields and domains, because Front replaces all of them. */
function updateOf({ id, fields, domains }: AccountRecord, random: SeededRandom): object {
  const allFields = Object.fromEntries([...fields].map(([name, value]) => [name, JSON.parse(value)]));
  return random.pick([
    { name: random.pick(["Theirs", "Is"]) },
    { description: "theirs" },
    { custom_fields: { ...allFields, ...random.pick([{ Tier: "Theirs" }, { Size: random.between(10, 99) }]) } },
    { domains: [...domains, `theirs${random.between(1, 9)}.${id.slice(4)}.example`] },
  ]);
}

/** Returns the request that creates an account. Returns undefined if none is declared or the selected one exists. */
function creationRequest({ random, company, accounts }: AccountContext): readonly [string, string, object] | undefined {
  const declaredEntries = accounts.filter(({ ensure }) => ensure === undefined);
  if (declaredEntries.length === 0) return undefined;
  const { domains = [], external_id: externalId } = random.pick(declaredEntries);
  const exists = [...company.accounts.values()].some((record) => isIdentifiedBy(record, { domains, externalId }));
  if (exists) return undefined;
  return [
    "POST",
    "/accounts",
    { name: "Theirs", domains, ...(externalId !== undefined && { external_id: externalId }) },
  ];
}
