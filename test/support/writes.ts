import type { Behavior } from "../../src/emulator/index.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import type { OperationKind } from "../../src/model/plan.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt } from "./builders.ts";
import { PICTURES_AS_SENT } from "./emulator.ts";
import { portrait } from "./portrait.ts";
import type { TestEnvironment } from "./test-environment.ts";

/** A setup in which apply sends exactly one write and the reads that it requires. */
export interface Write {
  readonly kind: OperationKind;
  readonly method: string;
  readonly path: string;
  /** Prepares the environment, and returns the desired state. */
  readonly setUp: (environment: TestEnvironment) => Promise<DesiredState>;
  /** Emulator behavior that the setup requires. */
  readonly behavior?: Partial<Behavior>;
}

const ADA = handle("ada@x.example");
const EXISTING_VALUES = {
  ...{ name: "Eva", description: "kept", links: ["https://kept.example"] },
  custom_fields: { "Job Title": "Agent", Location: "kept" },
};

const createContact = (environment: TestEnvironment) =>
  environment.createContact([ADA, handle("twitter:kept")], EXISTING_VALUES);

/** All kinds of writes, by what they create, change or delete. */
export const WRITES: Readonly<Record<string, Write>> = {
  "a list": {
    ...{ kind: "create-list", method: "POST", path: "/contact_lists" },
    async setUp(environment) {
      await createContact(environment);
      return desiredState([desiredContact(ADA.handle, { lists: ["New"] })], { lists: ["New"] });
    },
  },
  "a list in a workspace": {
    ...{ kind: "create-list", method: "POST", path: "/teams/*/contact_lists" },
    async setUp(environment) {
      await createContact(environment);
      return desiredState([desiredContact(ADA.handle, { lists: ["New"] })], {
        lists: [{ name: "New", team: "tim_1b" }],
      });
    },
  },
  "a contact": {
    ...{ kind: "create-contact", method: "POST", path: "/contacts" },
    async setUp(environment) {
      await environment.createList("Old");
      const attributes = { name: "Ada", description: "x", links: ["https://a.example"], lists: ["Old"] };
      return desiredState([
        desiredContact([ADA.handle, "+442079460001"], { ...attributes, customFields: { "Job Title": "Agent" } }),
      ]);
    },
  },
  "a name": {
    ...{ kind: "update-contact", method: "PATCH", path: "/contacts/*" },
    async setUp(environment) {
      await createContact(environment);
      return desiredState([desiredContact(ADA.handle, { name: "Ada" })]);
    },
  },
  "a custom field": {
    ...{ kind: "update-contact", method: "PATCH", path: "/contacts/*" },
    async setUp(environment) {
      await createContact(environment);
      return desiredState([desiredContact(ADA.handle, { description: "", customFields: { "Job Title": "Chief" } })]);
    },
  },
  "a link": {
    ...{ kind: "update-contact", method: "PATCH", path: "/contacts/*" },
    async setUp(environment) {
      await createContact(environment);
      return desiredState([desiredContact(ADA.handle, { links: ["https://new.example"] })]);
    },
  },
  "a handle": {
    ...{ kind: "add-handle", method: "POST", path: "/contacts/*/handles" },
    async setUp(environment) {
      await createContact(environment);
      return desiredState([desiredContact([ADA.handle, "+442079460001"])]);
    },
  },
  "a picture": {
    ...{ kind: "upload-avatar", method: "PATCH", path: "/contacts/*" },
    behavior: PICTURES_AS_SENT,
    async setUp(environment) {
      await createContact(environment);
      const avatar = environment.addPicture("ada.png", await portrait(1).png().toBuffer());
      return desiredState([desiredContact(ADA.handle, { avatar })]);
    },
  },
  "an addition to a list": {
    ...{ kind: "add-to-list", method: "POST", path: "/contact_lists/*/contacts" },
    async setUp(environment) {
      await createContact(environment);
      await environment.createList("Old");
      return desiredState([desiredContact(ADA.handle, { lists: ["Old"] })]);
    },
  },
  "the removal of a handle": {
    ...{ kind: "remove-handle", method: "DELETE", path: "/contacts/*/handles" },
    async setUp(environment) {
      await environment.createContact([ADA, handle("+442079460001")], EXISTING_VALUES);
      return desiredState([desiredContact(ADA.handle, { exact: ["handles"] })]);
    },
  },
  "a merge": {
    ...{ kind: "merge-contacts", method: "POST", path: "/contacts/merge" },
    async setUp(environment) {
      await createContact(environment);
      await environment.createContact([handle("+442079460001")], { name: "Eva" });
      return desiredState([desiredContact([ADA.handle, "+442079460001"], { merge: true })]);
    },
  },
  "the deletion of a contact": {
    ...{ kind: "delete-contact", method: "DELETE", path: "/contacts/*" },
    async setUp(environment) {
      await createContact(environment);
      await environment.createContact([handle("old@x.example")]);
      return desiredState([desiredContact("old@x.example", { ensure: "absent" })]);
    },
  },
  "a removal from a list": {
    ...{ kind: "remove-from-list", method: "DELETE", path: "/contact_lists/*/contacts" },
    async setUp(environment) {
      await environment.createList("Old");
      await environment.createContact([ADA, handle("twitter:kept")], { ...EXISTING_VALUES, list_names: ["Old"] });
      return desiredState([desiredContact(ADA.handle, { lists: [], exact: ["lists"] })]);
    },
  },
  "a removal from a list with exact members": {
    ...{ kind: "remove-from-list", method: "DELETE", path: "/contact_lists/*/contacts" },
    async setUp(environment) {
      await environment.createList("Old");
      await environment.createContact([ADA, handle("twitter:kept")], { ...EXISTING_VALUES, list_names: ["Old"] });
      return desiredState([], { lists: [{ name: "Old", members: "exact" }] });
    },
  },
  "the deletion of a list": {
    ...{ kind: "delete-list", method: "DELETE", path: "/contact_lists/*" },
    async setUp(environment) {
      await environment.createList("Old");
      await environment.createContact([ADA, handle("twitter:kept")], { ...EXISTING_VALUES, list_names: ["Old"] });
      return desiredState([], { lists: [{ name: "Old", ensure: "absent" }] });
    },
  },
  "an account link": {
    ...{ kind: "link-account", method: "POST", path: "/accounts/*/contacts" },
    async setUp(environment) {
      await createContact(environment);
      const acme = await environment.request("POST", "/accounts", { name: "Acme" });
      return desiredState([desiredContact(ADA.handle, { account: { id: acme.id, location: locationAt(9) } })]);
    },
  },
  "the removal from an account": {
    ...{ kind: "unlink-account", method: "DELETE", path: "/accounts/*/contacts" },
    behavior: { linkMoves: false },
    async setUp(environment) {
      const id = await createContact(environment);
      const acme = await environment.request("POST", "/accounts", { name: "Acme" });
      const beta = await environment.request("POST", "/accounts", { name: "Beta" });
      await environment.request("POST", `/accounts/${beta.id}/contacts`, { contact_ids: [id] });
      const tombstone = desiredContact("old@x.example", {
        ensure: "absent",
        account: { id: beta.id, location: locationAt(9) },
      });
      return desiredState([
        desiredContact(ADA.handle, { account: { id: acme.id, location: locationAt(9) } }),
        tombstone,
      ]);
    },
  },
  "a new account": {
    ...{ kind: "create-account", method: "POST", path: "/accounts" },
    async setUp(environment) {
      await createContact(environment);
      const acme = declaredAccount("acme", { domains: ["acme.example"], externalId: "A-1" });
      const account = { externalId: "A-1", location: locationAt(9) };
      return desiredState([desiredContact(ADA.handle, { account })], { accounts: [acme] });
    },
  },
  "a domain of an account": {
    ...{ kind: "update-account", method: "PATCH", path: "/accounts/*" },
    async setUp(environment) {
      await createContact(environment);
      await environment.request("POST", "/accounts", { name: "Acme", domains: ["kept.example"], external_id: "A-1" });
      return desiredState([], {
        accounts: [declaredAccount("acme", { domains: ["acme.example"], externalId: "A-1" })],
      });
    },
  },
  "the deletion of an account": {
    ...{ kind: "delete-account", method: "DELETE", path: "/accounts/*" },
    async setUp(environment) {
      const id = await createContact(environment);
      const acme = await environment.request("POST", "/accounts", { name: "Acme", external_id: "A-1" });
      await environment.request("POST", `/accounts/${acme.id}/contacts`, { contact_ids: [id] });
      return desiredState([], { accounts: [declaredAccount("acme", { ensure: "absent", externalId: "A-1" })] });
    },
  },
};
