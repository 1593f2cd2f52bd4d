import { expect, test } from "@jest/globals";
import { Outside } from "../support/test-environment.ts";

const FILE = `contacts:
  ada:
    handles: [{ source: email, handle: ada@x.example }]
    account: { external_id: A-1 }
`;

const SEED = {
  contacts: [{ id: "crd_ada", handles: [{ source: "email", handle: "ada@x.example" }] }],
  accounts: [
    { id: "acc_old", name: "Old\u001b[31m Inc", contacts: ["crd_ada"] },
    { id: "acc_new", name: "New", external_id: "A-1" },
  ],
};

test("every format shows the account that a contact leaves, and apply moves the contact", async () => {
  await using outside = await Outside.withFront({
    seed: SEED,
    behavior: { accountOnContacts: "always", linkMoves: true },
  });
  outside.write("contacts/ada.yaml", FILE);
  const { out } = await outside.run("plan");
  expect(out).toContain('"acc_old" -> "acc_new"');
  expect(out).toContain("# it leaves the account Old\\u{1b}[31m Inc (acc_old)");
  expect((await outside.run("plan --format markdown")).out).toMatch(/it leaves the account Old.*Inc \(acc_old\)/);
  const [change] = JSON.parse((await outside.run("plan --json")).out).resource_changes;
  expect([change.change.before.account, change.change.after.account]).toEqual(["acc_old", "acc_new"]);
  expect(change.front_contacts.notes).toEqual([
    "it joins the account New (acc_new)",
    expect.stringMatching(/^it leaves the account Old.*\(acc_old\)$/),
  ]);
  expect((await outside.run("apply --auto-approve")).code).toBe(0);
  expect((await outside.see("/accounts/acc_old/contacts"))["_results"]).toEqual([]);
  expect((await outside.run("plan --detailed-exitcode")).code).toBe(0);
});

test("shows no previous account if Front does not show accounts on contacts", async () => {
  await using outside = await Outside.withFront({ seed: SEED, behavior: { accountOnContacts: "never" } });
  const { out } = await outside.write("contacts/ada.yaml", FILE).run("plan");
  expect(out).not.toContain("it leaves");
});

test("ignores an account in an unknown form", async () => {
  await using outside = await Outside.withFront({
    seed: { ...SEED, contacts: SEED.contacts.map((contact) => ({ ...contact, shown_as: { account: ["odd"] } })) },
  });
  const { code, out } = await outside.write("contacts/ada.yaml", FILE).run("plan");
  expect(code).toBe(0);
  expect(out).not.toContain("it leaves");
});
