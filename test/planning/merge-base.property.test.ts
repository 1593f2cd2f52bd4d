import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Collection, DesiredContact, DesiredState } from "../../src/model/contact.ts";
import { desiredContact, desiredState, handle } from "../support/builders.ts";
import {
  applyFully,
  createPropertyTest,
  expectConverged,
  listRemoteContacts,
  type RemoteContactJson,
  variedBehavior,
} from "../support/scenarios.ts";

const EMAILS = ["ada@x.example", "eve@x.example"];
const PHONES = ["+13605550101", "+13605550102", "+13605550103"];
const LINKS = ["https://one.example", "https://two.example"];
const LISTS = ["VIP", "News"];
const FIELDS = ["Tier", "Size"];
const VALUES = ["a", "b"];

interface Values {
  readonly phones: readonly string[];
  readonly links: readonly string[] | undefined;
  readonly lists: readonly string[] | undefined;
  readonly fields: Readonly<Record<string, string>>;
}

interface Entry extends Values {
  readonly emails: readonly string[];
  readonly name: string | undefined;
  readonly merge: boolean;
  readonly exact: readonly Collection[];
}

interface Company {
  /** For each phone number, the index of the contact that has it; an index without a contact means that none has it. */
  readonly owners: readonly number[];
  readonly contacts: readonly Values[];
}

const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 4 });
const values = {
  phones: fc.subarray(PHONES),
  links: optional(fc.subarray(LINKS)),
  lists: optional(fc.subarray(LISTS)),
  fields: fc.dictionary(fc.constantFrom(...FIELDS), fc.constantFrom(...VALUES)),
};
const entry = fc.record({
  ...values,
  name: optional(fc.constantFrom("Ada", "Eve")),
  exact: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.subarray<Collection>(["handles", "links", "lists"])),
});
const bases = fc
  .record({ entry, emails: fc.constantFrom(EMAILS.slice(0, 1), EMAILS), merge: fc.boolean() })
  .map(({ entry: attributes, ...rest }): Entry => ({ ...attributes, ...rest }));
const companies: fc.Arbitrary<Company> = fc.record({
  owners: fc.tuple(...PHONES.map(() => fc.nat(2))),
  contacts: fc.tuple(...EMAILS.map(() => fc.record(values))),
});

function entryOf({ emails, phones, name, links, lists, fields, merge, exact }: Entry): DesiredContact {
  const declared: Readonly<Record<Collection, unknown>> = { handles: true, links, lists, custom_fields: fields };
  return desiredContact([...emails, ...phones], {
    key: "ada",
    merge,
    ...(name === undefined ? {} : { name }),
    ...(links === undefined ? {} : { links }),
    ...(lists === undefined ? {} : { lists }),
    ...(Object.keys(fields).length === 0 ? {} : { customFields: fields }),
    exact: exact.filter((collection) => declared[collection] !== undefined),
  });
}

function stateOf(now: Entry, base: Entry): DesiredState {
  const baseState = { revision: "main", tree: `${"0".repeat(40)}:contacts`, overwrite: false, lists: [] };
  return { ...desiredState([entryOf(now)]), base: { ...baseState, contacts: [entryOf(base)] } };
}

const contactHandles = ({ owners }: Company, index: number) =>
  [EMAILS[index] ?? "", ...PHONES.filter((_, phone) => owners[phone] === index)].map(handle);

function seedOf(company: Company) {
  return {
    custom_fields: FIELDS.map((name) => ({ name, type: "string" as const })),
    lists: LISTS,
    contacts: company.contacts.map(({ links = [], lists = [], fields }, index) => ({
      handles: contactHandles(company, index),
      links,
      lists,
      custom_fields: fields,
    })),
  };
}

const scenarios = fc
  .record({
    base: bases,
    now: entry,
    company: companies,
    behavior: variedBehavior("showUpdatedAt", "listChangesSetUpdatedAt"),
  })
  .map(({ now: attributes, ...rest }) => {
    const now: Entry = { ...attributes, emails: EMAILS, merge: true };
    return { ...rest, now, seed: seedOf(rest.company), desired: stateOf(now, rest.base) };
  });

/** Returns the declared values and, unless a collection is exact, the values in Front that the base did not declare. */
function expectedCollections({ contacts, ...company }: Company, base: Entry, now: Entry) {
  const declared = entryOf(now);
  const expectedItems = (collection: Collection, found: readonly string[], of: (from: Entry) => readonly string[]) =>
    declared.exact.includes(collection) ? of(now) : found.filter((value) => !of(base).includes(value)).concat(of(now));
  const handles = contacts.flatMap((_, index) => contactHandles({ ...company, contacts }, index));
  return {
    handles: expectedItems(
      "handles",
      handles.map((found) => found.handle),
      ({ emails, phones }) => [...emails, ...phones],
    ),
    links: expectedItems(
      "links",
      contacts.flatMap(({ links = [] }) => links),
      ({ links = [] }) => links,
    ),
    lists: expectedItems(
      "lists",
      contacts.flatMap(({ lists = [] }) => lists),
      ({ lists = [] }) => lists,
    ),
  };
}

const sorted = (texts: readonly string[]) => [...new Set(texts)].sort();
const collectionsOf = ({ handles, links, lists }: RemoteContactJson) => ({
  handles: sorted(handles.map((found) => found.handle)),
  links: sorted(links),
  lists: sorted(lists.map(({ name }) => name)),
});

createPropertyTest(test, scenarios)(
  "a merge with a base removes exactly the items that were removed from the entry and the undeclared items of exact collections, and the next plan is empty",
  200,
  async (setup) => {
    await applyFully(setup);
    const { base, now, company } = setup.scenario;
    const [contact, ...others] = await listRemoteContacts(setup.environment);
    expect(others).toEqual([]);
    const { handles, links, lists } = expectedCollections(company, base, now);
    expect(contact && collectionsOf(contact)).toEqual({
      handles: sorted(handles),
      links: sorted(links),
      lists: sorted(lists),
    });
    await expectConverged(setup);
  },
);
