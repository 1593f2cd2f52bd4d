import { expect, test } from "@jest/globals";
import { declaredAccount, desiredContact, desiredState } from "../support/builders.ts";
import { withTestEnvironment } from "../support/test-environment.ts";

test("an update is sent without empty custom fields if Front rejects them", () =>
  withTestEnvironment(
    {
      behavior: { wrongTypes: "reject", emptyStrings: "keep" },
      seed: {
        custom_fields: [
          { name: "Title", type: "string" },
          { name: "Note", type: "string" },
          { name: "Joined", type: "datetime" },
        ],
        account_custom_fields: [
          { name: "Tier", type: "string" },
          { name: "Since", type: "datetime" },
        ],
        contacts: [
          { id: "crd_ada", handles: ["email:ada@x.example"], custom_fields: { Title: "A", Joined: "" } },
          { id: "crd_bob", handles: ["email:bob@x.example"], custom_fields: { Title: "A", Note: "" } },
        ],
        accounts: [{ id: "acc_1", name: "FBI", domains: ["fbi.example"], custom_fields: { Since: "" } }],
      },
    },
    async (environment) => {
      const desired = desiredState(
        ["ada@x.example", "bob@x.example"].map((email) => desiredContact(email, { customFields: { Title: "B" } })),
        { accounts: [declaredAccount("fbi", { domains: ["fbi.example"], customFields: { Tier: "Gold" } })] },
      );
      const { results } = await environment.planAndApply(desired);
      expect(results.map(({ status }) => status)).toEqual(["applied", "applied", "applied"]);
      const { contacts, accounts } = environment.emulator.snapshot();
      expect(contacts).toMatchObject([
        { id: "crd_ada", custom_fields: { Title: "B" } },
        { id: "crd_bob", custom_fields: { Title: "B", Note: "" } },
      ]);
      expect(contacts?.[0]?.custom_fields).not.toHaveProperty("Joined");
      expect(accounts?.[0]?.custom_fields).toEqual({ Tier: "Gold" });
    },
  ));
