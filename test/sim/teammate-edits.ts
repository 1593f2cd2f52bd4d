import type { LocalFront, TeammateResponse } from "../../src/emulator/index.ts";
import { ACCOUNT_EDITS, type AccountEditKind, accountEditRequest } from "./account-edits.ts";
import type { AccountEntry } from "./account-entries.ts";
import { type Company, type ContactRecord, contactWithHandle, sharedContacts } from "./company.ts";
import type { Entry } from "./scenario.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { TOKEN } from "./tool.ts";

export const EDITS_DURING_RUNS = [
  "edits a field",
  "edits a name",
  "adds a link",
  "adds a handle",
  "writes to us",
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
  "writes to us",
] as const;
export type EditKind =
  | (typeof EDITS_DURING_RUNS | typeof EDITS_BETWEEN_RUNS)[number]
  | AccountEditKind
  | "deletes a list";

interface EditContext {
  readonly front: LocalFront;
  readonly random: SeededRandom;
  readonly company: Company;
  readonly entries: readonly Entry[];
  readonly accounts: readonly AccountEntry[];
}

/** Does nothing if there is no data to edit. */
export async function performEdit(kind: EditKind, context: EditContext): Promise<void> {
  const { front, random, company } = context;
  const contacts = sharedContacts(company);
  if (kind === "revokes the token") return front.revoke(TOKEN);
  if (kind === "writes to us") return await createSender(context);
  if (kind === "deletes a list") return await deleteList(context);
  if (isAccountEdit(kind)) return await editAccount(kind, context);
  if (contacts.length === 0) return;
  const contact = random.pick(contacts);
  const patch = async (values: object) =>
    await expectSuccess(front.asTeammate("PATCH", `/contacts/${contact.id}`, values));
  switch (kind) {
    case "edits a field":
      return await editField(contact, context);
    case "clears the fields":
      return await patch({ custom_fields: {} });
    case "edits a name":
      return await patch({ name: random.pick(["Theirs", "Ada"]) });
    case "edits a description":
      return await patch({ description: random.pick(["theirs", "ours"]) });
    case "adds a link":
      return await patch({ links: [...contact.links, `https://theirs${random.between(1, 9)}.example`] });
    case "removes the links":
      return await patch({ links: [] });
    case "puts on a list":
    case "takes off a list":
      return await changeLists(kind === "puts on a list" ? "POST" : "DELETE", contact, context);
    case "adds a handle":
      return void (await front.asTeammate("POST", `/contacts/${contact.id}/handles`, pickHandle(context)));
    case "deletes a contact":
      return await expectSuccess(front.asTeammate("DELETE", `/contacts/${contact.id}`));
    case "merges contacts": {
      const other = random.pick(contacts);
      if (other === contact) return;
      const ids = { target_contact_id: contact.id, contact_ids: [contact.id, other.id] };
      return await expectSuccess(front.asTeammate("POST", "/contacts/merge", ids));
    }
  }
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
