import { joinAccountsByDomain } from "./accounts.ts";
import { type Fields, isRecord, type Problems, throwIfAny } from "./body.ts";
import { badRequest, conflict, ErrorResponse } from "./http-messages.ts";
import type { Contact, Handle } from "./model.ts";
import type { Store } from "./store.ts";

/** Other sources, such as smooch, are read-only. */
const WRITABLE_SOURCES = ["email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom"];

/** Returns the normalized handles of a new contact, without duplicates. */
export function handlesIn(store: Store, fields: Fields): Handle[] {
  const sent = fields["handles"] ?? undefined;
  if (sent === undefined) throw badRequest("body.handles: missing");
  if (!Array.isArray(sent)) throw badRequest("body.handles: must be an array");
  if (sent.length === 0) throw badRequest("body.handles: must not be empty");
  const problems: Problems = [];
  const handles = sent.map((item, index) => handleIn(store, item, `body.handles[${index}]`, problems));
  throwIfAny(problems);
  return [...new Map(handles.map((handle) => [store.handleKey(handle), handle])).values()];
}

function handleIn(store: Store, item: unknown, at: string, problems: Problems): Handle {
  if (!isRecord(item)) {
    problems.push(`${at}: must be an object`);
    return { source: "", handle: "" };
  }
  const { source, handle } = item;
  if (typeof handle !== "string" || handle.trim() === "") problems.push(`${at}.handle: ${problemOf(handle)}`);
  if (typeof source !== "string") problems.push(`${at}.source: ${problemOf(source)}`);
  else if (!WRITABLE_SOURCES.includes(source)) {
    problems.push(`${at}.source: must be one of ${WRITABLE_SOURCES.join(", ")}`);
  }
  return store.normalize({ source: String(source), handle: String(handle) });
}

function problemOf(value: unknown): string {
  if (value === undefined || value === null) return "missing";
  return typeof value === "string" ? "must not be empty" : "must be a string";
}

/** Throws Front's conflict if shared contacts have one of the handles. The message lists their ids. */
export function rejectUsedHandles(store: Store, handles: readonly Handle[]): void {
  const owners = handles.map((handle) => store.contactWithHandle(handle)?.id).filter((id) => id !== undefined);
  if (owners.length === 0) return;
  throw inUse(store, owners);
}

function inUse({ behavior }: Store, owners: readonly string[]): ErrorResponse {
  const message = `The handles conflict with the contact(s): ${[...new Set(owners)].join(", ")}.`;
  return behavior.conflictStatus === 409 ? conflict(message) : badRequest(message);
}

export function addHandle(store: Store, contact: Contact, fields: Fields): void {
  const handle = oneHandleIn(store, fields);
  if (hasHandle(store, contact, fields, handle)) return;
  if (!contact.isPrivate) rejectUsedHandles(store, [handle]);
  store.setHandles(contact, [...contact.handles, handle]);
  store.touch(contact);
  joinAccountsByDomain(store, contact);
}

/** Returns whether a contact has a handle. Throws if it has another spelling and the behavior refuses that. */
function hasHandle(store: Store, contact: Contact, sent: Fields, { source, handle }: Handle): boolean {
  const existing = contact.handles.find(
    (each) => each.source === source && (each.handle === handle || store.isSameHandle(each, { source, handle })),
  );
  if (existing === undefined) return false;
  const isRespelled = source === "phone" && existing.handle !== sent["handle"];
  if (isRespelled && store.behavior.respelledHandle === "refuse") throw inUse(store, [contact.id]);
  return true;
}

/** Removes a handle. Refuses to remove the last one; with `force`, that deletes the contact. */
export function removeHandle(store: Store, contact: Contact, fields: Fields): void {
  const handle = oneHandleIn(store, fields);
  const sent = { source: handle.source, handle: String(fields["handle"]) };
  const found = [sent, handle].find((each) => store.contactWithHandle(each, contact.isPrivate) === contact);
  if (found === undefined) throw missingHandle(store, handle);
  const rest = contact.handles.filter((other) => store.handleKey(other) !== store.handleKey(found));
  if (rest.length === 0) {
    if (fields["force"] !== true) throw badRequest("body.handle: is the last handle of the contact");
    store.removeContact(contact);
    return;
  }
  store.setHandles(contact, rest);
  store.touch(contact);
}

/** Returns the handle in a body. */
function oneHandleIn(store: Store, fields: Fields): Handle {
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
