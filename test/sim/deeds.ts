import type { ContactRef, Operation } from "../../src/index.ts";
import { type Company, handleText, holderIn } from "./company.ts";
import type { Sent } from "./network.ts";

/** Whether what an operation brings about is so. */
export function holds(operation: Operation, company: Company): boolean {
  switch (operation.kind) {
    case "create-list":
      return [...company.lists.values()].includes(operation.name);
    case "create-contact": {
      const holders = new Set(operation.handles.map((handle) => holderIn(company, handleText(handle))));
      return holders.size === 1 && !holders.has(undefined);
    }
    case "update-contact": {
      const person = company.people.get(operation.contact.id);
      const { name = person?.name, description = person?.description, customFields = [] } = operation;
      const fieldsHold = customFields.every(
        ({ name: field, after }) => (person?.fields.get(field) ?? '""') === JSON.stringify(after ?? ""),
      );
      const linksHold =
        (operation.addLinks ?? []).every((link) => person?.links.has(link)) &&
        (operation.removeLinks ?? []).every((link) => !person?.links.has(link));
      return person?.name === name && person?.description === description && fieldsHold && linksHold;
    }
    case "add-handle":
      return company.people.get(operation.contact.id)?.handles.has(handleText(operation.handle)) ?? false;
    case "remove-handle":
      return !company.people.get(operation.contact.id)?.handles.has(handleText(operation.handle));
    case "upload-avatar": {
      const { contact, picture } = operation;
      return !("id" in contact) || company.people.get(contact.id)?.avatar === picture.sha256;
    }
    case "merge-contacts":
      return operation.others.every(({ id }) => !company.people.has(id)) && company.people.has(operation.target.id);
    case "delete-contact":
      return !company.people.has(operation.contact.id);
    case "add-to-list":
      return idsOf(operation.contacts).every((id) => isIn(company, id, operation.list.name));
    case "remove-from-list":
      return idsOf(operation.contacts).every((id) => !isIn(company, id, operation.list.name));
    case "link-account":
      return idsOf(operation.contacts).every((id) => company.accounts.get(operation.account.id)?.has(id));
    case "unlink-account":
      return idsOf(operation.contacts).every((id) => !company.accounts.get(operation.account.id)?.has(id));
  }
}

/** Ids of contacts that were there before the plan; of those that it creates nothing is known yet. */
function idsOf(contacts: readonly ContactRef[]): string[] {
  return contacts.flatMap((contact) => ("id" in contact ? [contact.id] : []));
}

function isIn({ people, lists }: Company, id: string, name: string): boolean {
  return [...(people.get(id)?.lists ?? [])].some((list) => lists.get(list) === name);
}

/** Whether a request may be how an operation was carried out. */
export function mayHaveDone(operation: Operation, sent: Sent): boolean {
  const { method, path, body, group } = sent;
  const names = (id: string) => path === `/contacts/${id}`;
  switch (operation.kind) {
    case "create-list":
      return group === "create a list" && JSON.parse(body).name === operation.name;
    case "create-contact":
      return group === "create a contact" && sameHandles(operation.handles, JSON.parse(body).handles);
    case "update-contact":
      return group === "update a contact" && names(operation.contact.id);
    case "upload-avatar":
      return group === "upload a picture" && (!("id" in operation.contact) || names(operation.contact.id));
    case "add-handle":
    case "remove-handle":
      return (
        method === (operation.kind === "add-handle" ? "POST" : "DELETE") &&
        path === `/contacts/${operation.contact.id}/handles` &&
        handleText(JSON.parse(body)) === handleText(operation.handle)
      );
    case "merge-contacts":
      return group === "merge" && JSON.parse(body).target_contact_id === operation.target.id;
    case "delete-contact":
      return group === "delete a contact" && names(operation.contact.id);
    case "add-to-list":
    case "link-account":
      return group === "change members" && method === "POST" && isAbout(operation, sent);
    case "remove-from-list":
    case "unlink-account":
      return group === "change members" && method === "DELETE" && isAbout(operation, sent);
  }
}

type Membership = Extract<Operation, { contacts: unknown }>;

function isAbout(operation: Membership, { path, body, effects }: Sent): boolean {
  const ids: readonly string[] = JSON.parse(body).contact_ids;
  if (ids.length !== operation.contacts.length || !idsOf(operation.contacts).every((id) => ids.includes(id)))
    return false;
  if ("account" in operation) return path === `/accounts/${operation.account.id}/contacts`;
  const id = /^\/contact_lists\/(\w+)\/contacts$/.exec(path)?.[1] ?? "";
  return effects.some(({ after }) => after.lists.get(id) === operation.list.name);
}

type Handles = readonly { readonly source: string; readonly handle: string }[];

function sameHandles(one: Handles, other: Handles): boolean {
  return one.length === other.length && new Set([...one, ...other].map(handleText)).size === one.length;
}
