import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import { revalidatePlan, revalidationOf } from "../src/history/revalidate.ts";
import { desiredToUndo } from "../src/history/undo/desired-to-undo.ts";
import type { ContactChanges, RunChanges } from "../src/history/undo/run-changes.ts";
import { RemoteContactIndex } from "../src/matching/contact-index.ts";
import { findRequiredReads } from "../src/matching/match-entries.ts";
import { type AccountIndex, indexAccounts } from "../src/model/account-index.ts";
import type { AccountState } from "../src/model/company.ts";
import type { DesiredContact, RemoteContact } from "../src/model/contact.ts";
import { matchReadings, type Readings } from "../src/reading/remote-state.ts";
import {
  declaredAccount,
  desiredContact,
  desiredState,
  handle,
  list,
  locationAt,
  planFor,
  remoteAccount,
  remoteContact,
  remoteState,
  withMembers,
} from "./support/builders.ts";
import { withTestEnvironment } from "./support/test-environment.ts";

/** Counts how often the properties of objects are read, and how often sets are searched. */
class ReadCounter {
  count = 0;

  observe<Value extends object>(value: Value): Value {
    return new Proxy(value, {
      get: (target, property) => {
        this.count += 1;
        return Reflect.get(target, property);
      },
    });
  }

  set<Value>(values: readonly Value[]): ReadonlySet<Value> {
    const counter = this;
    return new (class extends Set<Value> {
      override has(value: Value): boolean {
        counter.count += 1;
        return super.has(value);
      }
    })(values);
  }
}

type Workload = (size: number, counter: ReadCounter) => void;

function range<Value>(size: number, create: (index: number) => Value): Value[] {
  return Array.from({ length: size }, (_, index) => create(index));
}

function entry(index: number, attributes: Parameters<typeof desiredContact>[1] = {}): DesiredContact {
  return desiredContact(`p${index}@x.example`, attributes);
}

function remote(index: number, attributes: Parameters<typeof remoteContact>[1] = {}): RemoteContact {
  return remoteContact(`p${index}@x.example`, attributes);
}

function accountStates(size: number, counter: ReadCounter): AccountIndex {
  const states = range(
    size,
    (index): AccountState =>
      counter.observe({
        identifier: `acc_${index}`,
        id: `acc_${index}`,
        domains: [],
        members: counter.set([remote(index).id]),
      }),
  );
  return indexAccounts(states);
}

function inAccount(index: number): { readonly account: NonNullable<DesiredContact["account"]> } {
  return { account: { id: `acc_${index}`, location: locationAt(9) } };
}

const WORKLOADS: Readonly<Record<string, Workload>> = {
  "planning contacts in many accounts": (size, counter) => {
    const accounts = accountStates(size, counter);
    planFor(
      range(size, (index) => entry(index, inAccount((index + 1) % size))),
      {
        ...remoteState(range(size, (index) => remote(index))),
        referencedAccounts: accounts,
      },
    );
  },
  "planning contacts in many accounts with a base": (size, counter) => {
    const accounts = accountStates(size, counter);
    const inAccounts = (shift: number) => range(size, (index) => entry(index, inAccount((index + shift) % size)));
    const base = { ...desiredState(inAccounts(0)), revision: "a1b2", tree: "c3d4", overwrite: false };
    const state = { ...remoteState(range(size, (index) => remote(index))), referencedAccounts: accounts };
    planFor({ ...desiredState(inAccounts(1)), base }, state);
  },
  "finding the contacts to read in many accounts": (size, counter) => {
    const accounts = accountStates(size, counter);
    const desired = desiredState(range(size, (index) => entry(index, inAccount(index))));
    const { matches } = matchReadings(desired, remoteState(range(size, (index) => remote(index))));
    const known = {
      confirmed: new Set<string>(),
      pictures: new Map(),
      accountsRead: new Set<string>(),
      conversationsRead: new Set<string>(),
    };
    expect(findRequiredReads(matches, { ...known, accounts }).contacts).toEqual([]);
  },
  "planning many lists with exact members": (size, counter) => {
    const lists = range(size, (index) => list(`List ${index}`));
    const entries = range(size, (index) => counter.observe(entry(index, { lists: [`List ${index}`] })));
    const contacts = range(size, (index) => remote(index, { lists: lists.slice(index, index + 2) }));
    const declared = lists.map(({ name }) => ({ name, members: "exact" as const }));
    planFor(desiredState(entries, { lists: declared }), withMembers(remoteState(contacts, { lists })));
  },
  "reporting an unknown list of many contacts in a company with many lists": (size, counter) => {
    const lists = range(size, (index) => counter.observe(list(`List ${index}`)));
    const entries = range(size, (index) => entry(index, { lists: ["Unknown"] }));
    const { diagnostics } = planFor(
      entries,
      remoteState(
        range(size, (index) => remote(index)),
        { lists },
      ),
    );
    expect(diagnostics).toMatchObject([{ code: "list-unknown" }]);
  },
  "re-validating many contacts on a list that was deleted after the plan": (size, counter) => {
    const desired = desiredState(
      range(size, (index) => {
        const lists = [{ name: "Gone", location: locationAt(2 * index + 2) }];
        return counter.observe({
          ...entry(index),
          handles: [],
          id: remote(index).id,
          location: locationAt(2 * index + 1),
          lists,
        });
      }),
    );
    const contacts = range(size, (index) => remote(index));
    const plan = planFor(desired, remoteState(contacts, { lists: [list("Gone")] }));
    expect(plan.changes).toHaveLength(size);
    expect(revalidatePlan({ plan, desired }, remoteState(contacts)).refusals).toHaveLength(size);
  },
  "re-validating many contacts in an account that was deleted after the plan": (size, counter) => {
    const desired = desiredState(
      range(size, (index) => {
        const account = { domain: "gone.example", location: locationAt(2 * index + 2) };
        return counter.observe({
          ...entry(index),
          handles: [],
          id: remote(index).id,
          location: locationAt(2 * index + 1),
          account,
        });
      }),
    );
    const contacts = range(size, (index) => remote(index));
    const gone = { identifier: "alt:domain:gone.example", domains: ["gone.example"], members: new Set<string>() };
    const plan = planFor(desired, {
      ...remoteState(contacts),
      referencedAccounts: indexAccounts([{ ...gone, id: "acc_1" }]),
    });
    expect(plan.changes).toHaveLength(size);
    const state = { ...remoteState(contacts), referencedAccounts: indexAccounts([{ ...gone, id: undefined }]) };
    expect(revalidatePlan({ plan, desired }, state).refusals).toHaveLength(size);
  },
  "matching many tombstones with hashes": (size, counter) => {
    const sha256 = (index: number) => createHash("sha256").update(`email:p${index}@x.example`).digest("hex");
    const tombstone = (index: number) =>
      desiredContact([], {
        key: `gone-${index}`,
        ensure: "absent",
        hashedHandles: [{ source: "email", sha256: sha256(index), location: locationAt(11) }],
      });
    const contacts = range(size, (index) => counter.observe(remote(index)));
    expect(planFor(range(size, tombstone), remoteState(contacts)).changes).toHaveLength(size);
  },
  "protecting many contacts from deletion": (size, counter) => {
    const tombstone = (index: number) =>
      counter.observe(entry(index, { ensure: "absent", protect: { location: locationAt(12) } }));
    const { diagnostics } = planFor(range(size, tombstone), remoteState(range(size, (index) => remote(index))));
    expect(diagnostics).toHaveLength(size);
  },
  "planning many accounts with a base": (size, counter) => {
    const accounts = (name: string) =>
      range(size, (index) => counter.observe(declaredAccount(`acc-${index}`, { id: `acc_${index}`, name })));
    const base = { ...desiredState([], { accounts: accounts("A") }), revision: "a1b2", tree: "c3d4", overwrite: false };
    const remoteAccounts = range(size, (index) => counter.observe(remoteAccount(`acc_${index}`)));
    planFor({ ...desiredState([], { accounts: accounts("B") }), base }, remoteState([], { accounts: remoteAccounts }));
  },
  "undoing the links of protected contacts to many accounts": (size, counter) => {
    const accounts = accountStates(size, counter);
    const protect = { location: locationAt(12) };
    const protectedEntries = range(size, (index) => counter.observe(entry(index, { protect })));
    const state: Readings = { ...remoteState(range(size, (index) => remote(index))), referencedAccounts: accounts };
    const { desired } = desiredToUndo(linksToAccounts(size), state, {
      settings: {},
      overwrite: [],
      protectedEntries,
      allowRemovals: true,
      replacedPictures: new Map(),
      pictureHashAt: () => undefined,
    });
    expect(desired.contacts.map((contact) => contact.protect)).toEqual(range(size, () => protect));
  },
};

function linksToAccounts(size: number): RunChanges {
  const none = { added: [], removed: [] };
  const linked = (index: number): ContactChanges => ({
    address: `front_contact.renamed-${index}`,
    key: `renamed-${index}`,
    id: remote(index).id,
    location: locationAt(index + 1),
    kind: "changed",
    before: null,
    accounts: { before: [], after: [`acc_${index}`], confirmed: [`acc_${index}`] },
    fields: [],
    handles: none,
    links: none,
    lists: none,
  });
  return { name: "run", contacts: range(size, linked), accounts: [], createdLists: [], deletedLists: [] };
}

function readsFor(workload: Workload, size: number): number {
  const counter = new ReadCounter();
  workload(size, counter);
  return counter.count;
}

test.each(Object.entries(WORKLOADS))("the work of %s grows linearly", (_, workload) => {
  const reads = readsFor(workload, 30);
  expect(reads).toBeGreaterThan(0);
  expect(readsFor(workload, 120)).toBeLessThan(6 * reads);
});

test("the work of re-validating many merges grows linearly", async () => {
  const readsFor = (size: number) =>
    withTestEnvironment({}, async (environment) => {
      for (let index = 0; index < size; index += 1) {
        await environment.createContact([handle(`p${index}@x.example`)], { name: "Old" });
        await environment.createContact([handle(`q${index}@x.example`)]);
      }
      const handles = (index: number) => [`p${index}@x.example`, `q${index}@x.example`];
      const desired = desiredState(range(size, (index) => desiredContact(handles(index), { merge: true })));
      const plan = await environment.plan(desired);
      for (const { id } of await environment.contacts()) {
        await environment.request("PATCH", `/contacts/${id}`, { description: "changed after the plan" });
      }
      const counter = new ReadCounter();
      const operations = plan.operations.map((operation) => counter.observe(operation));
      const revalidate = revalidationOf({ ...plan, operations }, desired, environment.connect());
      await revalidate(operations);
      return counter.count;
    });
  const reads = await readsFor(10);
  expect(reads).toBeGreaterThan(0);
  expect(await readsFor(40)).toBeLessThan(6 * reads);
});

test("a contact with a hashed handle is found after it is added, and is not found after it is removed", () => {
  const hashed = [
    {
      source: "email",
      sha256: createHash("sha256").update("email:p1@x.example").digest("hex"),
      location: locationAt(1),
    },
  ];
  const index = new RemoteContactIndex([remote(0)]);
  expect(index.contactsWithHashed(hashed)).toEqual([]);
  index.add(remote(1));
  expect(index.contactsWithHashed(hashed)).toEqual([remote(1)]);
  index.remove(remote(1).id);
  expect(index.contactsWithHashed(hashed)).toEqual([]);
});
