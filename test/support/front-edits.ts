import fc from "fast-check";
import { accountsOf, type RemoteAccountJson } from "./front-values.ts";
import { listRemoteContacts, type RemoteContactJson } from "./scenarios.ts";
import type { TestEnvironment } from "./test-environment.ts";

interface Target {
  readonly environment: TestEnvironment;
  readonly index: number;
  /** A number from 0 to 2 that selects a value. */
  readonly choice: number;
}

const LINKS = ["https://a.example", "https://b.example", "https://theirs.example"];
const LISTS = ["VIP", "News"];

type EditContact = (contact: RemoteContactJson, target: Target) => Promise<unknown>;

const patchContact =
  (valuesOf: (choice: number) => object): EditContact =>
  ({ id }, { environment, choice }) =>
    environment.request("PATCH", `/contacts/${id}`, valuesOf(choice));

const changeList =
  (method: "POST" | "DELETE"): EditContact =>
  async ({ id }, { environment, choice }) => {
    const lists: readonly { readonly id: string; readonly name: string }[] = (
      await environment.request("GET", "/contact_lists")
    )._results;
    const list = lists.find(({ name }) => name === LISTS[choice % LISTS.length]);
    await environment.request(method, `/contact_lists/${list?.id}/contacts`, { contact_ids: [id] });
  };

const CONTACT_EDITS: Readonly<Record<string, EditContact>> = {
  name: patchContact((choice) => ({ name: ["Theirs", "Ann", "Cleo"][choice] })),
  description: patchContact((choice) => ({ description: ["", "theirs", "local"][choice] })),
  links: patchContact((choice) => ({ links: LINKS.filter((_, link) => link !== choice) })),
  fields: patchContact((choice) => ({
    custom_fields: choice === 0 ? {} : { Tier: ["pro", "theirs"][choice - 1], Size: "theirs" },
  })),
  "join list": changeList("POST"),
  "leave list": changeList("DELETE"),
  async link({ id }, { environment, index, choice }) {
    const accounts = await accountsOf(environment);
    const account = accounts[index % Math.max(accounts.length, 1)];
    const method = choice === 0 ? "DELETE" : "POST";
    if (account !== undefined)
      await environment.request(method, `/accounts/${account.id}/contacts`, { contact_ids: [id] });
  },
  delete: ({ id }, { environment }) => environment.request("DELETE", `/contacts/${id}`),
};

/** Edits that change which contact has a handle, or whether a contact exists. */
const HANDLE_EDITS: Readonly<Record<string, EditContact>> = {
  "remove handle": ({ id, handles }, { environment, choice }) =>
    handles.length < 2
      ? NO_REQUEST
      : environment.request("DELETE", `/contacts/${id}/handles`, handles[choice % handles.length]),
  async "move handle"({ id, handles }, { environment, index, choice }) {
    const contacts = await listRemoteContacts(environment);
    const target = contacts[(index + 1 + choice) % contacts.length];
    const handle = handles[choice % handles.length];
    if (handles.length < 2 || target === undefined || target.id === id) return;
    await environment.request("DELETE", `/contacts/${id}/handles`, handle);
    await environment.request("POST", `/contacts/${target.id}/handles`, handle);
  },
  async merge({ id }, { environment, index, choice }) {
    const contacts = await listRemoteContacts(environment);
    const other = contacts[(index + 1 + choice) % contacts.length];
    if (other === undefined || other.id === id) return;
    await environment.request("POST", "/contacts/merge", { target_contact_id: id, contact_ids: [id, other.id] });
  },
  async "create again"({ id, handles }, { environment, choice }) {
    await environment.request("DELETE", `/contacts/${id}`);
    await environment.createContact(handles.slice(0, 1 + choice), { name: "Again" });
  },
};

const NO_REQUEST = Promise.resolve();

type EditAccount = (account: RemoteAccountJson, target: Target) => Promise<unknown>;

const patchAccount =
  (valuesOf: (account: RemoteAccountJson, target: Target) => object): EditAccount =>
  (account, target) =>
    target.environment.request("PATCH", `/accounts/${account.id}`, valuesOf(account, target));

const ACCOUNT_EDITS: Readonly<Record<string, EditAccount>> = {
  "account name": patchAccount((_, { choice }) => ({ name: ["Theirs", "Was 0", "Now 1"][choice] })),
  "account description": patchAccount((_, { choice }) => ({ description: ["", "theirs", "local"][choice] })),
  "account domains": patchAccount(({ domains }, { choice, index }) => ({
    domains: choice === 0 ? [...domains, `theirs${index}.example`] : domains.slice(0, 1),
  })),
  "account fields": patchAccount((_, { choice }) => ({
    custom_fields: choice === 0 ? {} : { Plan: ["full", "theirs"][choice - 1] },
  })),
  "delete account": ({ id }, { environment }) => environment.request("DELETE", `/accounts/${id}`),
};

/** Edits by teammates. The files of `twoConfigurations` manage some of the values. */
export const frontEdits = fc.array(
  fc.record({
    kind: fc.constantFrom(...Object.keys(CONTACT_EDITS), ...Object.keys(ACCOUNT_EDITS)),
    index: fc.nat(5),
    choice: fc.nat(2),
  }),
  { maxLength: 6 },
);

/** Edits by teammates, many of them `HANDLE_EDITS`. */
export const handleEdits = fc.array(
  fc.record({
    kind: fc.constantFrom(...Object.keys(HANDLE_EDITS), "delete", "name", "description", "links", "link"),
    index: fc.nat(5),
    choice: fc.nat(2),
  }),
  { maxLength: 4 },
);

export type FrontEdit = typeof frontEdits extends fc.Arbitrary<readonly (infer T)[]> ? T : never;

/** Performs an edit as a teammate. Does nothing if the company has no contact or account to edit. */
export async function performFrontEdit(
  { kind, index, choice }: FrontEdit,
  environment: TestEnvironment,
): Promise<void> {
  const target = { environment, index, choice };
  const contacts = await listRemoteContacts(environment);
  const accounts = await accountsOf(environment);
  const contact = contacts[index % Math.max(contacts.length, 1)];
  const account = accounts[index % Math.max(accounts.length, 1)];
  if (contact !== undefined) await { ...CONTACT_EDITS, ...HANDLE_EDITS }[kind]?.(contact, target);
  if (account !== undefined) await ACCOUNT_EDITS[kind]?.(account, target);
}
