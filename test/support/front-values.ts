import type { DeclaredAccount } from "../../src/model/account.ts";
import { type DesiredContact, type DesiredState, handleKey } from "../../src/model/contact.ts";
import { normalText } from "../../src/model/field-values.ts";
import { listRemoteContacts, type RemoteContactJson } from "./scenarios.ts";
import type { TestEnvironment } from "./test-environment.ts";

export interface RemoteAccountJson {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly domains: readonly string[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
  readonly updated_at: number;
}

export async function accountsOf(environment: TestEnvironment): Promise<RemoteAccountJson[]> {
  return (await environment.request("GET", "/accounts?sort_order=asc"))._results;
}

/** The values in Front, by path: the ID of a contact or account, an attribute and, in a collection, an item. */
export type Values = ReadonlyMap<string, string>;

export const pathOf = (...parts: readonly string[]) => parts.join(" ");

export async function readValues(environment: TestEnvironment): Promise<Values> {
  const values = new Map<string, string>();
  const contacts = await listRemoteContacts(environment);
  const accounts = await accountsOf(environment);
  const members = await Promise.all(accounts.map(({ id }) => environment.memberIds(`/accounts/${id}`)));
  for (const { id, links, lists, ...contact } of contacts) {
    addTexts(values, id, contact);
    for (const link of links) values.set(pathOf(id, "links", normalText(link)), "yes");
    for (const list of lists) values.set(pathOf(id, "lists", list.name), "yes");
    const joined = accounts.filter((_, index) => members[index]?.includes(id)).map((account) => account.id);
    values.set(pathOf(id, "account"), joined.join(" "));
  }
  for (const { id, domains, ...account } of accounts) {
    addTexts(values, id, account);
    for (const domain of domains) values.set(pathOf(id, "domains", domain), "yes");
  }
  return values;
}

function addTexts(
  values: Map<string, string>,
  id: string,
  { name, description, custom_fields: fields }: Pick<RemoteContactJson, "name" | "description" | "custom_fields">,
): void {
  values.set(pathOf(id, "exists"), "yes");
  values.set(pathOf(id, "name"), name ?? "");
  values.set(pathOf(id, "description"), description ?? "");
  for (const [field, value] of Object.entries(fields))
    if (value) values.set(pathOf(id, "custom_fields", field), String(value));
}

/** Returns the paths of the values that differ. */
export function differingPaths(one: Values, other: Values): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter((path) => one.get(path) !== other.get(path));
}

/** The values that a configuration declares for the given contacts and accounts in Front. */
export class Declarations {
  readonly #desired: DesiredState;
  /** The keys of the handles of each contact, and the domains of each account. */
  readonly #identifiers: ReadonlyMap<string, readonly string[]>;

  constructor(
    desired: DesiredState,
    contacts: readonly RemoteContactJson[],
    accounts: readonly { readonly id: string; readonly domains: readonly string[] }[],
  ) {
    this.#desired = desired;
    this.#identifiers = new Map([
      ...contacts.map(({ id, handles }) => [id, handles.map(handleKey)] as const),
      ...accounts.map(({ id, domains }) => [id, domains] as const),
    ]);
  }

  /** Returns the value that the configuration declares at a path; undefined if it does not manage the value. */
  declarationOf(path: string): string | undefined {
    const [id = "", attribute = "", ...rest] = path.split(" ");
    const item = rest.join(" ");
    const entry = this.#entryOf(id);
    const declared = entry && declaredIn(entry, attribute, item);
    const isInExactList = ({ name, members }: DesiredState["lists"][number]) => name === item && members === "exact";
    return declared ?? (attribute === "lists" && this.#desired.lists.some(isInExactList) ? "no" : undefined);
  }

  #entryOf(id: string): Entry | undefined {
    const identifiers = this.#identifiers.get(id) ?? [];
    const { contacts, accounts = [] } = this.#desired;
    return (
      contacts.find(({ handles }) => handles.some((handle) => identifiers.includes(handleKey(handle)))) ??
      accounts.find(({ domains = [] }) => domains.some(({ domain }) => identifiers.includes(domain)))
    );
  }
}

type Entry = DesiredContact | DeclaredAccount;

function declaredIn(entry: Entry, attribute: string, item: string): string | undefined {
  switch (attribute) {
    case "exists":
      return "yes";
    case "name":
    case "description":
      return entry[attribute];
    case "custom_fields":
      return fieldIn(entry, item);
    case "account":
      return "account" in entry
        ? entry.account && JSON.stringify({ ...entry.account, location: undefined })
        : undefined;
    default:
      return membership(itemsOf(entry, attribute), item, isExact(entry, attribute));
  }
}

function itemsOf(entry: Entry, collection: string): readonly string[] | undefined {
  if (!("handles" in entry)) return entry.domains?.map(({ domain }) => domain);
  return collection === "links" ? entry.links?.map(normalText) : namesOf(entry);
}

function isExact({ exact }: { readonly exact: readonly string[] }, collection: string): boolean {
  return exact.includes(collection);
}

function membership(items: readonly string[] | undefined, item: string, isComplete: boolean): string | undefined {
  if (items?.includes(item)) return "yes";
  return isComplete ? "no" : undefined;
}

function namesOf({ lists }: DesiredContact): readonly string[] | undefined {
  return lists?.map((list) => ("name" in list ? list.name : list.id));
}

function fieldIn(entry: Entry, name: string): string | undefined {
  const field = entry.customFields?.find((candidate) => candidate.name === name);
  if (field === undefined) return isExact(entry, "custom_fields") ? "" : undefined;
  return String(field.value ?? "");
}
