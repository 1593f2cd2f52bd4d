import { expect, test } from "@jest/globals";
import { FrontError } from "../../src/front/api.ts";
import { warnFormerContacts } from "../../src/reading/former-contacts.ts";
import { matchReadings } from "../../src/reading/remote-state.ts";
import { SyncedContactFile } from "../../src/reading/synced-contacts.ts";
import { desiredContact, desiredState, remoteState } from "../support/builders.ts";

test.each(["changed", "forbidden"] as const)(
  "a former contact is ignored if Front responds to its ID with an error (code: %s)",
  async (code) => {
    const state = matchReadings(desiredState([desiredContact("ada@x.example")]), remoteState());
    const synced = SyncedContactFile.decode(
      '{"version":2}\ncrd_old [["handles/email:ada@x.example","0123456789abcdef"]]\n',
    );
    const requested: string[] = [];
    const front = {
      contact: async (id: string) => {
        requested.push(id);
        throw new FrontError(code, "another contact", { advice: "" });
      },
    };
    const unmatched = { created: new Set(["front_contact.ada"]), deleted: new Set<string>() };
    expect(await warnFormerContacts(unmatched, state, synced, front)).toEqual([]);
    expect(requested).toEqual(["crd_old"]);
  },
);
