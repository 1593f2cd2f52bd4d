import { linkContactByDomain } from "./accounts.ts";
import { type Fields, isRecord, type Problems, throwIfAny } from "./body.ts";
import { badRequest, conflict, ErrorResponse } from "./http-messages.ts";
import type { Contact, Handle } from "./model.ts";
import type { Store } from "./store.ts";

/** The sources that the API can write. Other sources, such as smooch, are read-only. */
const WRITABLE_SOURCES = ["email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom"];

/** Returns the normalized, distinct handles of a new contact. */
export function handlesIn(store: Store, fields: Fields): Handle[] {
  const items = fields["handles"] ?? undefined;
  if (items === undefined) throw badRequest("body.handles: missing");
  if (!Array.isArray(items)) throw badRequest("body.handles: must be an array");
  if (items.length === 0) throw badRequest("body.handles: must not be empty");
  const problems: Problems = [];
  const handles = items.map((item, index) => handleIn(store, item, `body.handles[${index}]`, problems));
  throwIfAny(problems);
  return [...new Map(handles.map((handle) => [store.handleKey(handle), handle])).values()];
}

function handleIn(store: Store, item: unknown, path: string, problems: Problems): Handle {
  if (!isRecord(item)) {
    problems.push(`${path}: must be an object`);
    return { source: "", handle: "" };
  }
  const { source, handle } = item;
  if (typeof handle !== "string" || handle.trim() === "") problems.push(`${path}.handle: ${problemOf(handle)}`);
  if (typeof source !== "string") problems.push(`${path}.source: ${problemOf(source)}`);
  else if (!WRITABLE_SOURCES.includes(source)) {
    problems.push(`${path}.source: must be one of ${WRITABLE_SOURCES.join(", ")}`);
  }
  return store.normalize({ source: String(source), handle: String(handle) });
}

function problemOf(value: unknown): string {
  if (value === undefined || value === null) return "missing";
  return typeof value === "string" ? "must not be empty" : "must be a string";
}

/** Throws Front's conflict error, with the IDs of the contacts, if shared contacts have any of the handles. */
export function rejectUsedHandles(store: Store, handles: readonly Handle[]): void {
  const owners = handles.map((handle) => store.contactWithHandle(handle)?.id).filter((id) => id !== undefined);
  if (owners.length === 0) return;
  throw handleConflict(store, owners);
}

function handleConflict({ behavior }: Store, owners: readonly string[]): ErrorResponse {
  const message = `The handles conflict with the contact(s): ${[...new Set(owners)].join(", ")}.`;
  return behavior.conflictStatus === 409 ? conflict(message) : badRequest(message);
}

export function addHandle(store: Store, contact: Contact, fields: Fields): void {
  const handle = singleHandleIn(store, fields);
  if (hasHandle(store, contact, fields, handle)) return;
  if (!contact.isPrivate) rejectUsedHandles(store, [handle]);
  store.setHandles(contact, [...contact.handles, handle]);
  store.touch(contact);
  linkContactByDomain(store, contact);
}

/**
 * Returns whether the contact has the handle. Throws Front's conflict error if the contact has another spelling of the
 * phone number, and the behavior `respelledHandle` rejects it.
 */
function hasHandle(store: Store, contact: Contact, fields: Fields, { source, handle }: Handle): boolean {
  const existing = contact.handles.find(
    (other) => other.source === source && (other.handle === handle || store.isSameHandle(other, { source, handle })),
  );
  if (existing === undefined) return false;
  const isOtherSpelling = source === "phone" && existing.handle !== fields["handle"];
  if (isOtherSpelling && store.behavior.respelledHandle === "refuse") throw handleConflict(store, [contact.id]);
  return true;
}

/** Removes a handle. For the last handle, throws Front's 400, or deletes the contact if the body contains `force`. */
export function removeHandle(store: Store, contact: Contact, fields: Fields): void {
  const handle = singleHandleIn(store, fields);
  const asSent = { source: handle.source, handle: String(fields["handle"]) };
  const removed = [asSent, handle].find((form) => store.contactWithHandle(form, contact.isPrivate) === contact);
  if (removed === undefined) throw missingHandle(store, handle);
  const remaining = contact.handles.filter((other) => store.handleKey(other) !== store.handleKey(removed));
  if (remaining.length === 0) {
    if (fields["force"] !== true) throw badRequest("body.handle: is the last handle of the contact");
    store.removeContact(contact);
    return;
  }
  store.setHandles(contact, remaining);
  store.touch(contact);
}

function singleHandleIn(store: Store, fields: Fields): Handle {
  const problems: Problems = [];
  const handle = handleIn(store, fields, "body", problems);
  throwIfAny(problems);
  return handle;
}

function missingHandle(store: Store, { source, handle }: Handle): ErrorResponse {
  if (store.behavior.missingHandle === 400)
    return badRequest(`body.handle: this contact does not have ${source} ${handle}`);
  return new ErrorResponse({ status: 404, title: "Not found", message: `Unknown handle ${handle}` });
}
