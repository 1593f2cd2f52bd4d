import { expect, test } from "@jest/globals";
import { Sandbox } from "../support/sandbox.ts";

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

test("text, Markdown and JSON show the account from which Front may remove a contact, and apply moves the contact", async () => {
  await using sandbox = await Sandbox.withFront({
    seed: SEED,
    behavior: { accountOnContacts: "always", linkMoves: true },
  });
  sandbox.write("contacts/ada.yaml", FILE);
  const out = await sandbox.succeed("plan");
  expect(out).toContain('"Old\\u{1b}[31m Inc (acc_old)" -> "New (acc_new)"');
  expect(out).toContain("# it may leave the account Old\\u{1b}[31m Inc (acc_old)");
  expect(await sandbox.succeed("plan --format markdown")).toMatch(/it may leave the account Old.*Inc \(acc_old\)/);
  const [change] = JSON.parse(await sandbox.succeed("plan --json")).resource_changes;
  expect([change.change.before.account, change.change.after.account]).toEqual(["acc_old", "acc_new"]);
  expect(change.front_contacts.notes).toEqual([
    "it joins the account New (acc_new)",
    expect.stringMatching(/^it may leave the account Old.*\(acc_old\)$/),
  ]);
  await sandbox.succeed("apply --auto-approve");
  expect(await sandbox.list("/accounts/acc_old/contacts")).toEqual([]);
  await sandbox.succeed("plan --detailed-exitcode");
});

test("a plan shows no previous account if Front returns contacts without their account", async () => {
  await using sandbox = await Sandbox.withFront({ seed: SEED, behavior: { accountOnContacts: "never" } });
  expect(await sandbox.write("contacts/ada.yaml", FILE).succeed("plan")).not.toMatch(/acc_old|leave/);
});

test("a plan shows no previous account if the account of a contact has an unexpected shape", async () => {
  await using sandbox = await Sandbox.withFront({
    seed: { ...SEED, contacts: SEED.contacts.map((contact) => ({ ...contact, shown_as: { account: ["odd"] } })) },
  });
  expect(await sandbox.write("contacts/ada.yaml", FILE).succeed("plan")).not.toMatch(/acc_old|leave/);
});
