import { NO_UNMANAGED_VALUES } from "../../comparing/compare.ts";
import { splitAccounts } from "../../model/account.ts";
import { contactAddress, undeclaredAddress } from "../../model/address.ts";
import type { Attributes, Change } from "../../model/change.ts";
import type { Handle, Picture } from "../../model/contact.ts";
import type { SourceLocation } from "../../model/diagnostic.ts";
import { omitUndefined } from "../../model/omit-undefined.ts";
import {
  accountKey,
  type BulkOperation,
  type ContactRef,
  existingIds,
  type FieldChange,
  type LinkOperation,
  type ListRef,
  type Operation,
  type OperationOf,
  type Plan,
} from "../../model/plan.ts";
import { memberChanges } from "../../planning/member-changes.ts";
import { removesMembersOfList } from "../reviewed-members.ts";
import type { RecordedResult } from "../run-record.ts";
import {
  type AppliedPlan,
  type EffectiveOperation,
  effectiveOperations,
  locationInRun,
  wasPerformed,
} from "./applied-plan.ts";

interface ChangedValue<T> {
  readonly before: T;
  readonly after: T;
}

interface ChangedMembers<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

interface ResourceChanges {
  readonly address: string;
  /** The key of the entry, or `undeclared["ID"]` for a contact that no entry declares. */
  readonly key: string;
  /** The entry's location when the run was planned; if the plan has none, a placeholder (`locationInRun`). */
  readonly location: SourceLocation;
  /** Undefined for a created resource whose ID was not recorded. */
  readonly id: string | undefined;
  /** Only a contact can be merged. */
  readonly kind: "changed" | "created" | "deleted" | "merged";
  /**
   * The attributes in the plan, with their values before the run. Null for a created resource. For a deleted contact,
   * these are all attributes except the account. Empty for a contact that only lost its account because the account was
   * deleted.
   */
  readonly before: Attributes | null;
  readonly name?: ChangedValue<string | undefined>;
  readonly description?: ChangedValue<string>;
  readonly fields: readonly FieldChange[];
}

export interface ContactChanges extends ResourceChanges {
  readonly handles: ChangedMembers<Handle>;
  readonly links: ChangedMembers<string>;
  readonly lists: ChangedMembers<ListRef>;
  /**
   * IDs of accounts. Omitted if they are unknown or did not change. `confirmed` contains those in `after` to which the
   * contact was certainly linked after the run.
   */
  readonly accounts?: ChangedValue<readonly string[]> & { readonly confirmed: readonly string[] };
  readonly avatar?: Picture;
}

export interface AccountChanges extends ResourceChanges {
  readonly domains: ChangedMembers<string>;
  /** Only for a created account. */
  readonly externalId?: string;
  /** False if the contacts of a deleted account were not recorded. */
  readonly areMembersRecorded: boolean;
}

export interface RunChanges {
  readonly name: string;
  readonly contacts: readonly ContactChanges[];
  readonly accounts: readonly AccountChanges[];
  readonly createdLists: readonly (ListRef & Pick<DeletedList, "team">)[];
  readonly deletedLists: readonly DeletedList[];
}

interface DeletedList {
  readonly name: string;
  readonly team?: string;
}

class ChangeCollector {
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
  readonly domains = { added: [] as string[], removed: [] as string[] };
  externalId: string | undefined;
  areMembersRecorded = true;

  constructor(change: Change) {
    this.change = change;
    this.id = change.id;
  }
}

/** Returns the changes that a run made, including changes with an unknown outcome. */
export function changesOf(applied: AppliedPlan): RunChanges {
  const { name, plan, currentIds = new Map() } = applied;
  const effective = effectiveOperations(applied);
  const performed = effective.filter(wasPerformed);
  const changes = [...plan.changes, ...changesOfMembers(plan)];
  const collectors = new Map(changes.map((change) => [change.address, new ChangeCollector(change)]));
  const byId = new Map(
    [...collectors.values()].flatMap((collector) => (collector.id === undefined ? [] : [[collector.id, collector]])),
  );
  collectCreatedIds(effective, collectors);
  for (const { operation, result } of performed) {
    if (isListOperation(operation)) collectMembers(operation, plan, byId);
    else collect(operation, result, collectors);
  }
  for (const { operation } of performed) {
    if (operation.kind === "delete-account") collectAccountMembers(operation, collectors, byId);
  }
  const listIds = new Map(effective.flatMap(listIdOf));
  const currentId = (id: string | undefined) => id && (currentIds.get(id) ?? id);
  const withId = (list: ListRef): ListRef =>
    omitUndefined({ ...list, id: currentId(list.id ?? listIds.get(list.name)) });
  // Contacts may also be linked to an account that already existed.
  const accountIds = new Map([
    ...currentIds,
    ...[...collectors.values()].flatMap(({ id, change: { type, address } }) =>
      type === "front_account" && id !== undefined ? [[address, currentIds.get(id) ?? id] as const] : [],
    ),
  ]);
  const resources = [...collectors.values()].filter(hasChanges).map(({ change, ...collected }, index) => ({
    ...omitUndefined(collected),
    type: change.type,
    address: change.address,
    key: change.type === "front_account" ? change.name : change.address.slice(ADDRESS_PREFIX.length),
    id: currentId(collected.id),
    before: change.before,
    location: change.location ?? locationInRun(name, index + 1),
    lists: { added: collected.lists.added.map(withId), removed: collected.lists.removed.map(withId) },
    ...(collected.accounts === undefined ? {} : { accounts: withAccountIds(collected.accounts, accountIds) }),
  }));
  return {
    name,
    accounts: resources.filter(({ type }) => type === "front_account"),
    contacts: resources.filter(({ type }) => type === "front_contact"),
    createdLists: performed.flatMap(({ operation }) =>
      operation.kind === "create-list"
        ? [omitUndefined({ ...withId({ name: operation.name }), team: operation.team })]
        : [],
    ),
    deletedLists: performed.flatMap(({ operation }) =>
      operation.kind === "delete-list" ? [omitUndefined({ name: operation.list.name, team: operation.team })] : [],
    ),
  };
}

/**
 * Records the IDs of the contacts and accounts that the run created or that already existed. The run may have changed
 * them further, for example by adding a contact to a list.
 */
function collectCreatedIds(
  effective: readonly EffectiveOperation[],
  collectors: ReadonlyMap<string, ChangeCollector>,
): void {
  for (const { operation, result } of effective) {
    const collector = collectors.get(operation.subjects[0] ?? "");
    if (operation.kind === "create-contact" && collector !== undefined) collector.id = result?.contact;
    if (operation.kind === "create-account" && collector !== undefined) collector.id = result?.account;
  }
}

/** Replaces the addresses of accounts that the plan creates, and previous IDs, with current IDs. */
function withAccountIds(
  { before, after, confirmed }: NonNullable<ContactChanges["accounts"]>,
  ids: ReadonlyMap<string, string>,
): NonNullable<ContactChanges["accounts"]> {
  const idsOf = (accounts: readonly string[]) => accounts.map((account) => ids.get(account) ?? account);
  return { before: idsOf(before), after: idsOf(after), confirmed: idsOf(confirmed) };
}

/**
 * Returns a change for each contact that leaves a list because the list has exact members or is deleted, and that has
 * no other change in the plan.
 */
function changesOfMembers({ changes }: Plan): readonly Change[] {
  const changedIds = new Set(changes.map(({ id }) => id));
  const members = changes.flatMap(memberChanges).filter(({ id }) => !changedIds.has(id));
  return [...new Map(members.map(({ location: _, ...change }): [string, Change] => [change.address, change])).values()];
}

type ListOperation = OperationOf<"remove-from-list" | "delete-list">;

/** Returns whether an operation removes contacts because their list has exact members or is deleted. */
function isListOperation(operation: Operation): operation is ListOperation {
  return operation.kind === "delete-list" || removesMembersOfList(operation);
}

/**
 * Records that contacts left a list. Finds the contacts by ID, because the plan may also contain other changes to them.
 */
function collectMembers(operation: ListOperation, { changes }: Plan, byId: ReadonlyMap<string, ChangeCollector>): void {
  const { list, subjects } = operation;
  const members = changes.find(({ address }) => address === subjects[0])?.before?.members ?? [];
  const ids = operation.kind === "delete-list" ? members.map(({ id }) => id) : existingIds(operation.contacts);
  for (const id of ids) byId.get(id)?.lists.removed.push(list);
}

/**
 * Records that the manual members of a deleted account were linked to it. When the account is created again, Front links
 * the other members by domain. Records nothing for an account without an identifier, because it is not created again.
 */
function collectAccountMembers(
  { account: { id: accountId, manualMembers = [] }, subjects: [address = ""] }: OperationOf<"delete-account">,
  collectors: Map<string, ChangeCollector>,
  byId: ReadonlyMap<string, ChangeCollector>,
): void {
  const { external_id: externalId, domains = [] } = collectors.get(address)?.change.before ?? {};
  if (!externalId && domains.length === 0) return;
  for (const id of manualMembers) {
    const collector = byId.get(id) ?? collectorOfUndeclared(id, collectors);
    if (collector.kind !== "changed") continue;
    const { before = [], after = [], confirmed = [] } = collector.accounts ?? {};
    if (![...before, ...after].includes(accountId))
      collector.accounts = { before: [...before, accountId], after, confirmed };
  }
}

function collectorOfUndeclared(id: string, collectors: Map<string, ChangeCollector>): ChangeCollector {
  const address = undeclaredAddress(id);
  const existing = collectors.get(address);
  if (existing !== undefined) return existing;
  const values = { before: {}, after: {}, differences: [], kept: NO_UNMANAGED_VALUES, notes: [] };
  const collector = new ChangeCollector({ address, type: "front_contact", name: id, id, action: "update", ...values });
  collectors.set(address, collector);
  return collector;
}

function listIdOf({ operation, result }: EffectiveOperation): (readonly [name: string, id: string])[] {
  if (result?.list === undefined) return [];
  if (operation.kind === "create-list") return [[operation.name, result.list]];
  return "list" in operation ? [[operation.list.name, result.list]] : [];
}

function hasChanges(collector: ChangeCollector): boolean {
  if (collector.change.type === "front_contact_list") return false;
  const { kind, name, description, avatar, accounts, fields, handles, links, lists, domains } = collector;
  const hasItems = [handles, links, lists, domains].some(({ added, removed }) => added.length + removed.length > 0);
  const values = [name, description, avatar, accounts];
  return kind !== "changed" || hasItems || fields.length > 0 || values.some((value) => value !== undefined);
}

const ADDRESS_PREFIX = contactAddress("");

function collect(
  operation: Operation,
  result: RecordedResult | undefined,
  collectors: ReadonlyMap<string, ChangeCollector>,
): void {
  for (const [index, address] of operation.subjects.entries()) {
    const resource = collectors.get(address);
    if (resource === undefined) continue;
    if ("contacts" in operation)
      collectMembership(operation, result, { reference: operation.contacts[index], contact: resource });
    else collectAttributes(operation, resource);
  }
}

function collectMembership(
  operation: BulkOperation,
  result: RecordedResult | undefined,
  { reference, contact }: { readonly reference: ContactRef | undefined; readonly contact: ChangeCollector },
): void {
  // Omits a contact that was not created. A killed run does not record for which contacts it performed an operation.
  if (reference !== undefined && "createdAs" in reference && contact.kind !== "created" && !contact.id) return;
  if (reference !== undefined && "id" in reference) contact.id ??= reference.id;
  if (operation.kind === "add-to-list") contact.lists.added.push(operation.list);
  else if (operation.kind === "remove-from-list") contact.lists.removed.push(operation.list);
  else contact.accounts = collectLink(operation, result, contact);
}

function collectLink(
  operation: LinkOperation,
  result: RecordedResult | undefined,
  { change, accounts }: ChangeCollector,
): ContactChanges["accounts"] {
  const before = splitAccounts(change.before?.account);
  const after = splitAccounts(change.after?.account);
  const confirmed = accounts?.confirmed ?? after.filter((id) => before.includes(id));
  const isLinked = operation.kind === "link-account" && result?.status !== "unknown";
  return { before, after, confirmed: isLinked ? [...confirmed, accountKey(operation.account)] : confirmed };
}

function collectAttributes(operation: Operation, resource: ChangeCollector): void {
  switch (operation.kind) {
    case "update-contact":
    case "update-account":
      collectUpdate(operation, resource);
      break;
    case "add-handle":
      resource.handles.added.push(operation.handle);
      break;
    case "remove-handle":
      resource.handles.removed.push(operation.handle);
      resource.id ??= operation.contact.id;
      break;
    case "upload-avatar":
      resource.avatar = operation.picture;
      break;
    case "create-contact":
    case "create-account":
      collectCreation(operation, resource);
      break;
    case "delete-contact":
      resource.kind = "deleted";
      resource.lists.removed.push(...(operation.lists ?? []));
      resource.accounts = operation.accounts && { before: operation.accounts, after: [], confirmed: [] };
      break;
    case "merge-contacts":
      resource.kind = "merged";
      break;
    case "delete-account":
      resource.kind = "deleted";
      resource.areMembersRecorded = operation.account.manualMembers !== undefined;
      break;
  }
}

function collectUpdate(operation: OperationOf<"update-contact" | "update-account">, resource: ChangeCollector): void {
  const { before, name, description, customFields = [] } = operation;
  if (name !== undefined) resource.name = { before: before.name, after: name };
  if (description !== undefined) resource.description = { before: before.description ?? "", after: description };
  resource.fields.push(...customFields);
  const [members, added = [], removed = []] =
    operation.kind === "update-contact"
      ? [resource.links, operation.addLinks, operation.removeLinks]
      : [resource.domains, operation.addDomains, operation.removeDomains];
  members.added.push(...added);
  members.removed.push(...removed);
}

function collectCreation(operation: OperationOf<"create-contact" | "create-account">, resource: ChangeCollector): void {
  const { name, description, customFields = [] } = operation;
  resource.kind = "created";
  resource.name = { before: undefined, after: name };
  resource.description = { before: "", after: description ?? "" };
  resource.fields.push(...customFields);
  if (operation.kind === "create-account") {
    resource.externalId = operation.externalId;
    resource.domains.added.push(...(operation.domains ?? []));
    return;
  }
  resource.handles.added.push(...operation.handles);
  resource.links.added.push(...(operation.links ?? []));
  resource.lists.added.push(...(operation.lists ?? []).map((list) => ({ name: list })));
}
