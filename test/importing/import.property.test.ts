import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Seed } from "../../src/emulator/index.ts";
import type { Difference } from "../../src/model/change.ts";
import { type DesiredContact, type DesiredState, type Handle, handleKey } from "../../src/model/contact.ts";
import { formatYaml } from "../../src/yaml/format.ts";
import { runs } from "../scale.ts";
import { companies, withAccounts } from "../support/companies.ts";
import { forAllAsync } from "../support/for-all.ts";
import { ALL, ImportDirectory } from "../support/import-directory.ts";
import { accountBehaviors, behaviors } from "../support/scenarios.ts";
import { type TestEnvironment, withTestEnvironment } from "../support/test-environment.ts";

/** Tests generated companies. The error of a failed test contains the seed that reproduces the failure. */
function testWithCompanies(
  name: string,
  numRuns: number,
  check: (environment: TestEnvironment, directory: ImportDirectory) => Promise<void>,
): void {
  test(name, () =>
    forAllAsync([companies(), behaviors], { numRuns: runs(numRuns) }, (seed, behavior) =>
      withTestEnvironment({ seed, behavior }, async (environment) => {
        using directory = new ImportDirectory();
        await check(environment, directory);
      }),
    ),
  );
}

async function expectNothingToPlan(environment: TestEnvironment, directory: ImportDirectory): Promise<void> {
  const { changes, diagnostics } = await directory.plan(environment);
  expect({ changes, errors: diagnostics.filter(({ severity }) => severity === "error") }).toEqual({
    changes: [],
    errors: [],
  });
}

function expectFormatted(directory: ImportDirectory, files: readonly string[]): void {
  for (const file of files) expect(formatYaml(directory.read(file))).toBe(directory.read(file));
}

testWithCompanies(
  "after an import, plan reports no changes, and neither fmt nor a second import changes the files",
  40,
  async (environment, directory) => {
    const { created, files, read, warnings } = await directory.import(environment);
    const skipped = warnings.find(({ kind }) => kind === "contact-skipped")?.count ?? 0;
    expect(created + skipped).toBe(read);
    await expectNothingToPlan(environment, directory);
    expectFormatted(directory, files);
    const expected = { created: 0, declared: created, changed: [] };
    expect(await directory.importUnchanged(environment)).toMatchObject(expected);
  },
);

testWithCompanies(
  "plan reports no changes after an import with one file per contact",
  20,
  async (environment, directory) => {
    await directory.import(environment, { split: true });
    await expectNothingToPlan(environment, directory);
    await directory.importUnchanged(environment, { split: true });
  },
);

test("plan reports no changes after an import with accounts, and entries refer to the accounts", () =>
  forAllAsync(
    [
      fc
        .boolean()
        .chain((isAtLimits) => withAccounts(companies({ hasStableIds: !isAtLimits, isAtLimits }), { isAtLimits })),
      fc.record({ split: fc.boolean(), sharesDefaults: fc.boolean() }),
      behaviors,
      accountBehaviors,
    ],
    { numRuns: runs(60) },
    (seed, options, behavior, accountBehavior) =>
      withTestEnvironment({ seed, behavior: { ...behavior, ...accountBehavior } }, async (environment) => {
        using directory = new ImportDirectory();
        const { created, accounts, warnings } = await directory.import(environment, { ...options, accounts: true });
        const { desired } = await directory.load();
        expect(desired?.accounts ?? []).toHaveLength(accounts);
        const skipped = warnings.find(({ kind }) => kind === "account-skipped")?.count ?? 0;
        expect(accounts + skipped).toBe(seed.accounts?.length);
        const members = new Set(seed.accounts?.flatMap(({ contacts = [] }) => contacts));
        if (skipped === 0)
          expect(entriesWithAccount(desired)).toHaveLength(await countDeclaredMembers(environment, desired, members));
        await expectNothingToPlan(environment, directory);
        const again = await directory.importUnchanged(environment, { accounts: true, split: options.split });
        expect(again).toMatchObject({ created: 0, accounts: 0, declared: created, changed: [] });
      }),
  ));

function entriesWithAccount(desired: DesiredState | undefined): readonly DesiredContact[] {
  return (desired?.contacts ?? []).filter(({ account }) => account !== undefined);
}

/** Returns the number of account members that the configuration declares. */
async function countDeclaredMembers(
  environment: TestEnvironment,
  desired: DesiredState | undefined,
  members: ReadonlySet<string>,
): Promise<number> {
  const keys = new Set(desired?.contacts.flatMap(({ handles }) => handles.map(handleKey)));
  return (await environment.contacts()).filter(({ id, handles }) => {
    const contactKeys = (handles as Handle[]).map((handle) => handleKey(handle));
    return members.has(id as string) && contactKeys.some((key) => keys.has(key));
  }).length;
}

testWithCompanies(
  "plan reports no changes after an import with shared defaults, and the files are formatted",
  40,
  async (environment, directory) => {
    const { defaults, files } = await directory.import(environment, { sharesDefaults: true });
    await expectNothingToPlan(environment, directory);
    expectFormatted(directory, [...files, ...(defaults === undefined ? [] : [defaults])]);
    expect(await directory.importUnchanged(environment)).toMatchObject({ created: 0, changed: [] });
  },
);

testWithCompanies("an import sends GET requests only", 5, async (environment, directory) => {
  await directory.import(environment, { update: true });
  expect(new Set(environment.emulator.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
});

const FILE = "contacts/imported.yaml";

/**
 * Returns whether a file can contain the value in Front. A file cannot contain unpaired surrogates, control characters
 * other than line breaks and tabs, names with line breaks or tabs, or dates outside the years 0000 to 9999.
 */
function isWritable({ attribute, key, before }: Difference): boolean {
  if (typeof before !== "string") return true;
  // A plan shows a number as text if a double cannot represent the number.
  if (attribute === "custom_fields" && key === "Number") return false;
  if (attribute === "name" && /[\r\n\t]/.test(before.trim())) return false;
  return !/(?![\n\t])[\p{Cc}\p{Cs}]/u.test(before.replaceAll(/\r\n?/g, "\n")) && !/^-?\d{11,}$/.test(before);
}

/** Returns a defaults file with some of the values of one contact. */
async function defaultsFromContact(environment: TestEnvironment, choice: number): Promise<string> {
  using other = new ImportDirectory();
  await other.import(environment, { avatars: false });
  const { contacts = [] } = (await other.load()).desired ?? {};
  const { description, links, lists, customFields } = contacts[choice % Math.max(1, contacts.length)] ?? {};
  const values = Object.entries({
    description,
    links,
    lists: lists?.map((list) => ("id" in list ? { id: list.id } : list.name)),
    custom_fields: customFields && Object.fromEntries(customFields.map(({ name, value }) => [name, value])),
    exact: ["links", "lists", "custom_fields", "handles"],
  });
  const chosen = values.filter(([, value], index) => value !== undefined && (choice >> index) & 1);
  return chosen.length === 0 ? "x-nothing: true\n" : JSON.stringify({ defaults: Object.fromEntries(chosen) });
}

/** Returns whether a difference is a link or list that the defaults add. An entry cannot remove such a value. */
function isFromDefault({ attribute, after, defaultLocation }: Difference): boolean {
  const isCollection = attribute === "links" || attribute === "lists";
  return isCollection && after !== undefined && defaultLocation !== undefined;
}

test("after an import into a directory with defaults, plan reports only default links and lists, each with a warning", () =>
  forAllAsync([companies(), fc.nat(1000), fc.boolean()], { numRuns: runs(40) }, (seed, choice, split) =>
    withTestEnvironment({ seed }, async (environment) => {
      using directory = new ImportDirectory();
      directory.write("contacts/defaults.yaml", await defaultsFromContact(environment, choice));
      const { warnings } = await directory.import(environment, { split, avatars: false });
      const { changes, diagnostics } = await directory.plan(environment);
      expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      const remaining = changes.flatMap(({ differences }) => differences).filter(isWritable);
      expect(remaining.filter((difference) => !isFromDefault(difference))).toEqual([]);
      const warned = warnings.filter(({ kind }) => kind === "default-differs").flatMap(({ texts }) => texts);
      for (const { id = "" } of changes) expect(warned.join("\n")).toContain(id);
      expect(await directory.importUnchanged(environment, { split })).toMatchObject({ created: 0, changed: [] });
    }),
  ));

/** The second company has the same contacts, by ID and by one email address, with different values. */
test("after an update of a file with comments, plan reports only values that a file cannot contain", () =>
  forAllAsync(
    [companies({ hasStableIds: true }), companies({ hasStableIds: true })],
    { numRuns: runs(40) },
    async (before, after) => {
      using directory = new ImportDirectory();
      await directory.importSeed(before);
      const commented = directory.read(FILE).replaceAll(/(?<=[\]}\w])$/gm, " # by hand");
      directory.write(FILE, commented);
      await withTestEnvironment({ seed: after }, async (environment) => {
        const { warnings } = await directory.import(environment, { update: true });
        expect(warnings.filter(({ kind }) => kind === "not-updated")).toEqual([]);
        const { changes } = await directory.plan(environment);
        expect(changes.flatMap(({ differences }) => differences).filter(isWritable)).toEqual([]);
        const again = await directory.importUnchanged(environment, { update: true });
        expect(again).toMatchObject({ created: 0, updated: 0 });
      });
    },
  ));

function isIn({ accounts = [] }: Seed, externalId: string | undefined): boolean {
  return accounts.some(({ external_id: id }) => id === externalId);
}

/** The second company has the same accounts, by ID and by external ID, with different values. */
test("after an update of accounts, plan reports only values that a file cannot contain", () => {
  const seeds = withAccounts(companies({ hasStableIds: true }), { hasStableIds: true });
  return forAllAsync([seeds, seeds], { numRuns: runs(20) }, async (before, after) => {
    using directory = new ImportDirectory();
    await directory.importSeed(before, { accounts: true });
    directory.write(FILE, directory.read(FILE).replaceAll(/(?<=[\]}\w])$/gm, " # by hand"));
    await withTestEnvironment({ seed: after }, async (environment) => {
      const optionsFor = async () => {
        const { accounts: declared = [] } = (await directory.load()).desired ?? {};
        const accounts = declared.filter(({ externalId }) => isIn(after, externalId?.text));
        return { update: true, accounts: true, selection: { ...ALL, accounts } };
      };
      const { warnings } = await directory.import(environment, await optionsFor());
      expect(warnings.filter(({ kind }) => kind === "not-updated")).toEqual([]);
      const { changes } = await directory.plan(environment);
      const accountChanges = changes.filter(({ type, action }) => type === "front_account" && action === "update");
      expect(accountChanges.flatMap(({ differences }) => differences).filter(isWritable)).toEqual([]);
      const links = changes.flatMap(({ differences }) =>
        differences.filter(({ attribute }) => attribute === "account"),
      );
      expect(links).toEqual([]);
      const { updatedAccounts } = await directory.importUnchanged(environment, await optionsFor());
      expect(updatedAccounts?.updated ?? 0).toBe(0);
    });
  });
});

test("after an update in a directory with defaults, each remaining difference has a warning, and the defaults are unchanged", () =>
  forAllAsync(
    [companies({ hasStableIds: true }), companies({ hasStableIds: true }), fc.nat(1000)],
    { numRuns: runs(40) },
    async (before, after, choice) => {
      using directory = new ImportDirectory();
      await withTestEnvironment({ seed: before }, async (environment) => {
        directory.write("contacts/defaults.yaml", await defaultsFromContact(environment, choice));
        await directory.import(environment, { avatars: false });
      });
      const defaults = directory.read("contacts/defaults.yaml");
      await withTestEnvironment({ seed: after }, async (environment) => {
        const { warnings } = await directory.import(environment, { update: true, avatars: false });
        const { changes } = await directory.plan(environment);
        const isTruncated = warnings.some(({ count, texts }) => count > texts.length);
        const notUpdated = warnings.flatMap(({ kind, texts }) => (kind === "not-updated" ? texts : [])).join("\n");
        const differing = warnings.flatMap(({ kind, texts }) => (kind === "default-differs" ? texts : [])).join("\n");
        for (const { name, id = "", differences } of changes) {
          const remaining = differences.filter(isWritable);
          const isExplained = isTruncated || notUpdated.includes(`${name}: `);
          expect(remaining.filter((difference) => !isFromDefault(difference) && !isExplained)).toEqual([]);
          const hasWarning = isTruncated || notUpdated.includes(`${name}: its `) || differing.includes(id);
          expect(hasWarning ? [] : remaining).toEqual([]);
        }
        expect(directory.read("contacts/defaults.yaml")).toBe(defaults);
        const again = await directory.importUnchanged(environment, { update: true, avatars: false });
        expect(again).toMatchObject({ updated: 0 });
      });
    },
  ));
