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
}

export async function accountsOf(environment: TestEnvironment): Promise<RemoteAccountJson[]> {
  return (await environment.request("GET", "/accounts?sort_order=asc"))._results;
}

/** The values in Front, by path: the id of a contact or account, an attribute and, in a collection, an item. */
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

/** Finds the entries of contacts and accounts that exist in Front before or after the edits. */
export class Declarations {
  readonly #desired: DesiredState;
  readonly #handles: ReadonlyMap<string, readonly string[]>;
  readonly #domains: ReadonlyMap<string, readonly string[]>;

  constructor(
    desired: DesiredState,
    contacts: readonly RemoteContactJson[],
    accounts: readonly { readonly id: string; readonly domains: readonly string[] }[],
  ) {
    this.#desired = desired;
    this.#handles = new Map(contacts.map(({ id, handles }) => [id, handles.map(handleKey)]));
    this.#domains = new Map(accounts.map(({ id, domains }) => [id, domains]));
  }

  /** Returns what the configuration declares for a value; undefined if it does not manage the value. */
  declarationOf(path: string): string | undefined {
    const [id = "", attribute = "", ...rest] = path.split(" ");
    const item = rest.join(" ");
    return id.startsWith("acc_")
      ? this.#accountDeclaration(id, attribute, item)
      : this.#contactDeclaration(id, attribute, item);
  }

  #contactDeclaration(id: string, attribute: string, item: string): string | undefined {
    const handles = this.#handles.get(id) ?? [];
    const entry = this.#desired.contacts.find((contact) =>
      contact.handles.some((handle) => handles.includes(handleKey(handle))),
    );
    const isListExact = this.#desired.lists.some(({ name, members }) => name === item && members === "exact");
    const other = attribute === "lists" && isListExact ? "no" : undefined;
    if (entry === undefined) return other;
    switch (attribute) {
      case "exists":
        return "yes";
      case "name":
      case "description":
        return entry[attribute];
      case "links":
        return membership(entry.links?.map(normalText), item, entry.exact.includes("links"));
      case "lists":
        return membership(namesOf(entry), item, entry.exact.includes("lists")) ?? other;
      case "custom_fields":
        return fieldIn(entry, item);
      default:
        return entry.account && JSON.stringify({ ...entry.account, location: undefined });
    }
  }

  #accountDeclaration(id: string, attribute: string, item: string): string | undefined {
    const domains = this.#domains.get(id) ?? [];
    const entry = this.#desired.accounts?.find((account) =>
      account.domains?.some(({ domain }) => domains.includes(domain)),
    );
    if (entry === undefined) return undefined;
    switch (attribute) {
      case "exists":
        return "yes";
      case "name":
      case "description":
        return entry[attribute];
      case "domains":
        return membership(
          entry.domains?.map(({ domain }) => domain),
          item,
          entry.exact.includes("domains"),
        );
      default:
        return fieldIn(entry, item);
    }
  }
}

function membership(items: readonly string[] | undefined, item: string, isExact: boolean): string | undefined {
  if (items?.includes(item)) return "yes";
  return isExact ? "no" : undefined;
}

function namesOf({ lists }: DesiredContact): readonly string[] | undefined {
  return lists?.map((list) => ("name" in list ? list.name : list.id));
}

function fieldIn(
  { customFields, exact }: Pick<DesiredContact, "customFields"> & { readonly exact: readonly string[] },
  name: string,
): string | undefined {
  const field = customFields?.find((candidate) => candidate.name === name);
  if (field === undefined) return exact.includes("custom_fields") ? "" : undefined;
  return String(field.value ?? "");
}
