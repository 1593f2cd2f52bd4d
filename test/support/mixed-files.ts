import fc from "fast-check";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import type { Behavior, Seed } from "../../src/emulator/index.ts";
import type { DesiredState } from "../../src/model/contact.ts";
import { memoryDisk } from "./memory-disk.ts";
import type { Scenario } from "./scenarios.ts";

const LISTS = ["VIP", "News"];
const LINKS = ["https://a.example", "https://b.example"];
const DOMAINS = ["acme.example", "other.example"];

const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });
const subset = (values: readonly string[]) => fc.subarray([...values]);

const values = {
  description: maybe(fc.constantFrom("", "local", "remote")),
  links: maybe(subset(LINKS)),
  lists: maybe(subset(LISTS)),
  custom_fields: maybe(fc.record({ Tier: maybe(fc.constantFrom("free", "pro")), Size: maybe(fc.constantFrom("big")) })),
};

const emailOf = (index: number) => `c${index}@x.example`;

/**
 * The indexes of the contacts. The first two contacts have entries, the next two have rows, and the others are
 * undeclared.
 */
const INDEXES = [0, 1, 2, 3, 4, 5];

const person = (index: number) =>
  fc.record({ ...values, account: maybe(fc.nat(1)), name: fc.constantFrom("Ann", "Bea") }).map((attributes) => ({
    ...attributes,
    id: `crd_${index}`,
    handles: [{ source: "email", handle: emailOf(index) }],
  }));

const entry = (index: number) =>
  fc.record({
    ...values,
    handles: fc.constant([{ source: "email", handle: emailOf(index) }]),
    name: maybe(fc.constantFrom("Ann", "Cleo")),
    account: maybe(fc.constantFrom("acme", "other")),
    exact: subset(["links", "lists", "custom_fields", "handles"]),
  });

const row = fc.record({
  name: fc.constantFrom("Ann", "Dora"),
  tier: fc.constantFrom("free", "gold", ""),
  list: fc.constantFrom("VIP", "News", ""),
});

const account = fc.record({
  description: maybe(fc.constantFrom("", "local")),
  custom_fields: maybe(fc.record({ Plan: fc.constantFrom("basic", "full") })),
  exact: subset(["domains", "custom_fields"]),
});

const sample = fc.record({
  people: fc.tuple(...INDEXES.map((index) => maybe(person(index)))),
  entries: fc.tuple(entry(0), entry(1)),
  rows: fc.tuple(maybe(row), row),
  missing: fc.constantFrom("keep", "absent"),
  defaults: maybe(fc.record({ ...values, exact: subset(["lists", "links"]) })),
  accounts: fc.tuple(account, maybe(account)),
  accountsExist: fc.tuple(fc.boolean(), fc.boolean()),
  exact: fc.boolean(),
});

/** A scenario with an earlier configuration. */
export interface TwoConfigurations extends Scenario {
  readonly base: () => Promise<DesiredState>;
  /** The files of both configurations, which the report of a failure shows. */
  readonly files: Readonly<Record<"base" | "current", Readonly<Record<string, string>>>>;
}

/** Generates a company and two configurations. About half of the parts of the configurations are equal. */
export function twoConfigurations(behaviors: fc.Arbitrary<Partial<Behavior>>): fc.Arbitrary<TwoConfigurations> {
  return fc.tuple(sample, sample, fc.subarray(PARTS), behaviors).map(([base, other, changed, behavior]) => {
    const current = { ...base, ...Object.fromEntries(changed.map((part) => [part, other[part]])) };
    const files = { base: filesOf(base), current: filesOf(current) };
    return {
      behavior,
      seed: seedOf(base),
      files,
      base: () => loadDesiredState(files.base),
      desired: () => loadDesiredState(files.current),
    };
  });
}

/** Generates companies, and valid files with entries, a table, defaults, accounts, and a list with exact members. */
export function mixedFiles(behaviors: fc.Arbitrary<Partial<Behavior>>): fc.Arbitrary<Scenario> {
  return fc.tuple(sample, behaviors).map(([drawn, behavior]) => ({
    behavior,
    seed: seedOf(drawn),
    desired: () => loadDesiredState(filesOf(drawn)),
  }));
}

type Part = "entries" | "rows" | "missing" | "defaults" | "accounts" | "exact";
const PARTS: Part[] = ["entries", "rows", "missing", "defaults", "accounts", "exact"];

type Sample = typeof sample extends fc.Arbitrary<infer T> ? T : never;

function seedOf({ people, accountsExist }: Sample): Seed {
  const remotePeople = people.flatMap((person) => person ?? []);
  return omitUndefinedDeep({
    custom_fields: ["Tier", "Size", "Job Title"].map((name) => ({ name, type: "string" })),
    account_custom_fields: [{ name: "Plan", type: "string" }],
    lists: LISTS,
    contacts: remotePeople.map(({ account: _, ...contact }) => contact),
    accounts: DOMAINS.flatMap((domain, index) =>
      accountsExist[index]
        ? [
            {
              id: `acc_${index}`,
              name: `Was ${index}`,
              description: "was",
              domains: [domain, `kept-${domain}`],
              custom_fields: { Plan: "basic" },
              contacts: remotePeople.filter((contact) => contact.account === index).map(({ id }) => id),
            },
          ]
        : [],
    ),
  });
}

function filesOf({ entries, rows, missing, defaults, accounts, exact }: Sample): Record<string, string> {
  const [acme, other] = accounts.map(
    (properties, index) =>
      properties && withDeclaredExact({ name: `Now ${index}`, domains: [DOMAINS[index]], ...properties }),
  );
  const [zero, one] = entries.map((entry) =>
    withDeclaredExact({
      ...entry,
      account: entry.account === "other" && other === undefined ? undefined : entry.account,
    }),
  );
  return {
    "contacts/people.yaml": JSON.stringify({
      contacts: { zero, one },
      lists: { VIP: exact ? { members: "exact" } : {}, News: {} },
      accounts: { acme, other },
      tables: {
        rows: {
          file: "rows.csv",
          key: "Id",
          columns: { name: "Name", email: "Email", lists: "List", custom_fields: { Tier: "Tier" } },
          empty: "clear",
          missing,
        },
      },
    }),
    "contacts/rows.csv": [
      "Id,Name,Email,Tier,List",
      ...rows.flatMap((drawn, index) =>
        drawn === undefined ? [] : [`${index},${drawn.name},${emailOf(index + 2)},${drawn.tier},${drawn.list}`],
      ),
    ].join("\n"),
    ...(defaults === undefined
      ? {}
      : { "contacts/defaults.yaml": JSON.stringify({ defaults: withDeclaredExact(defaults) }) }),
  };
}

/** Returns the entry with only its declared collections in `exact`. */
function withDeclaredExact<T extends { readonly exact: readonly string[] }>(entry: T): T {
  return { ...entry, exact: entry.exact.filter((name) => entry[name as keyof T] !== undefined) };
}

function omitUndefinedDeep(value: object): Seed {
  return JSON.parse(JSON.stringify(value));
}

async function loadDesiredState(files: Readonly<Record<string, string>>): Promise<DesiredState> {
  const { desired, diagnostics } = await loadDesired("contacts", { disk: memoryDisk(files) });
  if (desired !== undefined) return desired;
  throw new Error(diagnostics.map(({ summary }) => summary).join("; "));
}
