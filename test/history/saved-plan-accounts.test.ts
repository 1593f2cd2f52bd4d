import { expect, test } from "@jest/globals";
import { compareWithConfiguration } from "../../src/history/compare-with-configuration.ts";
import { revalidatePlan } from "../../src/history/revalidate.ts";
import { decodePlan, encodePlan } from "../../src/history/saved-plan-file.ts";
import type { DeclaredAccount } from "../../src/model/account.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { declaredAccount, desiredContact, desiredState, handle, idsOf, locationAt } from "../support/builders.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";

const ACME = declaredAccount("acme", { name: "Acme", domains: ["acme.example"], externalId: "A-1" });
const IN_ACME = { account: { externalId: "A-1", location: locationAt(9) } };
const DESIRED = desiredState([desiredContact("ada@x.example", IN_ACME)], { accounts: [ACME] });
const DELETION = desiredState([], { accounts: [declaredAccount("acme", { ensure: "absent", externalId: "A-1" })] });

async function revalidateAfter(environment: TestEnvironment, desired: DesiredState, edit: () => Promise<unknown>) {
  const plan = await environment.plan(desired);
  expect(plan.diagnostics).toEqual([]);
  const { saved, diagnostics } = decodePlan(encodePlan(plan, desired, { version: "1.2.3", now: 0 }), "plan.json");
  expect(diagnostics).toEqual([]);
  if (saved === undefined) throw new Error("the plan cannot be read");
  await edit();
  const { plan: remaining, refusals } = revalidatePlan(saved, await environment.read(saved.desired));
  return { remaining, operations: idsOf(remaining), refused: refusals.map(({ address }) => address) };
}

const createAcme = (environment: TestEnvironment, name = "Acme") =>
  environment.request("POST", "/accounts", { name, domains: ["acme.example"], external_id: "A-1" });

test("all operations of a saved plan remain if nothing changed", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    expect(await revalidateAfter(environment, DESIRED, async () => {})).toMatchObject({
      operations: ["create-account front_account.acme", "link-account front_account.acme 1"],
      refused: [],
    });
  }));

test.each([
  ["leaves its previous account", { linkMoves: true }],
  ["stays in both accounts", { linkMoves: false }],
])(
  "a saved plan unlinks a contact from an account that only an unchanged entry refers to (when Front links a contact, it %s)",
  (_, behavior) =>
    withTestEnvironment({ behavior }, async (environment) => {
      const [ada, bob] = [handle("ada@x.example"), handle("bob@x.example")];
      const contact_ids = [await environment.createContact([ada]), await environment.createContact([bob])];
      const { id } = await createAcme(environment);
      await environment.request("POST", "/accounts", { name: "Beta", external_id: "B-1" });
      await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids });
      const moving = desiredContact("ada@x.example", { account: { externalId: "B-1", location: locationAt(9) } });
      const desired = desiredState([moving, desiredContact("bob@x.example", IN_ACME)], { accounts: [ACME] });
      const { operations, refused, remaining } = await revalidateAfter(environment, desired, async () => {});
      expect({ operations, refused }).toEqual({
        operations: [`unlink-account ${id} 1`, expect.stringMatching(/^link-account acc_\w+ 1$/)],
        refused: [],
      });
      await environment.apply(remaining);
      expect(await environment.memberIds(`/accounts/${id}`)).toEqual(contact_ids.slice(1));
    }),
);

test.each([
  ["refuses", "another account", "/accounts/BETA/contacts", ["front_contact.ada"]],
  ["does not refuse", "its declared account", "/accounts/ACME/contacts", []],
])("a saved plan %s a contact that someone linked to %s after the plan", (_, __, path, expected) =>
  withTestEnvironment({ behavior: { accountOnContacts: "always" } }, async (environment) => {
    const contact_ids = [await environment.createContact([handle("ada@x.example")])];
    const acme = await createAcme(environment);
    const beta = await environment.request("POST", "/accounts", { name: "Beta" });
    const target = path.replace("ACME", String(acme["id"])).replace("BETA", String(beta["id"]));
    const edit = () => environment.request("POST", target, { contact_ids });
    expect((await revalidateAfter(environment, DESIRED, edit)).refused).toEqual(expected);
  }),
);

test("a saved plan links contacts to an account that was created with the planned values after the plan", () =>
  withTestEnvironment({}, async (environment) => {
    const ada = await environment.createContact([handle("ada@x.example")]);
    let id = "";
    const { operations, refused, remaining } = await revalidateAfter(environment, DESIRED, async () => {
      id = (await createAcme(environment)).id;
    });
    expect({ operations, refused }).toEqual({ operations: [`link-account ${id} 1`], refused: [] });
    await environment.apply(remaining);
    expect(await environment.memberIds(`/accounts/${id}`)).toEqual([ada]);
  }));

test("an account that someone created with different values is refused, and so is the contact that refers to it", () =>
  withTestEnvironment({}, async (environment) => {
    await environment.createContact([handle("ada@x.example")]);
    expect(await revalidateAfter(environment, DESIRED, () => createAcme(environment, "Acme Ltd"))).toMatchObject({
      operations: [],
      refused: ["front_account.acme", "front_contact.ada"],
    });
  }));

test("the deletion of an account is refused if the account changed after the plan", () =>
  withTestEnvironment({}, async (environment) => {
    const { id } = await createAcme(environment);
    const change = () => environment.request("PATCH", `/accounts/${id}`, { description: "Precious" });
    expect(await revalidateAfter(environment, DELETION, change)).toMatchObject({
      operations: [],
      refused: ["front_account.acme"],
    });
  }));

test.each([
  ["refused if it gained a contact after the plan", ["ada", "eve"], ["front_account.acme"]],
  ["refused if it has a different contact than at the time of the plan", ["eve"], ["front_account.acme"]],
  ["performed if it lost a contact after the plan", [], []],
] as const)("the deletion of an account is %s", (_, membersAfter, refused) =>
  withTestEnvironment({}, async (environment) => {
    const { id } = await createAcme(environment);
    const ids = {
      ada: await environment.createContact([handle("ada@x.example")]),
      eve: await environment.createContact([handle("eve@x.example")]),
    };
    const change = (method: string, names: readonly ("ada" | "eve")[]) =>
      environment.request(method, `/accounts/${id}/contacts`, { contact_ids: names.map((name) => ids[name]) });
    await change("POST", ["ada"]);
    const result = await revalidateAfter(environment, DELETION, async () => {
      await change("DELETE", ["ada"]);
      if (membersAfter.length > 0) await change("POST", membersAfter);
    });
    expect(result.refused).toEqual(refused);
    expect(result.operations).toEqual(refused.length === 0 ? ["delete-account front_account.acme"] : []);
  }),
);

test("an account is deleted if the only contact added to it was created by a killed apply", () =>
  withTestEnvironment({}, async (environment) => {
    await createAcme(environment);
    const desired = { ...DELETION, contacts: [desiredContact("new@acme.example")] };
    const result = await revalidateAfter(environment, desired, () =>
      environment.createContact([handle("new@acme.example")]),
    );
    expect(result).toMatchObject({ operations: ["delete-account front_account.acme"], refused: [] });
    expect((await environment.apply(result.remaining)).results).toMatchObject([{ status: "applied" }]);
  }));

test("a saved plan contains the accounts to which its contacts refer, and no other unchanged accounts", () =>
  withTestEnvironment({}, async (environment) => {
    await createAcme(environment);
    await environment.createContact([handle("ada@x.example")]);
    const other = declaredAccount("other", { domains: ["other.example"] });
    await environment.request("POST", "/accounts", { name: "other", domains: ["other.example"] });
    const desired = desiredState([desiredContact("ada@x.example", IN_ACME)], { accounts: [ACME, other] });
    const plan = await environment.plan(desired);
    const { saved } = decodePlan(encodePlan(plan, desired, { version: "1.2.3", now: 0 }), "plan.json");
    expect(saved?.desired.accounts).toEqual([{ ...ACME, onlyNamed: true }]);
  }));

const cases: readonly (readonly [string, readonly DeclaredAccount[], readonly string[]])[] = [
  ["that is the same in the configuration is confirmed", [ACME], []],
  ["with a different location in the configuration is confirmed", [{ ...ACME, location: locationAt(99) }], []],
  [
    "with a different value in the configuration is refused",
    [{ ...ACME, name: "A" }],
    ["acme in this plan differs from the configuration: name"],
  ],
  ["that was removed from the configuration is refused", [], ["acme is in this plan, but not in the configuration"]],
];

test.each(cases)("an account in a saved plan %s", (_, accounts, refused) => {
  const confirmed = compareWithConfiguration(desiredState([], { accounts: [ACME] }), desiredState([], { accounts }));
  expect(confirmed.refusals.map(({ diagnostic }) => diagnostic.summary)).toEqual(refused);
  expect(confirmed.desired.accounts).toEqual(refused.length === 0 ? [ACME] : []);
});
