import fc from "fast-check";
import type { Seed } from "../../src/emulator/index.ts";
import type { DeclaredAccount } from "../../src/model/account.ts";
import type { DesiredContact, DesiredState } from "../../src/model/contact.ts";
import { omitUndefined } from "../../src/model/omit-undefined.ts";
import { declaredAccount, desiredContact, desiredState, handle, locationAt, UNGUARDED } from "./builders.ts";
import { type FrontEdit, frontEdits, handleEdits } from "./front-edits.ts";
import { accountBehaviors, type Scenario } from "./scenarios.ts";

const LINKS = ["https://a.example", "https://b.example"];
const LISTS = ["VIP", "News"];
/** A list that the configurations may delete, and a list that they may create. */
const [OLD, FRESH] = ["Old", "Fresh"];
const CONTACTS = [0, 1, 2, 3, 4];
const DOMAINS = ["acme.example", "other.example", "fresh.example"];

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const rarely = <T>(values: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: values });

const idOf = (index: number) => `crd_${index}`;
const emailOf = (index: number) => `c${index}@${index % 2 === 0 ? "x" : "acme"}.example`;
const phoneOf = (index: number) => `+44207946000${index}`;

const fields = fc.record(
  { Tier: fc.constantFrom("free", "pro"), Size: fc.constantFrom("big", "small") },
  { requiredKeys: [] },
);

const person = fc.record({
  name: fc.constantFrom("Ann", "Bea"),
  description: fc.constantFrom("", "remote"),
  links: fc.subarray(LINKS),
  lists: fc.subarray([...LISTS, OLD]),
  custom_fields: fields,
  hasPhone: fc.boolean(),
  account: maybe(fc.nat(1)),
});

/** An entry. `other` is the index of a contact whose handles the entry also declares. */
const entry = fc.record({
  ensure: fc.constantFrom("present", "present", "absent"),
  isPinned: fc.nat(3).map((number) => number === 0),
  merge: fc.boolean(),
  other: rarely(fc.nat(4)),
  hasPhone: fc.boolean(),
  name: maybe(fc.constantFrom("Ann", "Cleo")),
  description: maybe(fc.constantFrom("", "local")),
  links: maybe(fc.subarray(LINKS)),
  lists: maybe(fc.subarray([...LISTS, FRESH])),
  customFields: maybe(
    fc.record(
      { Tier: fc.constantFrom("free", "gold", null), Size: fc.constantFrom("big", null) },
      { requiredKeys: [] },
    ),
  ),
  account: maybe(fc.nat(2)),
  exact: fc.subarray(["links", "lists", "custom_fields", "handles"] as const),
});

const account = fc.record({
  ensure: fc.constantFrom("present", "present", "absent"),
  hasId: fc.boolean(),
  name: fc.constantFrom("Now", "Was 0"),
  description: maybe(fc.constantFrom("", "local")),
  hasMoreDomains: fc.boolean(),
  customFields: maybe(fc.record({ Plan: fc.constantFrom("basic", "full", null) })),
  exact: fc.subarray(["domains", "custom_fields"] as const),
});

const PARTS = ["entries", "accounts", "lists"] as const;

const configuration = fc.record({
  entries: fc.tuple(...CONTACTS.slice(1).map(() => maybe(entry))),
  accounts: fc.tuple(maybe(account), maybe(account), maybe(account)),
  lists: fc.record({ isExact: fc.boolean(), deletesOld: fc.boolean() }),
});

type Configuration = typeof configuration extends fc.Arbitrary<infer T> ? T : never;

const edits = fc.oneof(fc.constant([] as FrontEdit[]), frontEdits, handleEdits);

const apply = fc.record({
  kind: fc.constant("apply" as const),
  configuration: fc.nat(1),
  interruption: rarely(fc.nat(30)),
});

const undo = fc.record({
  kind: fc.constant("undo" as const),
  /** The number of runs since the run to undo. */
  back: fc.nat(2),
  allowRemovals: fc.nat(3).map((number) => number > 0),
  confirmation: fc.constantFrom("none", "saved plan", "prompt"),
  /** The edits between the plan and its confirmation. */
  edits,
  /** True to undo the plan file of the run, without its results. */
  isFile: fc.nat(3).map((number) => number === 0),
  /** The request at which the undo is interrupted. */
  interruption: rarely(fc.nat(30)),
  /** The index of the change to undo. Undefined to undo the whole run. */
  target: rarely(fc.nat(5)),
});

const step = fc.oneof(
  { weight: 2, arbitrary: apply },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("edit" as const), edits }) },
  { weight: 4, arbitrary: undo },
);

export type HistoryStep = typeof step extends fc.Arbitrary<infer T> ? T : never;

export interface UndoHistory extends Scenario {
  readonly configurations: readonly [DesiredState, DesiredState];
  readonly steps: readonly HistoryStep[];
}

/** Generates companies and series of applies, edits by teammates, and undos. Each series starts with an apply. */
export const undoHistories: fc.Arbitrary<UndoHistory> = fc
  .record({
    people: fc.tuple(...CONTACTS.map(() => maybe(person))),
    accounts: fc.record({ exist: fc.tuple(fc.boolean(), fc.boolean()), haveIds: fc.boolean() }),
    base: configuration,
    other: configuration,
    changed: fc.subarray([...PARTS]),
    steps: fc.array(step, { minLength: 1, maxLength: 6 }),
    behavior: accountBehaviors,
    allowHandleMoves: fc.boolean(),
  })
  .map(({ people, accounts, base, other, changed, steps, behavior, allowHandleMoves }) => {
    const current = { ...base, ...Object.fromEntries(changed.map((part) => [part, other[part]])) };
    const desired = desiredOf(base, { people, ...accounts });
    return {
      behavior,
      policy: { ...UNGUARDED, allowHandleMoves },
      seed: seedOf({ people, ...accounts }),
      desired,
      configurations: [desired, desiredOf(current, { people, ...accounts })] as const,
      steps: [{ kind: "apply" as const, configuration: 0, interruption: undefined }, ...steps],
    };
  });

/** The contacts and accounts in Front. `haveIds` is true if the accounts have external IDs. */
interface Company {
  readonly people: readonly ((typeof person extends fc.Arbitrary<infer T> ? T : never) | undefined)[];
  readonly exist: readonly boolean[];
  readonly haveIds: boolean;
}

function seedOf({ people, exist, haveIds }: Company): Seed {
  const contacts = people.flatMap((one, index) => (one === undefined ? [] : [{ ...one, index }]));
  return {
    custom_fields: ["Tier", "Size"].map((name) => ({ name, type: "string" })),
    account_custom_fields: [{ name: "Plan", type: "string" }],
    lists: [...LISTS, OLD],
    contacts: contacts.map(({ index, hasPhone, account: _, ...attributes }) => ({
      ...attributes,
      id: idOf(index),
      handles: [emailOf(index), ...(hasPhone ? [phoneOf(index)] : [])].map(handle),
    })),
    accounts: exist.flatMap((exists, position) =>
      exists
        ? [
            {
              id: `acc_${position}`,
              name: `Was ${position}`,
              description: "was",
              domains: [DOMAINS[position] ?? "", `kept-${position}.example`],
              ...(haveIds && { external_id: `A-${position}` }),
              custom_fields: { Plan: "basic" },
              contacts: contacts.filter(({ account }) => account === position).map(({ index }) => idOf(index)),
            },
          ]
        : [],
    ),
  };
}

function desiredOf({ entries, accounts, lists }: Configuration, company: Company): DesiredState {
  const declared = accounts.flatMap((properties, index) =>
    properties === undefined ? [] : [accountEntry(properties, index, company)],
  );
  const present = declared.flatMap(({ ensure, domains = [] }) => (ensure === "present" ? domains.slice(0, 1) : []));
  const owned = new Set<string>();
  const contacts = entries.flatMap((properties, index) => {
    const texts = properties === undefined ? [] : handlesOf(properties, index).filter((text) => !owned.has(text));
    for (const text of texts) owned.add(text);
    if (properties === undefined || texts.length === 0) return [];
    const domain = present.find((one) => one.domain === DOMAINS[properties.account ?? -1])?.domain;
    const isPinned = properties.isPinned && company.people[index] !== undefined;
    return [contactEntry(properties, index, { texts, domain, isPinned })];
  });
  return desiredState(contacts, {
    accounts: declared,
    lists: [
      FRESH,
      ...(lists.isExact ? [{ name: "VIP", members: "exact" as const }] : []),
      ...(lists.deletesOld ? [{ name: OLD, ensure: "absent" as const }] : []),
    ],
  });
}

function accountEntry(
  {
    ensure,
    hasId,
    name,
    description,
    hasMoreDomains,
    customFields,
    exact,
  }: typeof account extends fc.Arbitrary<infer T> ? T : never,
  index: number,
  { exist, haveIds }: Company,
): DeclaredAccount {
  const key = `a${index}`;
  const domain = DOMAINS[index] ?? "";
  if (ensure === "absent") return declaredAccount(key, { ensure: "absent", domains: [domain] });
  const declaredExact = exact.filter((collection) => collection === "domains" || customFields !== undefined);
  const externalId = hasId && (haveIds || !exist[index]) ? { externalId: `A-${index}` } : {};
  const values = omitUndefined({ name, description, customFields });
  return declaredAccount(key, {
    ...values,
    ...externalId,
    exact: declaredExact,
    domains: hasMoreDomains ? [domain, `more-${domain}`] : [domain],
  });
}

type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;

function handlesOf({ hasPhone, other }: Entry, index: number): string[] {
  const others = other === undefined ? [] : [phoneOf(other), emailOf(other)];
  return [emailOf(index), ...(hasPhone ? [phoneOf(index)] : []), ...others];
}

/** Returns an entry of the configuration. `domain` is a domain of the entry's account. */
function contactEntry(
  { ensure, merge, exact, name, description, links, lists, customFields }: Entry,
  index: number,
  {
    texts,
    domain,
    isPinned,
  }: { readonly texts: readonly string[]; readonly domain: string | undefined; readonly isPinned: boolean },
): DesiredContact {
  const key = `k${index}`;
  if (ensure === "absent") return desiredContact(texts.slice(0, 1), { key, ensure: "absent" });
  const values = omitUndefined({ name, description, links, lists, customFields });
  const declared = new Set([
    "handles",
    ...Object.keys(values),
    ...(customFields === undefined ? [] : ["custom_fields"]),
  ]);
  return desiredContact(texts, {
    key,
    merge,
    ...values,
    exact: exact.filter((collection) => declared.has(collection)),
    ...(isPinned && { id: idOf(index) }),
    ...(domain !== undefined && { account: { domain, location: locationAt(9) } }),
  });
}
