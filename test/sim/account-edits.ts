import type { LocalFront } from "../../src/emulator/index.ts";
import type { AccountEntry } from "./account-entries.ts";
import { type AccountRecord, type Company, isIdentifiedBy, sharedContacts } from "./company.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Edits of accounts that other people make in Front while the tool runs. */
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

/** Returns the request of an edit, or undefined if there is no account to edit. */
export function accountEditRequest(
  kind: AccountEditKind,
  context: AccountContext,
): readonly [method: string, path: string, body?: object] | undefined {
  const { random, company } = context;
  if (kind === "creates an account") return creation(context);
  const records = [...company.accounts.values()];
  if (records.length === 0) return undefined;
  const record = random.pick(records);
  const path = `/accounts/${record.id}`;
  if (kind === "edits an account") return ["PATCH", path, edited(record, random)];
  if (kind === "deletes an account") return ["DELETE", path];
  const people = sharedContacts(company);
  return people.length === 0 ? undefined : ["POST", `${path}/contacts`, { contact_ids: [random.pick(people).id] }];
}

/** Returns the body of an update. It repeats existing custom fields and domains, because Front replaces all of them. */
function edited({ id, fields, domains }: AccountRecord, random: SeededRandom): object {
  const all = Object.fromEntries([...fields].map(([name, value]) => [name, JSON.parse(value)]));
  return random.pick([
    { name: random.pick(["Theirs", "Is"]) },
    { description: "theirs" },
    { custom_fields: { ...all, ...random.pick([{ Tier: "Theirs" }, { Size: random.between(10, 99) }]) } },
    { domains: [...domains, `theirs${random.between(1, 9)}.${id.slice(4)}.example`] },
  ]);
}

/** Returns a request by another person that creates an account which the files declare and Front does not have yet. */
function creation({ random, company, accounts }: AccountContext): readonly [string, string, object] | undefined {
  const wanted = accounts.filter(({ ensure }) => ensure === undefined);
  if (wanted.length === 0) return undefined;
  const { domains = [], external_id: externalId } = random.pick(wanted);
  const isThere = [...company.accounts.values()].some((record) => isIdentifiedBy(record, { domains, externalId }));
  if (isThere) return undefined;
  return [
    "POST",
    "/accounts",
    { name: "Theirs", domains, ...(externalId !== undefined && { external_id: externalId }) },
  ];
}
