import type { Operation } from "../../src/internal.ts";
import { existingIds, type ListRef } from "../../src/model/plan.ts";
import {
  type AccountRecord,
  type Company,
  type ContactRecord,
  contactWithHandle,
  fieldJson,
  handleText,
  isIdentifiedBy,
} from "./company.ts";
import type { Group } from "./faults.ts";
import type { SentRequest } from "./network.ts";
import { fieldPath, valueIn } from "./values.ts";

export function isInEffect(operation: Operation, company: Company): boolean {
  switch (operation.kind) {
    case "create-list":
      return [...company.lists.values()].includes(operation.name);
    case "delete-list":
      return !company.lists.has(operation.list.id);
    case "create-contact": {
      const owners = new Set(operation.handles.map((handle) => contactWithHandle(company, handleText(handle))));
      return owners.size === 1 && !owners.has(undefined);
    }
    case "update-contact":
      return isUpdated(operation, company.contacts.get(operation.contact.id));
    case "add-handle":
      return company.contacts.get(operation.contact.id)?.handles.has(handleText(operation.handle)) ?? false;
    case "remove-handle":
      return !company.contacts.get(operation.contact.id)?.handles.has(handleText(operation.handle));
    case "upload-avatar": {
      const { contact, picture } = operation;
      return !("id" in contact) || company.contacts.get(contact.id)?.avatar === picture.sha256;
    }
    case "merge-contacts":
      return operation.others.every(({ id }) => !company.contacts.has(id)) && company.contacts.has(operation.target.id);
    case "delete-contact":
      return !company.contacts.has(operation.contact.id);
    case "add-to-list":
      return existingIds(operation.contacts).every((id) => isOnList(company, id, operation.list));
    case "remove-from-list":
      return existingIds(operation.contacts).every((id) => !isOnList(company, id, operation.list));
    case "link-account": {
      const { account, contacts } = operation;
      // The ID of an account that the plan creates is unknown.
      return !("id" in account) || existingIds(contacts).every((id) => company.accountMembers.get(account.id)?.has(id));
    }
    case "unlink-account":
      return existingIds(operation.contacts).every((id) => !company.accountMembers.get(operation.account.id)?.has(id));
    case "create-account": {
      const records = [...company.accounts.values()];
      return records.some((record) => isIdentifiedBy(record, operation) && record.name === operation.name);
    }
    case "update-account":
      return isUpdated(operation, company.accounts.get(operation.account.id));
    case "delete-account":
      return !company.accountMembers.has(operation.account.id);
  }
}

function isUpdated(
  operation: Extract<Operation, { kind: "update-contact" | "update-account" }>,
  record: AccountRecord | ContactRecord | undefined,
): boolean {
  if (record === undefined) return false;
  const { name = record.name, description = record.description, customFields = [] } = operation;
  const [kind, added = [], removed = []] =
    operation.kind === "update-contact"
      ? ["link", operation.addLinks, operation.removeLinks]
      : ["domain", operation.addDomains, operation.removeDomains];
  return (
    record.name === name &&
    record.description === description &&
    customFields.every(
      ({ name: field, after = "" }) => valueIn(record, fieldPath(field)) === (after === "" ? "" : fieldJson(after)),
    ) &&
    added.every((member) => valueIn(record, `${kind} ${member}`) !== "") &&
    removed.every((member) => valueIn(record, `${kind} ${member}`) === "")
  );
}

/**
 * Returns whether a contact is on a list. Compares list IDs, because several lists can have the same name. A list that
 * the plan creates has no known ID.
 */
function isOnList({ contacts, lists }: Company, contactId: string, { id, name }: ListRef): boolean {
  const listIds = [...(contacts.get(contactId)?.lists ?? [])];
  return listIds.some((listId) => (id === undefined ? lists.get(listId) === name : listId === id));
}

/**
 * Returns whether a request may be part of an operation. `created` contains the IDs of the resources that the run
 * created, or found instead of creating them.
 */
export function mayBelongTo(operation: Operation, request: SentRequest, created: ReadonlySet<string>): boolean {
  if (GROUP_OF[operation.kind] !== request.group && !isDuplicateDeletion(operation, request, created)) return false;
  if ("contacts" in operation) return isAboutMembers(operation, request, created);
  if ("contact" in operation) return isAboutContact(operation, request, created);
  switch (operation.kind) {
    case "create-list":
      return isAboutList(operation.name, request);
    case "delete-list":
      return isAboutList(operation.list.name, request);
    case "create-account":
      return isDuplicateDeletion(operation, request, created) || createsAccount(operation, JSON.parse(request.body));
    case "update-account":
    case "delete-account":
      return request.path === `/accounts/${operation.account.id}`;
    case "merge-contacts":
      return JSON.parse(request.body).target_contact_id === operation.target.id;
    default:
      return sameHandles(operation.handles, JSON.parse(request.body).handles);
  }
}

/**
 * Returns whether a request deletes an account that the run created. A run does this if another run created the same
 * account.
 */
function isDuplicateDeletion({ kind }: Operation, { group, path }: SentRequest, created: ReadonlySet<string>): boolean {
  return kind === "create-account" && group === "delete an account" && created.has(path.split("/")[2] ?? "");
}

function createsAccount(
  { name, externalId, domains }: Extract<Operation, { kind: "create-account" }>,
  body: { readonly name: string; readonly external_id?: string; readonly domains?: readonly string[] },
): boolean {
  return body.name === name && body.external_id === externalId && String(body.domains) === String(domains);
}

function isAboutList(name: string, { method, body, effects }: SentRequest): boolean {
  if (method === "POST") return JSON.parse(body).name === name;
  return effects.some(({ listsDeleted }) => listsDeleted.includes(name));
}

const GROUP_OF: Readonly<Record<Operation["kind"], Group>> = {
  "create-list": "create a list",
  "delete-list": "create a list",
  "create-contact": "create a contact",
  "update-contact": "update a contact",
  "upload-avatar": "upload a picture",
  "add-handle": "change handles",
  "remove-handle": "change handles",
  "merge-contacts": "merge",
  "delete-contact": "delete a contact",
  "add-to-list": "change members",
  "remove-from-list": "change members",
  "link-account": "link contacts",
  "unlink-account": "link contacts",
  "create-account": "create an account",
  "update-account": "update an account",
  "delete-account": "delete an account",
};

type OfContact = Extract<Operation, { contact: unknown }>;
type OfMembers = Extract<Operation, { contacts: unknown }>;

function isAboutContact(
  operation: OfContact,
  { path, body, method }: SentRequest,
  created: ReadonlySet<string>,
): boolean {
  const id = path.split("/")[2] ?? "";
  const { contact } = operation;
  if ("id" in contact ? contact.id !== id : !created.has(id)) return false;
  if (!("handle" in operation)) return true;
  const expectedMethod = operation.kind === "add-handle" ? "POST" : "DELETE";
  return method === expectedMethod && handleText(JSON.parse(body)) === handleText(operation.handle);
}

/**
 * Returns whether a request changes the members that an operation changes. The request may omit contacts that changed
 * after the plan.
 */
function isAboutMembers(
  operation: OfMembers,
  { path, body, method, effects, process }: SentRequest,
  created: ReadonlySet<string>,
) {
  const adds = operation.kind === "add-to-list" || operation.kind === "link-account";
  if (method !== (adds ? "POST" : "DELETE")) return false;
  const plannedIds = new Set(existingIds(operation.contacts));
  const ids: readonly string[] = JSON.parse(body).contact_ids;
  const hasNewContacts = operation.contacts.length > plannedIds.size;
  if (ids.length > operation.contacts.length) return false;
  if (!ids.every((id) => plannedIds.has(id) || (hasNewContacts && created.has(id)))) return false;
  const target = path.split("/")[2] ?? "";
  if (!("account" in operation)) return effects.some(({ after }) => after.lists.get(target) === operation.list.name);
  if ("id" in operation.account) return path === `/accounts/${operation.account.id}/contacts`;
  const { createdAs } = operation.account;
  const creation = process.plannedOperations.find(
    (planned) => planned.kind === "create-account" && planned.subjects[0] === createdAs,
  );
  const records = effects.flatMap(({ after }) => after.accounts.get(target) ?? []);
  return creation?.kind === "create-account" && records.some((record) => isIdentifiedBy(record, creation));
}

type Handles = readonly { readonly source: string; readonly handle: string }[];

function sameHandles(first: Handles, second: Handles): boolean {
  return first.length === second.length && new Set([...first, ...second].map(handleText)).size === first.length;
}
