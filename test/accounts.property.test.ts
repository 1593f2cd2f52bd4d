import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Seed } from "../src/emulator/index.ts";
import type { DeclaredAccount } from "../src/model/account.ts";
import type { DesiredState } from "../src/model/contact.ts";
import type { Plan } from "../src/model/plan.ts";
import { declaredAccount, desiredContact, desiredState, locationAt } from "./support/builders.ts";
import { FULL_PAGES } from "./support/emulator.ts";
import { accountBehaviors, applyFully, createPropertyTest, expectConverged } from "./support/scenarios.ts";
import type { TestEnvironment } from "./support/test-environment.ts";
import { appliedPlan, planUndoIn } from "./support/undo.ts";

const KEYS = ["a", "b", "c"] as const;
const FIELDS = ["Tier", "Size", "Since"] as const;

/** The state of three accounts in Front and in the configuration, by index of `KEYS`. */
interface AccountSituation {
  readonly existsInFront: readonly boolean[];
  readonly declared: readonly ("present" | "absent" | undefined)[];
  readonly descriptions: readonly (string | undefined)[];
  readonly hasSecondDomain: readonly boolean[];
  readonly exact: readonly boolean[];
  readonly fields: readonly (string | null | undefined)[];
  /** Index of the account of each contact in Front. */
  readonly remoteAccounts: readonly (number | undefined)[];
  /** Index of the account that the configuration declares for each contact. */
  readonly declaredAccounts: readonly (number | undefined)[];
}

const three = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 3, maxLength: 3 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const accountSituations: fc.Arbitrary<AccountSituation> = fc.record({
  existsInFront: three(fc.boolean()),
  declared: three(optional(fc.constantFrom("present" as const, "present" as const, "absent" as const))),
  descriptions: three(optional(fc.constantFrom("", "ours"))),
  hasSecondDomain: three(fc.boolean()),
  exact: three(fc.boolean()),
  fields: three(optional(fc.constantFrom("Gold", "Silver", null))),
  remoteAccounts: three(optional(fc.nat(2))),
  declaredAccounts: three(optional(fc.nat(2))),
});

function seedOf({ existsInFront, remoteAccounts }: AccountSituation): Seed {
  return {
    account_custom_fields: FIELDS.map((name) => ({ name, type: "string" })),
    contacts: KEYS.map((key) => ({ id: `crd_${key}`, handles: [`email:${key}@x.example`], name: key })),
    accounts: KEYS.flatMap((key, index) =>
      existsInFront[index]
        ? [
            {
              id: `acc_${key}`,
              name: `Was ${key}`,
              description: "was",
              external_id: `X-${key}`,
              domains: [`${key}.example`, `kept-${key}.example`],
              custom_fields: { Tier: "Bronze", Size: "kept" },
              contacts: KEYS.filter((_, contact) => remoteAccounts[contact] === index).map(
                (contact) => `crd_${contact}`,
              ),
            },
          ]
        : [],
    ),
  };
}

function desiredStateOf(situation: AccountSituation): DesiredState {
  const { declared, declaredAccounts } = situation;
  const contacts = KEYS.map((key, index) => {
    const account = declaredAccounts[index];
    const isDeclared = account !== undefined && declared[account] === "present";
    const reference = { account: { externalId: `X-${KEYS[account ?? 0]}`, location: locationAt(9) } };
    return desiredContact(`${key}@x.example`, isDeclared ? reference : {});
  });
  return desiredState(contacts, { accounts: KEYS.flatMap((key, index) => entryOf(key, index, situation)) });
}

function entryOf(
  key: string,
  index: number,
  { declared, descriptions, hasSecondDomain, exact, fields }: AccountSituation,
): DeclaredAccount[] {
  const [ensure, description, field] = [declared[index], descriptions[index], fields[index]];
  const externalId = `X-${key}`;
  if (ensure === undefined) return [];
  if (ensure === "absent") return [declaredAccount(key, { ensure, externalId })];
  return [
    declaredAccount(key, {
      name: `Now ${key}`,
      externalId,
      domains: [`${key}.example`, ...(hasSecondDomain[index] ? [`more-${key}.example`] : [])],
      ...(description === undefined ? {} : { description }),
      ...(field === undefined ? {} : { customFields: { Tier: field } }),
      exact: exact[index] ? ["domains"] : [],
    }),
  ];
}

const testProperty = createPropertyTest(
  test,
  fc.tuple(accountSituations, accountBehaviors).map(([situation, behavior]) => ({
    seed: seedOf(situation),
    desired: desiredStateOf(situation),
    behavior: { ...FULL_PAGES, ...behavior },
  })),
);

interface RemoteAccountJson {
  readonly id: string;
  readonly external_id: string;
  readonly name: string;
  readonly description: string | null;
  readonly domains: readonly string[];
  readonly custom_fields: Readonly<Record<string, unknown>>;
}

async function accountsOf(environment: TestEnvironment): Promise<RemoteAccountJson[]> {
  return (await environment.request("GET", "/accounts?sort_order=asc"))._results;
}

testProperty(
  "an applied plan for accounts leaves no changes and takes the predicted number of requests",
  60,
  async (setup) => {
    const { plan, requestCount } = await applyFully(setup);
    expect(plan.diagnostics).toEqual([]);
    expect(requestCount).toBe(plan.requests.total);
    await expectConverged(setup);
  },
);

testProperty(
  "an apply preserves undeclared data of accounts, except domains of an account with exact domains",
  60,
  async ({ environment, desired }) => {
    const before = await accountsOf(environment);
    await environment.planAndApply(desired);
    const after = new Map((await accountsOf(environment)).map((account) => [account.id, account]));
    for (const account of before) {
      const entry = desired.accounts?.find(({ externalId }) => externalId?.text === account.external_id);
      const accountAfter = after.get(account.id);
      if (entry?.ensure === "absent") expect(accountAfter).toBeUndefined();
      else if (entry === undefined) expect({ ...accountAfter, updated_at: 0 }).toEqual({ ...account, updated_at: 0 });
      else {
        expect(accountAfter?.custom_fields["Size"]).toBe("kept");
        expect(accountAfter?.domains.includes(`kept-${entry.key}.example`)).toBe(!entry.exact.includes("domains"));
      }
    }
  },
);

testProperty("an interrupted apply of accounts converges if it is repeated", 200, async (setup) => {
  const { environment, desired, randomNumber } = setup;
  await environment.applyInterrupted(await environment.plan(desired), randomNumber);
  await applyFully(setup);
  await expectConverged(setup);
});

testProperty("two simultaneous applies of the same plan do not create an account twice", 30, async (setup) => {
  const { environment, desired } = setup;
  const plan = await environment.plan(desired);
  await Promise.all([environment.apply(plan), environment.apply(plan)]);
  await environment.planAndApply(desired);
  await expectConverged(setup);
});

testProperty(
  "an undo restores the previous accounts, and reports each created account that it does not delete",
  60,
  async ({ environment, desired }) => {
    const before = await accountsOf(environment);
    const plan = await environment.plan(desired);
    const appliedRun = appliedPlan(plan, await environment.apply(plan));
    const undo = await planUndoIn(environment, appliedRun);
    const { results } = await environment.apply(undo.plan);
    expect(results.filter(({ status }) => status !== "applied")).toEqual([]);
    const summarize = (accounts: readonly RemoteAccountJson[]) =>
      accounts
        .map(({ external_id: id, name, description, domains, custom_fields }) => [
          id,
          name,
          description,
          domains.toSorted(),
          custom_fields,
        ])
        .sort(([a], [b]) => String(a).localeCompare(String(b)));
    const remaining = (await accountsOf(environment)).filter(
      (account) => !isReportedAsNotDeleted(account, plan, undo.plan),
    );
    expect(summarize(remaining)).toEqual(summarize(before));
  },
);

/**
 * Returns whether the undo reports that an account is not deleted because it has contacts. Their previous account was
 * deleted, and they cannot be linked to the account that the undo creates instead.
 */
function isReportedAsNotDeleted(
  { external_id: id }: RemoteAccountJson,
  { operations }: Plan,
  { diagnostics }: Plan,
): boolean {
  const start = `front_account.${id.slice("X-".length)} is not deleted`;
  return (
    operations.some(({ kind }) => kind === "delete-account") &&
    diagnostics.some(
      ({ summary }) => summary.startsWith(start) && summary.includes("only an empty account can be deleted"),
    )
  );
}
