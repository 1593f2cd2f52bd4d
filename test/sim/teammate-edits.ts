import type { LocalFront, TeammateResponse } from "../../src/emulator/index.ts";
import { PICTURES } from "../support/memory-disk.ts";
import { ACCOUNT_EDITS, type AccountEditKind, accountEditRequest } from "./account-edits.ts";
import type { AccountEntry } from "./account-entries.ts";
import { type Company, type ContactRecord, contactWithHandle, sharedContacts } from "./company.ts";
import { type Entry, PICTURE_FILES } from "./scenario.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { TOKEN } from "./tool.ts";

export const EDITS_DURING_RUNS = [
  "edits a field",
  "edits a name",
  "adds a link",
  "adds a handle",
  "sends a message",
  "deletes a contact",
  "merges contacts",
  "revokes the token",
] as const;

export const VALUE_EDITS = ["edits a name", "edits a description", "edits a field", "clears the fields"] as const;

export const EDITS_BETWEEN_RUNS = [
  ...VALUE_EDITS,
  ...([
    "adds a link",
    "removes the links",
    "adds a handle",
    "puts on a list",
    "takes off a list",
    "deletes a contact",
  ] as const),
  "sends a message",
] as const;
/** Edits that few simulations make, in addition to `EDITS_BETWEEN_RUNS`. */
export const RARE_EDITS = [
  "merges contacts",
  "moves a handle",
  "removes a handle",
  "uploads a picture",
  "deletes a list",
  "creates a list",
] as const;

export type EditKind =
  | (typeof EDITS_DURING_RUNS | typeof EDITS_BETWEEN_RUNS | typeof RARE_EDITS)[number]
  | AccountEditKind;

interface EditContext {
  readonly front: LocalFront;
  readonly random: SeededRandom;
  readonly company: Company;
  readonly entries: readonly Entry[];
  readonly accounts: readonly AccountEntry[];
}

/** Performs an edit as a teammate. Does nothing if there is no data to edit. */
export async function performEdit(kind: EditKind, context: EditContext): Promise<void> {
  const { front, random } = context;
  if (kind === "revokes the token") return front.revoke(TOKEN);
  if (kind === "sends a message") return await createSender(context);
  if (kind === "deletes a list") return await deleteList(context);
  if (kind === "creates a list") return await createList(context);
  if (isAccountEdit(kind)) return await editAccount(kind, context);
  const contacts = sharedContacts(context.company);
  if (contacts.length > 0) await CONTACT_EDITS[kind](random.pick(contacts), context);
}

type ContactEditKind = Exclude<
  EditKind,
  AccountEditKind | "revokes the token" | "sends a message" | "deletes a list" | "creates a list"
>;

type EditContact = (contact: ContactRecord, context: EditContext) => Promise<void>;

const CONTACT_EDITS: Readonly<Record<ContactEditKind, EditContact>> = {
  "edits a field": editField,
  "clears the fields": (contact, context) => patch(contact, { custom_fields: {} }, context),
  "edits a name": (contact, context) => patch(contact, { name: context.random.pick(["Theirs", "Ada"]) }, context),
  "edits a description": (contact, context) =>
    patch(contact, { description: context.random.pick(["theirs", "ours"]) }, context),
  "adds a link": (contact, context) =>
    patch(contact, { links: [...contact.links, `https://theirs${context.random.between(1, 9)}.example`] }, context),
  "removes the links": (contact, context) => patch(contact, { links: [] }, context),
  "puts on a list": (contact, context) => changeLists("POST", contact, context),
  "takes off a list": (contact, context) => changeLists("DELETE", contact, context),
  "adds a handle": async ({ id }, context) =>
    void (await context.front.asTeammate("POST", `/contacts/${id}/handles`, pickHandle(context))),
  "moves a handle": (contact, context) =>
    removeHandle(contact, context, context.random.pick(sharedContacts(context.company))),
  "removes a handle": (contact, context) => removeHandle(contact, context),
  "uploads a picture": uploadPicture,
  "deletes a contact": ({ id }, { front }) => expectSuccess(front.asTeammate("DELETE", `/contacts/${id}`)),
  "merges contacts": mergeContacts,
};

async function patch({ id }: ContactRecord, values: object, { front }: EditContext): Promise<void> {
  await expectSuccess(front.asTeammate("PATCH", `/contacts/${id}`, values));
}

async function mergeContacts(contact: ContactRecord, { front, random, company }: EditContext): Promise<void> {
  const other = random.pick(sharedContacts(company));
  if (other === contact) return;
  const ids = { target_contact_id: contact.id, contact_ids: [contact.id, other.id] };
  await expectSuccess(front.asTeammate("POST", "/contacts/merge", ids));
}

async function changeLists(
  method: "POST" | "DELETE",
  { id }: ContactRecord,
  { front, random, company }: EditContext,
): Promise<void> {
  const lists = [...company.lists.keys()];
  if (lists.length === 0) return;
  await expectSuccess(front.asTeammate(method, `/contact_lists/${random.pick(lists)}/contacts`, { contact_ids: [id] }));
}

async function editAccount(kind: AccountEditKind, context: EditContext): Promise<void> {
  const request = accountEditRequest(kind, context);
  if (request !== undefined) await expectSuccess(context.front.asTeammate(...request));
}

function isAccountEdit(kind: EditKind): kind is AccountEditKind {
  return ACCOUNT_EDITS.some((accountEdit) => accountEdit === kind);
}

async function deleteList({ front, random, company }: EditContext): Promise<void> {
  const ids = [...company.lists.keys()];
  if (ids.length > 0) await expectSuccess(front.asTeammate("DELETE", `/contact_lists/${random.pick(ids)}`));
}

/** Creates a list. Front may accept or reject a name that another list has. */
async function createList({ front, random }: EditContext): Promise<void> {
  const workspace = random.pick(["", "/teams/tim_1b"]);
  await front.asTeammate("POST", `${workspace}/contact_lists`, { name: random.pick(["Alpha", "Beta", "Gamma"]) });
}

/** Removes a handle other than the last one of a contact, and adds it to `target` if there is one. */
async function removeHandle(
  { id, handles }: ContactRecord,
  { front, random }: EditContext,
  target?: ContactRecord,
): Promise<void> {
  if (handles.size < 2 || target?.id === id) return;
  const [source = "", ...rest] = random.pick([...handles]).split(":");
  const handle = { source, handle: rest.join(":") };
  const { status } = await front.asTeammate("DELETE", `/contacts/${id}/handles`, handle);
  if (status < 400 && target !== undefined)
    await expectSuccess(front.asTeammate("POST", `/contacts/${target.id}/handles`, handle));
}

async function uploadPicture({ id }: ContactRecord, { front, random }: EditContext): Promise<void> {
  const bytes = random.pick([...PICTURE_FILES.values(), Uint8Array.from([...PICTURES.png, 7])]);
  const form = new FormData();
  form.set("avatar", new Blob([Uint8Array.from(bytes)], { type: "image/png" }), "theirs.png");
  await expectSuccess(front.asTeammate("PATCH", `/contacts/${id}`, form));
}

async function editField({ id, fields }: ContactRecord, { front, random }: EditContext): Promise<void> {
  const allFields = Object.fromEntries([...fields].map(([name, value]) => [name, JSON.parse(value)]));
  const editedField = random.pick([
    { "Job Title": random.pick(["Theirs", "Chief"]) },
    { Location: random.pick(["Elsewhere", "Nowhere"]) },
    { "Badge Number": random.between(10, 99) },
  ]);
  await expectSuccess(
    front.asTeammate("PATCH", `/contacts/${id}`, { custom_fields: { ...allFields, ...editedField } }),
  );
}

function pickHandle({ random, entries }: EditContext): { readonly source: string; readonly handle: string } {
  const declaredHandles = entries.flatMap(({ handles }) => handles);
  if (declaredHandles.length > 0 && random.chance(0.3)) return random.pick(declaredHandles);
  return { source: "twitter", handle: `theirs${random.between(1, 99)}` };
}

/** Creates a contact, as Front does when an unknown address sends a message. */
async function createSender(context: EditContext): Promise<void> {
  const handle = pickHandle(context);
  const key = `${handle.source}:${handle.handle}`;
  if (contactWithHandle(context.company, key) !== undefined) return;
  await context.front.asTeammate("POST", "/contacts", { handles: [handle], name: "Who wrote" });
}

async function expectSuccess(response: Promise<TeammateResponse>): Promise<void> {
  const { status, body } = await response;
  if (status >= 400) throw new Error(`Front rejected an edit: ${JSON.stringify(body)}`);
}
