import type { ApplyReport } from "../../src/applying/apply.ts";
import type { FieldDefinition } from "../../src/front/api.ts";
import type { MatchPolicy } from "../../src/matching/match-contacts.ts";
import type { AccountCollection, DeclaredAccount, RemoteAccount } from "../../src/model/account.ts";
import type {
  ConfigValue,
  DeclaredList,
  DesiredContact,
  DesiredState,
  FieldType,
  FieldValue,
  Handle,
  List,
  RemoteContact,
} from "../../src/model/contact.ts";
import type { SourceLocation } from "../../src/model/diagnostic.ts";
import { omitUndefined } from "../../src/model/omit-undefined.ts";
import type { Plan } from "../../src/model/plan.ts";
import { type PlanPolicy, planChanges } from "../../src/planning/plan-changes.ts";
import { matchReadings, NOTHING_READ, type Readings } from "../../src/reading/remote-state.ts";

export function locationAt(line: number, column = 1): SourceLocation {
  return { file: "contacts/people.yaml", line, column, length: 1 };
}

/**
 * Returns the handle that a string describes: `ada@x.example` is an email address, `+44…` is a phone number, and
 * `twitter:ada` is a handle with an explicit source.
 */
export function handle(text: string): Handle {
  const [, source, name] = /^([a-z_]+):(.+)$/.exec(text) ?? [];
  if (source !== undefined && name !== undefined) return { source, handle: name };
  return { source: text.includes("@") ? "email" : "phone", handle: text };
}

export const PICTURE = {
  path: "ada.png",
  sha256: "ab".repeat(32),
  size: 3,
  type: "image/png" as const,
  location: locationAt(1),
};

type OneOrMore = string | readonly string[];

function handles(handleTexts: OneOrMore): Handle[] {
  return [handleTexts].flat().map(handle);
}

/** Returns the key of an entry with these handles, for example `ada` for `ada@x.example`. */
function keyOf(handleTexts: OneOrMore): string {
  const [first = ""] = [handleTexts].flat();
  return (first.split("@")[0] ?? "").toLowerCase().replace(/[^a-z0-9]/g, "");
}

type DeclaredValues = Readonly<Record<string, ConfigValue | null>>;

function declaredFields(values: DeclaredValues, location: SourceLocation) {
  return Object.entries(values).map(([name, value]) => ({ name, value, location, nameLocation: location }));
}

type EntryAttributes = Omit<Partial<DesiredContact>, "lists" | "customFields"> & {
  readonly lists?: readonly (string | { readonly id: string })[];
  readonly customFields?: DeclaredValues;
};

/**
 * Returns an entry with these handles, which are on lines 11, 12, 13… By default, its key is derived from the first
 * handle.
 */
export function desiredContact(
  handleTexts: OneOrMore,
  { lists, customFields, ...attributes }: EntryAttributes = {},
): DesiredContact {
  return {
    key: keyOf(handleTexts),
    location: locationAt(10),
    ensure: "present",
    merge: false,
    exact: [],
    handles: handles(handleTexts).map((handle, index) => ({ ...handle, location: locationAt(11 + index) })),
    ...(lists && {
      lists: lists.map((list) => ({ ...(typeof list === "string" ? { name: list } : list), location: locationAt(20) })),
    }),
    ...(customFields && { customFields: declaredFields(customFields, locationAt(30)) }),
    ...attributes,
  };
}

export type RemoteContactAttributes = Omit<Partial<RemoteContact>, "handles" | "lists" | "customFields"> & {
  readonly lists?: readonly (string | List)[];
  readonly customFields?: Readonly<Record<string, FieldValue>>;
};

/** Returns a list in Front. By default, its ID is derived from its name. */
export function list(name: string, id = `grp_${name.replace(/\W/g, "").toLowerCase()}`): List {
  return { id, name };
}

function listOf(nameOrList: string | List): List {
  return typeof nameOrList === "string" ? list(nameOrList) : nameOrList;
}

/** Returns a contact in Front. By default, its ID is derived from its first handle. */
export function remoteContact(
  handleTexts: OneOrMore,
  { lists = [], customFields = {}, ...attributes }: RemoteContactAttributes = {},
): RemoteContact {
  return {
    id: `crd_${keyOf(handleTexts)}`,
    name: undefined,
    description: "",
    links: [],
    avatarUrl: undefined,
    updatedAt: undefined,
    handles: handles(handleTexts),
    lists: lists.map(listOf),
    customFields: new Map(Object.entries(customFields)),
    ...attributes,
  };
}

interface AccountAttributes {
  readonly id?: string;
  readonly ensure?: "absent";
  /** Default: the key, or undefined if the account is deleted. */
  readonly name?: string | undefined;
  readonly description?: string;
  readonly domains?: readonly string[];
  readonly externalId?: string;
  readonly customFields?: DeclaredValues;
  readonly exact?: readonly AccountCollection[];
  readonly protect?: true;
}

export function declaredAccount(key: string, attributes: AccountAttributes = {}): DeclaredAccount {
  const { domains, externalId, customFields, exact = [], protect, ...rest } = attributes;
  const ensure = rest.ensure ?? ("present" as const);
  return omitUndefined({
    key,
    location: locationAt(60),
    exact,
    protect: protect && { location: locationAt(61) },
    domains: domains?.map((domain, index) => ({ domain, location: locationAt(62 + index) })),
    externalId: externalId === undefined ? undefined : { text: externalId, location: locationAt(70) },
    customFields: customFields && declaredFields(customFields, locationAt(71)),
    ...rest,
    ensure,
    name: "name" in rest ? rest.name : ensure === "absent" ? undefined : key,
  });
}

type RemoteAccountAttributes = Omit<Partial<RemoteAccount>, "customFields"> & {
  readonly customFields?: Readonly<Record<string, FieldValue>>;
};

/** Returns an account in Front. By default, the name of `acc_1` is `Acc 1`. */
export function remoteAccount(
  id: string,
  { customFields = {}, ...attributes }: RemoteAccountAttributes = {},
): RemoteAccount {
  return {
    id,
    name: id.replace("acc_", "Acc "),
    description: "",
    domains: [],
    externalId: undefined,
    customFields: new Map(Object.entries(customFields)),
    ...attributes,
  };
}

interface Declarations {
  readonly lists?: readonly (string | Omit<DeclaredList, "location">)[];
  readonly customFields?: Readonly<Record<string, FieldType | { type: FieldType; values: readonly string[] }>>;
  readonly company?: string;
  readonly accounts?: readonly DeclaredAccount[];
}

export function desiredState(contacts: readonly DesiredContact[], declared: Declarations = {}): DesiredState {
  const { lists = [], customFields = {}, company, accounts } = declared;
  return {
    contacts,
    lists: lists.map((list, index) => ({
      ...(typeof list === "string" ? { name: list } : list),
      location: locationAt(40 + index),
    })),
    customFields: Object.entries(customFields).map(([name, field], index) => ({
      name,
      location: locationAt(50 + index),
      ...(typeof field === "string" ? { type: field } : field),
    })),
    settings: company === undefined ? {} : { company },
    ...(accounts === undefined ? {} : { accounts }),
  };
}

type FieldTypes = Readonly<Record<string, string | { type: string; values: readonly string[] }>>;

interface RemoteResources {
  readonly lists?: readonly (string | List)[];
  readonly fields?: FieldTypes;
  /** IDs of the contacts whose picture in Front matches the declared file. */
  readonly contactsWithDeclaredAvatar?: readonly string[];
  readonly accounts?: readonly RemoteAccount[];
  readonly accountFields?: FieldTypes;
}

export function remoteState(contacts: readonly RemoteContact[] = [], resources: RemoteResources = {}): Readings {
  const { lists = [], fields = {}, contactsWithDeclaredAvatar = [], accounts = [], accountFields = {} } = resources;
  return {
    ...NOTHING_READ,
    company: { id: "cmp_tp1", name: "Twin Peaks" },
    fields: fieldDefinitions(fields),
    lists: lists.map(listOf),
    contacts,
    remoteAccounts: accounts,
    accountFields: fieldDefinitions(accountFields),
    readAt: 1_700_000_000,
    contactsWithDeclaredAvatar: new Set(contactsWithDeclaredAvatar),
    coverage: { contacts: "all", read: contacts.length },
  };
}

export function withMembers(state: Readings): Readings {
  const membersOf = (id: string) => state.contacts.filter(({ lists }) => lists.some((list) => list.id === id));
  const listMembers = state.lists.map(({ id }) => [id, { contacts: membersOf(id), undecodable: [] }] as const);
  return { ...state, listMembers: new Map(listMembers) };
}

export function fieldDefinitions(fields: FieldTypes): FieldDefinition[] {
  return Object.entries(fields).map(([name, field]) => ({
    name,
    ...(typeof field === "string" ? { type: field, values: [] } : field),
  }));
}

export type Policy = PlanPolicy & Partial<MatchPolicy>;

/** Returns a plan for a remote state. Errors are diagnostics of the plan. */
export function planFor(
  desired: DesiredState | readonly DesiredContact[],
  state: Readings,
  policy: Policy = UNGUARDED,
): Plan {
  const all = "contacts" in desired ? desired : desiredState(desired);
  return planChanges(all, matchReadings(all, state, policy), policy);
}

export const UNGUARDED: Policy = { allowed: { changes: 1_000_000, removals: 1_000_000 } };

export function idsOf({ operations }: Pick<Plan, "operations">): string[] {
  return operations.map(({ id }) => id);
}

export function statusesOf({ results }: Pick<ApplyReport, "results">): Record<string, string> {
  return Object.fromEntries(results.map(({ operation, status }) => [operation.id, status]));
}

export function codesOf({ diagnostics }: Pick<Plan, "diagnostics">): string[] {
  return diagnostics.map(({ code }) => code);
}
