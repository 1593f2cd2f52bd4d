import { contactAddress, isListAddress } from "../../model/address.ts";
import type { Attributes, Change } from "../../model/change.ts";
import type { Handle, Picture } from "../../model/contact.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import {
  accountKey,
  type ContactRef,
  type FieldChange,
  type ListRef,
  type Operation,
  type Plan,
} from "../../model/plan.ts";
import { accountsShown } from "../../planning/account-links.ts";
import { memberChanges } from "../../planning/member-changes.ts";
import type { RecordedResult } from "../run-record.ts";
import { type AccountChanges, accountChangesOf } from "./account-changes.ts";

/** A plan that was applied, and how its operations ended. */
export interface AppliedPlan {
  /** The id of the run, or the file of the plan. */
  readonly name: string;
  readonly plan: Plan;
  /** Undefined if only the plan is known; then every operation may have been performed. */
  readonly results: readonly RecordedResult[] | undefined;
}

/** A value before and after a run that changed it. */
interface ChangedValue<T> {
  readonly before: T;
  readonly left: T;
}

/** Values that a run added to a collection, and those that it removed. */
interface ChangedMembers<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

export interface ContactChanges {
  readonly address: string;
  /** The key of the entry; `undeclared["ID"]` for a contact that no entry declares. */
  readonly key: string;
  /** Where the entry was declared when the run was planned. */
  readonly location: SourceLocation;
  /** Undefined for a created contact whose id was not recorded, and for a deleted one. */
  readonly id: string | undefined;
  readonly kind: "changed" | "created" | "deleted" | "merged";
  /** The shown attributes before the run: of a deleted contact, all that it had. */
  readonly before: Attributes | null;
  readonly name?: ChangedValue<string | undefined>;
  readonly description?: ChangedValue<string>;
  readonly fields: readonly FieldChange[];
  readonly handles: ChangedMembers<Handle>;
  readonly links: ChangedMembers<string>;
  readonly lists: ChangedMembers<ListRef>;
  /** Ids of accounts. `certain`: those of `left` that the contact was in after the run, whatever its outcome. */
  readonly accounts?: ChangedValue<readonly string[]> & { readonly certain: readonly string[] };
  /** The picture that was uploaded. */
  readonly avatar?: Picture;
}

/** The changes that a run made, by contact, and the lists that it created and deleted. */
export interface RunChanges {
  /** The id of the run, or the file of the plan. */
  readonly name: string;
  readonly contacts: readonly ContactChanges[];
  readonly accounts: readonly AccountChanges[];
  readonly lists: readonly (ListRef & Pick<DeletedList, "team">)[];
  readonly deletedLists: readonly DeletedList[];
}

/** A list that a run deleted, and the workspace that the files declared for it. */
interface DeletedList {
  readonly name: string;
  readonly team?: string;
}

/** Collects the changes that the operations of a run made to a contact. */
class Collected {
  readonly change: Change;
  id: string | undefined;
  kind: ContactChanges["kind"] = "changed";
  name: ContactChanges["name"];
  description: ContactChanges["description"];
  avatar: Picture | undefined;
  accounts: ContactChanges["accounts"];
  readonly fields: FieldChange[] = [];
  readonly handles = { added: [] as Handle[], removed: [] as Handle[] };
  readonly links = { added: [] as string[], removed: [] as string[] };
  readonly lists = { added: [] as ListRef[], removed: [] as ListRef[] };

  constructor(change: Change) {
    this.change = change;
    this.id = change.id;
  }
}

/** Returns the changes of a run, including those with an unknown outcome. */
export function changesOf({ name, plan, results }: AppliedPlan): RunChanges {
  const performed = performedOperations(plan, results);
  const changes = [...plan.changes, ...changesOfMembers(plan)];
  const collected = new Map(changes.map((change) => [change.address, new Collected(change)]));
  const byId = new Map([...collected.values()].flatMap((each) => (each.id === undefined ? [] : [[each.id, each]])));
  for (const { operation, result } of performed) {
    if (isListOperation(operation)) collectMembers(operation, plan, byId);
    else collect(operation, result, collected);
  }
  const ids = new Map(performed.flatMap(({ operation, result }) => listId(operation, result)));
  const withId = (list: ListRef): ListRef => {
    const id = list.id ?? ids.get(list.name);
    return id === undefined ? list : { ...list, id };
  };
  const accounts = accountChangesOf(plan.changes, performed, name);
  const accountIds = new Map(accounts.flatMap(({ address, id }) => (id === undefined ? [] : [[address, id] as const])));
  return {
    name,
    accounts,
    contacts: [...collected.values()].filter(isTouched).map(({ change, ...each }, index) => ({
      ...omitUndefined(each),
      ...{
        address: change.address,
        key: change.address.slice(ADDRESS_PREFIX.length),
        id: each.id,
        before: change.before,
      },
      location: change.location ?? { file: name, line: index + 1, column: 1, length: 1 },
      lists: { added: each.lists.added.map(withId), removed: each.lists.removed.map(withId) },
      ...(each.accounts === undefined ? {} : { accounts: withAccountIds(each.accounts, accountIds) }),
    })),
    lists: performed.flatMap(({ operation }) =>
      operation.kind === "create-list"
        ? [omitUndefined({ ...withId({ name: operation.name }), team: operation.team })]
        : [],
    ),
    deletedLists: performed.flatMap(({ operation }) =>
      operation.kind === "delete-list" ? [omitUndefined({ name: operation.list.name, team: operation.team })] : [],
    ),
  };
}

/** Replaces addresses of accounts by their ids. A plan refers to an account that it creates by address. */
function withAccountIds(
  { before, left, certain }: NonNullable<ContactChanges["accounts"]>,
  ids: ReadonlyMap<string, string>,
): NonNullable<ContactChanges["accounts"]> {
  const idsOf = (names: readonly string[]) => names.map((name) => ids.get(name) ?? name);
  return { before, left: idsOf(left), certain: idsOf(certain) };
}

/**
 * Returns a change for each contact that a change of a list removes from it, unless the contact has a change of its
 * own.
 */
function changesOfMembers({ changes }: Plan): readonly Change[] {
  const own = new Set(changes.map(({ id }) => id));
  const members = changes.flatMap(memberChanges).filter(({ id }) => !own.has(id));
  return [...new Map(members.map(({ location: _, ...change }): [string, Change] => [change.address, change])).values()];
}

type ListOperation = Kind<"remove-from-list" | "delete-list">;

/** Returns whether an operation removes contacts from a list because the list itself changes. */
function isListOperation(operation: Operation): operation is ListOperation {
  return (
    (operation.kind === "remove-from-list" || operation.kind === "delete-list") &&
    operation.subjects.some(isListAddress)
  );
}

/**
 * Collects the contacts that a change of a list removes from it. Each may also have a change of its own, with a
 * different address.
 */
function collectMembers(operation: ListOperation, { changes }: Plan, byId: ReadonlyMap<string, Collected>): void {
  const { list, subjects } = operation;
  const members = changes.find(({ address }) => address === subjects[0])?.before?.members ?? [];
  const ids =
    operation.kind === "delete-list"
      ? members.map(({ id }) => id)
      : operation.contacts.flatMap((contact) => ("id" in contact ? [contact.id] : []));
  for (const id of ids) byId.get(id)?.lists.removed.push(list);
}

/** Returns the ids of contacts that a run unlinked from an account. */
export function unlinkedBy({ plan, results }: AppliedPlan): readonly string[] {
  return performedOperations(plan, results).flatMap(({ operation }) =>
    operation.kind === "unlink-account"
      ? operation.contacts.flatMap((contact) => ("id" in contact ? [contact.id] : []))
      : [],
  );
}

interface Performed {
  readonly operation: Operation;
  readonly result: RecordedResult | undefined;
}

function performedOperations({ operations }: Plan, results: AppliedPlan["results"]): Performed[] {
  const resultOf = new Map(results?.map((result) => [result.operation, result]));
  return operations.flatMap((planned) => {
    const result = resultOf.get(planned.id);
    const mayBeDone = results === undefined || result?.status === "applied" || result?.status === "unknown";
    return mayBeDone ? [{ operation: result?.performed ?? planned, result }] : [];
  });
}

/** Returns the id of the list that an operation created or filled, by its name. */
function listId(operation: Operation, result: RecordedResult | undefined): (readonly [string, string])[] {
  if (result?.list === undefined) return [];
  if (operation.kind === "create-list") return [[operation.name, result.list]];
  return "list" in operation ? [[operation.list.name, result.list]] : [];
}

function isTouched(each: Collected): boolean {
  if (each.change.type !== "front_contact") return false;
  const { kind, name, description, avatar, accounts, fields, handles, links, lists } = each;
  const members = [handles, links, lists].some(({ added, removed }) => added.length + removed.length > 0);
  const values = [name, description, avatar, accounts];
  return kind !== "changed" || members || fields.length > 0 || values.some((value) => value !== undefined);
}

const ADDRESS_PREFIX = contactAddress("");

function collect(
  operation: Operation,
  result: RecordedResult | undefined,
  collected: ReadonlyMap<string, Collected>,
): void {
  for (const [index, address] of operation.subjects.entries()) {
    const contact = collected.get(address);
    if (contact === undefined) continue;
    if ("contacts" in operation)
      collectMembership(operation, result, { reference: operation.contacts[index], contact });
    else collectOwn(operation, result, contact);
  }
}

type Kind<K extends Operation["kind"]> = Extract<Operation, { kind: K }>;

function collectMembership(
  operation: Extract<Operation, { contacts: unknown }>,
  result: RecordedResult | undefined,
  { reference, contact }: { readonly reference: ContactRef | undefined; readonly contact: Collected },
): void {
  if (reference !== undefined && "id" in reference) contact.id ??= reference.id;
  if (operation.kind === "add-to-list") contact.lists.added.push(operation.list);
  else if (operation.kind === "remove-from-list") contact.lists.removed.push(operation.list);
  else contact.accounts = collectLink(operation, result, contact);
}

function collectLink(
  operation: Kind<"link-account" | "unlink-account">,
  result: RecordedResult | undefined,
  { change, accounts }: Collected,
): ContactChanges["accounts"] {
  const before = accountsShown(change.before?.account);
  const left = accountsShown(change.after?.account);
  const certain = accounts?.certain ?? left.filter((id) => before.includes(id));
  const isDone = operation.kind === "link-account" && result?.status !== "unknown";
  return { before, left, certain: isDone ? [...certain, accountKey(operation.account)] : certain };
}

function collectOwn(operation: Operation, result: RecordedResult | undefined, contact: Collected): void {
  switch (operation.kind) {
    case "update-contact":
      collectUpdate(operation, contact);
      break;
    case "add-handle":
      contact.handles.added.push(operation.handle);
      break;
    case "remove-handle":
      contact.handles.removed.push(operation.handle);
      contact.id ??= operation.contact.id;
      break;
    case "upload-avatar":
      contact.avatar = operation.picture;
      break;
    case "create-contact":
      contact.kind = "created";
      contact.id = result?.contact;
      collectCreation(operation, contact);
      break;
    case "delete-contact":
      contact.kind = "deleted";
      contact.lists.removed.push(...(operation.lists ?? []));
      break;
    case "merge-contacts":
      contact.kind = "merged";
      break;
  }
}

function collectUpdate(operation: Kind<"update-contact">, contact: Collected): void {
  const { before, name, description, customFields = [], addLinks = [], removeLinks = [] } = operation;
  if (name !== undefined) contact.name = { before: before.name, left: name };
  if (description !== undefined) contact.description = { before: before.description ?? "", left: description };
  contact.fields.push(...customFields);
  contact.links.added.push(...addLinks);
  contact.links.removed.push(...removeLinks);
}

function collectCreation(operation: Kind<"create-contact">, contact: Collected): void {
  const { handles, name, description, links = [], lists = [], customFields = [] } = operation;
  contact.handles.added.push(...handles);
  contact.name = { before: undefined, left: name };
  contact.description = { before: "", left: description ?? "" };
  contact.links.added.push(...links);
  contact.lists.added.push(...lists.map((list) => ({ name: list })));
  contact.fields.push(...customFields);
}
