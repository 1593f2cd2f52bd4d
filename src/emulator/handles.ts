import { adoptByDomain } from "./account-members.ts";
import { isRecord } from "./body.ts";
import { type Problems, refuseIfAny } from "./checks.ts";
import type { Contact, Handle } from "./model.ts";
import { badRequest, conflict, Refusal } from "./refusal.ts";
import type { Store } from "./store.ts";

/** Others, such as smooch, may be read on a contact but not written. */
const WRITABLE_SOURCES = ["email", "phone", "twitter", "facebook", "intercom", "front_chat", "custom"];

/** The handles of a new contact, in the spelling they will be kept in, each once. */
export function handlesIn(store: Store, fields: Readonly<Record<string, unknown>>): Handle[] {
  const sent = fields["handles"] ?? undefined;
  if (sent === undefined) throw badRequest("body.handles: missing");
  if (!Array.isArray(sent)) throw badRequest("body.handles: must be an array");
  if (sent.length === 0) throw badRequest("body.handles: must not be empty");
  const problems: Problems = [];
  const handles = sent.map((item, index) => handleIn(store, item, `body.handles[${index}]`, problems));
  refuseIfAny(problems);
  return [...new Map(handles.map((handle) => [store.handleKey(handle), handle])).values()];
}

function handleIn(store: Store, item: unknown, at: string, problems: Problems): Handle {
  if (!isRecord(item)) {
    problems.push(`${at}: must be an object`);
    return { source: "", handle: "" };
  }
  const { source, handle } = item;
  if (typeof handle !== "string" || handle.trim() === "") problems.push(`${at}.handle: ${lack(handle)}`);
  if (typeof source !== "string") problems.push(`${at}.source: ${lack(source)}`);
  else if (!WRITABLE_SOURCES.includes(source)) {
    problems.push(`${at}.source: must be one of ${WRITABLE_SOURCES.join(", ")}`);
  }
  return asKept(store, { source: String(source), handle: String(handle) });
}

function lack(value: unknown): string {
  if (value === undefined || value === null) return "missing";
  return typeof value === "string" ? "must not be empty" : "must be a string";
}

function asKept(store: Store, { source, handle }: Handle): Handle {
  if (source !== "phone" || store.behaviour.phoneForm !== "digits") return { source, handle };
  return { source, handle: handle.replace(/\D/g, "") || handle };
}

/** Throws Front's 409, which names every contact that holds one of the handles. */
export function mustBeFree(store: Store, handles: readonly Handle[]): void {
  const holders = handles.map((handle) => store.holderOf(handle)?.id).filter((id) => id !== undefined);
  if (holders.length === 0) return;
  throw conflict(`Contact handles already in use by other contacts: ${[...new Set(holders)].join(", ")}`);
}

export function addHandle(store: Store, contact: Contact, fields: Readonly<Record<string, unknown>>): void {
  const handle = oneHandleIn(store, fields);
  if (store.holderOf(handle) === contact) return;
  mustBeFree(store, [handle]);
  store.setHandles(contact, [...contact.handles, handle]);
  store.touch(contact);
  adoptByDomain(store, contact);
}

/** Front keeps no contact without a handle: the last one goes only by `force`, and takes the contact with it. */
export function removeHandle(store: Store, contact: Contact, fields: Readonly<Record<string, unknown>>): void {
  const handle = oneHandleIn(store, fields);
  if (store.holderOf(handle) !== contact) throw missingHandle(store, handle);
  const rest = contact.handles.filter((held) => store.handleKey(held) !== store.handleKey(handle));
  if (rest.length === 0) {
    if (fields["force"] !== true) throw badRequest("body.handle: is the last handle of the contact");
    store.removeContact(contact);
    return;
  }
  store.setHandles(contact, rest);
  store.touch(contact);
}

/** Reading back an unwritable source is common, so a body may name one; it is then simply not found. */
function oneHandleIn(store: Store, fields: Readonly<Record<string, unknown>>): Handle {
  const problems: Problems = [];
  const handle = handleIn(store, fields, "body", problems);
  refuseIfAny(problems);
  return handle;
}

function missingHandle(store: Store, { source, handle }: Handle): Refusal {
  if (store.behaviour.missingHandle === 400)
    return badRequest(`body.handle: ${source} ${handle} is not of this contact`);
  return new Refusal({ status: 404, title: "Not found", message: `Unknown handle ${handle}` });
}
