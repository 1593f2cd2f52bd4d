import { expect, test } from "@jest/globals";
import { FrontError } from "../../src/front/api.ts";
import { warnFormerContacts } from "../../src/reading/former-contacts.ts";
import { matchReadings } from "../../src/reading/remote-state.ts";
import { SyncedContactFile } from "../../src/reading/synced-contacts.ts";
import { desiredContact, desiredState, remoteContact, remoteState } from "../support/builders.ts";

const SYNCED = SyncedContactFile.decode(
  '{"version":2}\ncrd_old [["handles/email:ada@x.example","0123456789abcdef"]]\n',
);

test("the warning about the former contact of a row does not suggest an ID, which a row cannot have", async () => {
  const row = desiredContact("ada@x.example", { key: 'crm["A"]' });
  const state = matchReadings(desiredState([row]), remoteState());
  const unmatched = { created: new Set(['front_contact.crm["A"]']), deleted: new Set<string>() };
  const front = { contact: async (id: string) => remoteContact("countess@x.example", { id }) };
  expect(await warnFormerContacts(unmatched, state, SYNCED, front)).toMatchObject([
    {
      code: "former-contact",
      advice:
        "If they are the same contact, add a handle that the contact has now to the row. Otherwise, the plan creates a new contact.",
    },
  ]);
});

test.each(["changed", "forbidden"] as const)(
  "a former contact is ignored if Front responds to its ID with an error (code: %s)",
  async (code) => {
    const state = matchReadings(desiredState([desiredContact("ada@x.example")]), remoteState());
    const requested: string[] = [];
    const front = {
      contact: async (id: string) => {
        requested.push(id);
        throw new FrontError(code, "another contact", { advice: "" });
      },
    };
    const unmatched = { created: new Set(["front_contact.ada"]), deleted: new Set<string>() };
    expect(await warnFormerContacts(unmatched, state, SYNCED, front)).toEqual([]);
    expect(requested).toEqual(["crd_old"]);
  },
);
