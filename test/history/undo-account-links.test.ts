import { expect, test } from "@jest/globals";
import type { Behavior } from "../../src/emulator/index.ts";
import { revalidatePlan, revalidationOf } from "../../src/history/revalidate.ts";
import { decodePlan, encodePlan } from "../../src/history/saved-plan-file.ts";
import type { AppliedPlan } from "../../src/history/undo/applied-plan.ts";
import { desiredContact, desiredState, handle, locationAt } from "../support/builders.ts";
import { FULL_PAGES } from "../support/emulator.ts";
import { operationsOf } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";
import { appliedPlan, planUndoIn } from "../support/undo.ts";

const LINKS_STAY: Partial<Behavior> = { linkMoves: false };
const LINKS_MOVE: Partial<Behavior> = { linkMoves: true };

type AccountName = "A" | "B" | "C";

/** The ID of a contact, and the IDs of accounts by name. */
interface Ids {
  readonly contact: string;
  readonly accounts: Readonly<Record<AccountName, string>>;
}

/**
 * Creates a contact and three accounts, and links the contact to the accounts in `links`, in order. If links move
 * contacts, the contact is then only in the last account.
 */
async function createLinkedContact(environment: TestEnvironment, links: readonly AccountName[]): Promise<Ids> {
  const contact = await environment.createContact([handle("ada@x.example")]);
  const create = async (name: string): Promise<string> => (await environment.request("POST", "/accounts", { name })).id;
  const ids = { contact, accounts: { A: await create("A"), B: await create("B"), C: await create("C") } };
  for (const name of links) await link(environment, ids, name);
  return ids;
}

function link(environment: TestEnvironment, { contact, accounts }: Ids, name: AccountName, method = "POST") {
  return environment.request(method, `/accounts/${accounts[name]}/contacts`, { contact_ids: [contact] });
}

async function accountsOf(environment: TestEnvironment, { contact, accounts }: Ids): Promise<string[]> {
  const found = await Promise.all(
    Object.entries(accounts).map(async ([name, id]) => {
      return (await environment.memberIds(`/accounts/${id}`)).includes(contact) ? [name] : [];
    }),
  );
  return found.flat();
}

/** Applies a desired state that declares the account of the contact and also refers to the other accounts. */
async function applyWithAccount(environment: TestEnvironment, { contact, accounts }: Ids, name: AccountName) {
  const others = Object.values(accounts).map((id) =>
    desiredContact(`in-${id}@x.example`, { key: id.replace("_", "-"), account: { id, location: locationAt(9) } }),
  );
  const entry = desiredContact("ada@x.example", {
    id: contact,
    account: { id: accounts[name], location: locationAt(9) },
  });
  const plan = await environment.plan(desiredState([entry, ...others]));
  return appliedPlan(plan, await environment.apply(plan));
}

async function undo(environment: TestEnvironment, applied: AppliedPlan, earlierUndos: readonly AppliedPlan[] = []) {
  const { plan } = await planUndoIn(environment, applied, { earlierUndos, allowRemovals: false });
  const { report, verification } = await environment.applyAndVerify(plan);
  expect(report.results.filter(({ status }) => status !== "applied")).toEqual([]);
  const warnings = plan.diagnostics.filter(({ code }) => code !== "undo-keeps-created");
  return { plan, report, problems: [...warnings, ...verification.diagnostics].map(({ summary }) => summary) };
}

function inEnvironment(behavior: Partial<Behavior>, run: (environment: TestEnvironment) => Promise<void>) {
  return withTestEnvironment({ behavior: { ...FULL_PAGES, ...behavior } }, run);
}

test.each([
  ["both accounts if the contact stays in one of them", LINKS_STAY, ["A", "B"], "A", ["A", "B"]],
  ["both accounts if the contact is in a third account", LINKS_STAY, ["A", "B"], "C", ["A", "B"]],
  ["the account from which a link removes the contact", LINKS_MOVE, ["B"], "A", ["B"]],
  ["the account that the contact leaves", LINKS_STAY, ["B"], "A", ["B"]],
  ["no account", { ...LINKS_STAY, accountOnContacts: "always" }, [], "A", []],
] as const)("an undo restores %s (%p)", (_, behavior, links, declared, restored) =>
  inEnvironment(behavior, async (environment) => {
    const ids = await createLinkedContact(environment, links);
    const applied = await applyWithAccount(environment, ids, declared);
    expect(await accountsOf(environment, ids)).toEqual([declared]);
    expect((await undo(environment, applied)).problems).toEqual([]);
    expect(await accountsOf(environment, ids)).toEqual(restored);
    expect(operationsOf((await planUndoIn(environment, applied, { allowRemovals: false })).plan)).toEqual([]);
  }),
);

test("a plan and its undo show the accounts that a contact leaves and joins", () =>
  inEnvironment(LINKS_STAY, async (environment) => {
    const ids = await createLinkedContact(environment, ["A", "B"]);
    const { A, B } = ids.accounts;
    const applied = await applyWithAccount(environment, ids, "A");
    const [change] = applied.plan.changes.filter(({ id }) => id === ids.contact);
    expect(change).toMatchObject({
      differences: [{ attribute: "account", before: `${B}, ${A}`, after: A }],
      notes: [expect.stringMatching(/^it leaves the account .*acc_/)],
    });
    const { plan } = await planUndoIn(environment, applied, { allowRemovals: false });
    expect(plan.changes).toMatchObject([
      {
        differences: [{ attribute: "account", before: A, after: `${B}, ${A}` }],
        notes: [expect.stringMatching(/^it joins the account .*acc_/)],
      },
    ]);
  }));

test("an undo of an undo unlinks the contact from the restored account", () =>
  inEnvironment(LINKS_STAY, async (environment) => {
    const ids = await createLinkedContact(environment, ["A", "B"]);
    const { plan, report } = await undo(environment, await applyWithAccount(environment, ids, "A"));
    expect((await undo(environment, appliedPlan(plan, report))).problems).toEqual([]);
    expect(await accountsOf(environment, ids)).toEqual(["A"]);
  }));

test("an undo reports a previous account that the contact leaves when the undo links it to another account", () => {
  const ids = { contact: "crd_ada", accounts: { A: "acc_a", B: "acc_b", C: "acc_c" } };
  const accounts = Object.entries(ids.accounts).map(([name, id]) => {
    return { id, name, contacts: name === "C" ? [] : [ids.contact] };
  });
  const seed = { contacts: [{ id: ids.contact, handles: [handle("ada@x.example")] }], accounts };
  return withTestEnvironment({ seed, behavior: { ...FULL_PAGES, ...LINKS_MOVE } }, async (environment) => {
    const applied = await applyWithAccount(environment, ids, "A");
    expect(await accountsOf(environment, ids)).toEqual(["A"]);
    expect((await undo(environment, applied)).problems).toEqual([expect.stringContaining("acc_a")]);
  });
});

test("an undo does not restore the accounts of a contact that left the declared account after the run", () =>
  inEnvironment(LINKS_STAY, async (environment) => {
    const ids = await createLinkedContact(environment, ["A", "B"]);
    const applied = await applyWithAccount(environment, ids, "A");
    await link(environment, ids, "A", "DELETE");
    expect((await undo(environment, applied)).problems).toEqual([
      expect.stringMatching(/changed after the run and is not undone: account$/),
    ]);
    expect(await accountsOf(environment, ids)).toEqual([]);
  }));

test("an undo leaves a contact in an account to which someone linked it after the run", () =>
  inEnvironment(LINKS_STAY, async (environment) => {
    const ids = await createLinkedContact(environment, ["A", "B"]);
    const applied = await applyWithAccount(environment, ids, "A");
    await link(environment, ids, "C");
    expect((await undo(environment, applied)).problems).toEqual([]);
    expect(await accountsOf(environment, ids)).toEqual(["A", "B", "C"]);
  }));

test("an undo restores the previous account if the run unlinked the contact, but failed to link it to the declared account", () =>
  inEnvironment({ ...LINKS_MOVE, accountOnContacts: "always" }, async (environment) => {
    const ids = await createLinkedContact(environment, ["B"]);
    const applied = await applyWithAccount(environment, ids, "A");
    await link(environment, ids, "A", "DELETE");
    const failed = applied.results?.map((result) =>
      result.operation.startsWith("link-account") ? { ...result, status: "failed" as const } : result,
    );
    expect((await undo(environment, { ...applied, results: failed })).problems).toEqual([]);
    expect(await accountsOf(environment, ids)).toEqual(["B"]);
  }));

test("an undo reports a previous account that no longer exists, and restores the other previous account", () =>
  inEnvironment(LINKS_STAY, async (environment) => {
    const ids = await createLinkedContact(environment, ["A", "B"]);
    const applied = await applyWithAccount(environment, ids, "C");
    await environment.request("DELETE", `/accounts/${ids.accounts.B}`);
    expect((await undo(environment, applied)).problems).toEqual([
      expect.stringContaining(`its account ${ids.accounts.B} cannot be read`),
    ]);
    expect(await accountsOf(environment, { ...ids, accounts: { ...ids.accounts, B: ids.accounts.C } })).toEqual(["A"]);
  }));

test.each([
  ["does not delete a created contact that someone linked after the plan", "Acme", ["front_contact.eve"]],
  ["deletes a created contact that Front linked by its domain after the plan", "x.example", []],
] as const)("a saved undo %s", (_, account, refused) =>
  inEnvironment({ accountOnContacts: "always" }, async (environment) => {
    const created = await environment.plan(desiredState([desiredContact("eve@x.example")]));
    const applied = appliedPlan(created, await environment.apply(created));
    const { plan, desired } = await planUndoIn(environment, applied);
    const { saved } = decodePlan(encodePlan(plan, desired, { version: "1.2.3", now: 0 }), "plan.json");
    if (saved === undefined) throw new Error("the plan cannot be read");
    const [{ id: contact }] = (await environment.contacts()) as [{ id: string }];
    const { id } = await environment.request("POST", "/accounts", { name: account, domains: [account.toLowerCase()] });
    await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: [contact] });
    const { plan: remaining, refusals } = revalidatePlan(saved, await environment.read(saved.desired));
    expect(refusals.map(({ address }) => address)).toEqual(refused);
    await environment.apply(remaining);
    expect(await environment.contacts()).toHaveLength(refused.length);
  }),
);

test.each([
  ["does not delete a created contact that someone linked", "Acme", ["failed"]],
  ["deletes a created contact that Front linked by its domain", "x.example", ["applied"]],
] as const)("an undo %s while the undo waited for approval", (_, account, statuses) =>
  inEnvironment({ accountOnContacts: "always" }, async (environment) => {
    const created = await environment.plan(desiredState([desiredContact("eve@x.example")]));
    const { plan, desired } = await planUndoIn(environment, appliedPlan(created, await environment.apply(created)));
    const [{ id: contact }] = (await environment.contacts()) as [{ id: string }];
    const { id } = await environment.request("POST", "/accounts", { name: account, domains: [account.toLowerCase()] });
    await environment.request("POST", `/accounts/${id}/contacts`, { contact_ids: [contact] });
    const revalidate = revalidationOf(plan, desired, environment.connect());
    const { results } = await environment.apply(plan, { revalidate, validatedAt: Number.NEGATIVE_INFINITY });
    expect(results.map(({ status }) => status)).toEqual(statuses);
    expect(await environment.contacts()).toHaveLength(account === "Acme" ? 1 : 0);
  }),
);

test.each(["always", "never"] as const)(
  "an undo of an undo creates a contact again and links it to its account (accountOnContacts %s)",
  (accountOnContacts) =>
    inEnvironment({ accountOnContacts }, async (environment) => {
      const { id } = await environment.request("POST", "/accounts", { name: "Acme" });
      const eve = desiredContact("eve@x.example", { account: { id, location: locationAt(9) } });
      const created = await environment.plan(desiredState([eve]));
      const { plan, desired } = await planUndoIn(environment, appliedPlan(created, await environment.apply(created)));
      const { saved } = decodePlan(encodePlan(plan, desired, { version: "1.2.3", now: 0 }), "plan.json");
      if (saved === undefined) throw new Error("the plan cannot be read");
      const { plan: deletion } = revalidatePlan(saved, await environment.read(saved.desired));
      const deleted = appliedPlan(deletion, await environment.apply(deletion));
      expect(await environment.contacts()).toEqual([]);
      await environment.apply((await planUndoIn(environment, deleted)).plan);
      expect(await environment.memberIds(`/accounts/${id}`)).toHaveLength(1);
    }),
);
