import type { Behavior } from "../../src/emulator/index.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import type { OperationKind } from "../../src/model/plan.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt } from "./builders.ts";
import { PICTURES_AS_SENT } from "./emulator.ts";
import { portrait } from "./portrait.ts";
import type { TestEnvironment } from "./test-environment.ts";

type SetUp = (environment: TestEnvironment) => Promise<DesiredState>;

/** A write, and a setup in which apply sends it. */
export interface Write {
  readonly kind: OperationKind;
  readonly method: string;
  readonly path: string;
  readonly setUp: SetUp;
  readonly behavior?: Partial<Behavior>;
}

function write(kind: OperationKind, request: string, setUp: SetUp, behavior?: Partial<Behavior>): Write {
  const [method = "", path = ""] = request.split(" ");
  return { kind, method, path, setUp, ...(behavior && { behavior }) };
}

const EMAIL = "ada@x.example";
const PHONE = "+442079460001";
const EXISTING_VALUES = {
  name: "Eva",
  description: "kept",
  links: ["https://kept.example"],
  custom_fields: { "Job Title": "Agent", Location: "kept" },
};

function createContact(environment: TestEnvironment, attributes: object = {}): Promise<string> {
  return environment.createContact([handle(EMAIL), handle("twitter:kept")], { ...EXISTING_VALUES, ...attributes });
}

function withEntry(
  handles: string | readonly string[],
  attributes: Parameters<typeof desiredContact>[1],
  declared?: Parameters<typeof desiredState>[1],
): SetUp {
  return async (environment) => {
    await createContact(environment);
    return desiredState([desiredContact(handles, attributes)], declared);
  };
}

function withListedContact(desired: DesiredState): SetUp {
  return async (environment) => {
    await environment.createList("Old");
    await createContact(environment, { list_names: ["Old"] });
    return desired;
  };
}

const inAccount = (account: { readonly id: string } | { readonly externalId: string }) => ({
  account: { ...account, location: locationAt(9) },
});

/** The writes, by what they create, change or delete. */
export const WRITES: Readonly<Record<string, Write>> = {
  "a list": write("create-list", "POST /contact_lists", withEntry(EMAIL, { lists: ["New"] }, { lists: ["New"] })),
  "a list in a workspace": write(
    "create-list",
    "POST /teams/*/contact_lists",
    withEntry(EMAIL, { lists: ["New"] }, { lists: [{ name: "New", team: "tim_1b" }] }),
  ),
  "a contact": write("create-contact", "POST /contacts", async (environment) => {
    await environment.createList("Old");
    const attributes = { name: "Ada", description: "x", links: ["https://a.example"], lists: ["Old"] };
    return desiredState([desiredContact([EMAIL, PHONE], { ...attributes, customFields: { "Job Title": "Agent" } })]);
  }),
  "a name": write("update-contact", "PATCH /contacts/*", withEntry(EMAIL, { name: "Ada" })),
  "a custom field": write(
    "update-contact",
    "PATCH /contacts/*",
    withEntry(EMAIL, { description: "", customFields: { "Job Title": "Chief" } }),
  ),
  "a link": write("update-contact", "PATCH /contacts/*", withEntry(EMAIL, { links: ["https://new.example"] })),
  "a handle": write("add-handle", "POST /contacts/*/handles", withEntry([EMAIL, PHONE], {})),
  "a picture": write(
    "upload-avatar",
    "PATCH /contacts/*",
    async (environment) => {
      await createContact(environment);
      const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
      return desiredState([desiredContact(EMAIL, { avatar })]);
    },
    PICTURES_AS_SENT,
  ),
  "an addition to a list": write("add-to-list", "POST /contact_lists/*/contacts", async (environment) => {
    await createContact(environment);
    await environment.createList("Old");
    return desiredState([desiredContact(EMAIL, { lists: ["Old"] })]);
  }),
  "the removal of a handle": write("remove-handle", "DELETE /contacts/*/handles", async (environment) => {
    await environment.createContact([handle(EMAIL), handle(PHONE)], EXISTING_VALUES);
    return desiredState([desiredContact(EMAIL, { exact: ["handles"] })]);
  }),
  "a merge": write("merge-contacts", "POST /contacts/merge", async (environment) => {
    await createContact(environment);
    await environment.createContact([handle(PHONE)], { name: "Eva" });
    return desiredState([desiredContact([EMAIL, PHONE], { merge: true })]);
  }),
  "the deletion of a contact": write("delete-contact", "DELETE /contacts/*", async (environment) => {
    await createContact(environment);
    await environment.createContact([handle("old@x.example")]);
    return desiredState([desiredContact("old@x.example", { ensure: "absent" })]);
  }),
  "a removal from a list": write(
    "remove-from-list",
    "DELETE /contact_lists/*/contacts",
    withListedContact(desiredState([desiredContact(EMAIL, { lists: [], exact: ["lists"] })])),
  ),
  "a removal from a list with exact members": write(
    "remove-from-list",
    "DELETE /contact_lists/*/contacts",
    withListedContact(desiredState([], { lists: [{ name: "Old", members: "exact" }] })),
  ),
  "the deletion of a list": write(
    "delete-list",
    "DELETE /contact_lists/*",
    withListedContact(desiredState([], { lists: [{ name: "Old", ensure: "absent" }] })),
  ),
  "an account link": write("link-account", "POST /accounts/*/contacts", async (environment) => {
    await createContact(environment);
    const { id } = await environment.request("POST", "/accounts", { name: "Acme" });
    return desiredState([desiredContact(EMAIL, inAccount({ id }))]);
  }),
  "the removal from an account": write(
    "unlink-account",
    "DELETE /accounts/*/contacts",
    async (environment) => {
      const id = await createContact(environment);
      const acme = await environment.request("POST", "/accounts", { name: "Acme" });
      const beta = await environment.request("POST", "/accounts", { name: "Beta" });
      await environment.request("POST", `/accounts/${beta.id}/contacts`, { contact_ids: [id] });
      const tombstone = desiredContact("old@x.example", { ensure: "absent", ...inAccount({ id: beta.id }) });
      return desiredState([desiredContact(EMAIL, inAccount({ id: acme.id })), tombstone]);
    },
    { linkMoves: false },
  ),
  "a new account": write(
    "create-account",
    "POST /accounts",
    withEntry(EMAIL, inAccount({ externalId: "A-1" }), {
      accounts: [declaredAccount("acme", { domains: ["acme.example"], externalId: "A-1" })],
    }),
  ),
  "a domain of an account": write("update-account", "PATCH /accounts/*", async (environment) => {
    await createContact(environment);
    await environment.request("POST", "/accounts", { name: "Acme", domains: ["kept.example"], external_id: "A-1" });
    return desiredState([], { accounts: [declaredAccount("acme", { domains: ["acme.example"], externalId: "A-1" })] });
  }),
  "the deletion of an account": write("delete-account", "DELETE /accounts/*", async (environment) => {
    const id = await createContact(environment);
    const acme = await environment.request("POST", "/accounts", { name: "Acme", external_id: "A-1" });
    await environment.request("POST", `/accounts/${acme.id}/contacts`, { contact_ids: [id] });
    return desiredState([], { accounts: [declaredAccount("acme", { ensure: "absent", externalId: "A-1" })] });
  }),
};
