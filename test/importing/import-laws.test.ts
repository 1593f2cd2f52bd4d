import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Seed } from "../../src/emulator/index.ts";
import type { Difference } from "../../src/model/change.ts";
import { type DesiredContact, type DesiredState, type Handle, handleKey } from "../../src/model/contact.ts";
import { formatYaml } from "../../src/yaml/format.ts";
import { runs } from "../scale.ts";
import { companies, withAccounts } from "../support/companies.ts";
import { ALL, ImportDirectory } from "../support/import-directory.ts";
import { accountBehaviors, behaviors } from "../support/scenarios.ts";
import { type World, withWorld } from "../support/world.ts";

/** Tests a law for random companies. A failure names the seed that reproduces it. */
function law(name: string, full: number, holds: (world: World, home: ImportDirectory) => Promise<void>): void {
  test(name, () =>
    fc.assert(
      fc.asyncProperty(companies(), behaviors, (seed, behavior) =>
        withWorld(
          async (world) => {
            using home = new ImportDirectory();
            await holds(world, home);
          },
          { seed, behavior },
        ),
      ),
      { numRuns: runs(full) },
    ),
  );
}

async function expectNothingToPlan(world: World, home: ImportDirectory): Promise<void> {
  const { changes, diagnostics } = await home.plan(world);
  expect({ changes, errors: diagnostics.filter(({ severity }) => severity === "error") }).toEqual({
    changes: [],
    errors: [],
  });
}

law("plan reports no changes after an import, and a second import changes no byte", 40, async (world, home) => {
  const { created, read, warnings } = await home.import(world);
  const skipped = warnings.find(({ kind }) => kind === "contact-skipped")?.count ?? 0;
  expect(created + skipped).toBe(read);
  await expectNothingToPlan(world, home);
  const before = home.files();
  expect(await home.import(world)).toMatchObject({ created: 0, declared: created, changed: [] });
  expect(home.files()).toEqual(before);
});

law("plan reports no changes after an import with one file per contact", 20, async (world, home) => {
  await home.import(world, { split: true });
  await expectNothingToPlan(world, home);
  const before = home.files();
  await home.import(world, { split: true });
  expect(home.files()).toEqual(before);
});

test("plan reports no changes after an import with accounts, which the entries of their contacts name", () =>
  fc.assert(
    fc.asyncProperty(
      fc.boolean().chain((extreme) => withAccounts(companies({ steady: !extreme, extreme }), { extreme })),
      fc.record({ split: fc.boolean(), sharesDefaults: fc.boolean() }),
      behaviors,
      accountBehaviors,
      (seed, options, behavior, ofAccounts) =>
        withWorld(
          async (world) => {
            using home = new ImportDirectory();
            const { created, accounts, warnings } = await home.import(world, { ...options, accounts: true });
            const { desired } = await home.load();
            expect(desired?.accounts ?? []).toHaveLength(accounts);
            const skipped = warnings.find(({ kind }) => kind === "account-skipped")?.count ?? 0;
            expect(accounts + skipped).toBe(seed.accounts?.length);
            const members = new Set(seed.accounts?.flatMap(({ contacts = [] }) => contacts));
            if (skipped === 0) expect(linked(desired)).toHaveLength(await declaredAmong(world, desired, members));
            await expectNothingToPlan(world, home);
            const before = home.files();
            expect(await home.import(world, { accounts: true, split: options.split })).toMatchObject({
              ...{ created: 0, accounts: 0, declared: created, changed: [] },
            });
            expect(home.files()).toEqual(before);
          },
          { seed, behavior: { ...behavior, ...ofAccounts } },
        ),
    ),
    { numRuns: runs(60) },
  ));

/** Returns the entries that name an account. */
function linked(desired: DesiredState | undefined): readonly DesiredContact[] {
  return (desired?.contacts ?? []).filter(({ account }) => account !== undefined);
}

/** Returns how many of the members are contacts of entries. */
async function declaredAmong(
  world: World,
  desired: DesiredState | undefined,
  members: ReadonlySet<string>,
): Promise<number> {
  const keys = new Set(desired?.contacts.flatMap(({ handles }) => handles.map(handleKey)));
  return (await world.contacts()).filter(({ id, handles }) => {
    const own = (handles as Handle[]).map((handle) => handleKey(handle));
    return members.has(id as string) && own.some((key) => keys.has(key));
  }).length;
}

law("plan reports no changes after an import with shared defaults, which are formatted", 40, async (world, home) => {
  const { defaults, files } = await home.import(world, { sharesDefaults: true });
  await expectNothingToPlan(world, home);
  for (const file of [...files, ...(defaults === undefined ? [] : [defaults])]) {
    expect(formatYaml(home.read(file))).toBe(home.read(file));
  }
  const before = home.files();
  expect(await home.import(world)).toMatchObject({ created: 0, changed: [] });
  expect(home.files()).toEqual(before);
});

law("imported files are formatted as fmt formats them", 30, async (world, home) => {
  const { files } = await home.import(world);
  for (const file of files) expect(formatYaml(home.read(file))).toBe(home.read(file));
});

law("an import sends GET requests only", 5, async (world, home) => {
  await home.import(world, { update: true });
  expect(new Set(world.emulator.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
});

const FILE = "contacts/imported.yaml";

/** Returns whether a file could contain the value in Front: no control characters, names on one line, four-digit years. */
function isWritable({ attribute, key, before }: Difference): boolean {
  if (typeof before !== "string") return true;
  // A number that does not fit a double is shown as text.
  if (attribute === "custom_fields" && key === "Number") return false;
  if (attribute === "name" && /[\r\n]/.test(before.trim())) return false;
  return !/(?!\n)[\p{Cc}\p{Cs}]/u.test(before.replaceAll(/\r\n?/g, "\n")) && !/^-?\d{11,}$/.test(before);
}

/** Returns defaults with some of the values of a contact, as they would be imported. */
async function defaultsLike(world: World, choice: number): Promise<string> {
  using other = new ImportDirectory();
  await other.import(world, { avatars: false });
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

/** Returns whether apply would add a link or a list of the defaults, which an entry cannot omit. */
function isFromDefault({ attribute, after, defaultLocation }: Difference): boolean {
  const isCollection = attribute === "links" || attribute === "lists";
  return isCollection && after !== undefined && defaultLocation !== undefined;
}

test("in a directory with defaults, an import only leaves changes of links and lists that an entry cannot omit, and names them", () =>
  fc.assert(
    fc.asyncProperty(companies(), fc.nat(1000), fc.boolean(), (seed, choice, split) =>
      withWorld(
        async (world) => {
          using home = new ImportDirectory();
          home.write("contacts/defaults.yaml", await defaultsLike(world, choice));
          const { warnings } = await home.import(world, { split, avatars: false });
          const { changes, diagnostics } = await home.plan(world);
          expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
          const left = changes.flatMap(({ differences }) => differences).filter(isWritable);
          expect(left.filter((each) => !isFromDefault(each))).toEqual([]);
          const named = warnings.filter(({ kind }) => kind === "default-differs").flatMap(({ texts }) => texts);
          for (const { id = "" } of changes) expect(named.join("\n")).toContain(id);
          const before = home.files();
          expect(await home.import(world, { split })).toMatchObject({ created: 0, changed: [] });
          expect(home.files()).toEqual(before);
        },
        { seed },
      ),
    ),
    { numRuns: runs(40) },
  ));

/** The second company has the same contacts by id and one email address, with other values. */
test("plan reports no changes after an update, and comments stay", () =>
  fc.assert(
    fc.asyncProperty(companies({ steady: true }), companies({ steady: true }), async (before, after) => {
      using home = new ImportDirectory();
      await withWorld(async (world) => void (await home.import(world)), { seed: before });
      const commented = home.read(FILE).replaceAll(/(?<=[\]}\w])$/gm, " # by hand");
      home.write(FILE, commented);
      await withWorld(
        async (world) => {
          const { updated, warnings } = await home.import(world, { update: true });
          expect(warnings.filter(({ kind }) => kind === "not-updated")).toEqual([]);
          const { changes } = await home.plan(world);
          expect(changes.flatMap(({ differences }) => differences).filter(isWritable)).toEqual([]);
          const again = home.files();
          expect(await home.import(world, { update: true })).toMatchObject({ created: 0, updated: 0 });
          expect(home.files()).toEqual(again);
          expect(updated).toBeLessThanOrEqual(8);
        },
        { seed: after },
      );
    }),
    { numRuns: runs(40) },
  ));

function isIn({ accounts = [] }: Seed, externalId: string | undefined): boolean {
  return accounts.some(({ external_id: id }) => id === externalId);
}

/** The second company has the same accounts by id and external id, with other values. */
test("plan reports no changes after an update of accounts", () => {
  const seeds = withAccounts(companies({ steady: true }), { steady: true });
  return fc.assert(
    fc.asyncProperty(seeds, seeds, async (before, after) => {
      using home = new ImportDirectory();
      await withWorld(async (world) => void (await home.import(world, { accounts: true })), { seed: before });
      home.write(FILE, home.read(FILE).replaceAll(/(?<=[\]}\w])$/gm, " # by hand"));
      await withWorld(
        async (world) => {
          const update = async () => {
            const { accounts: declared = [] } = (await home.load()).desired ?? {};
            const accounts = declared.filter(({ externalId }) => isIn(after, externalId?.text));
            return await home.import(world, { update: true, accounts: true, selection: { ...ALL, accounts } });
          };
          const { warnings } = await update();
          expect(warnings.filter(({ kind }) => kind === "not-updated")).toEqual([]);
          const { changes } = await home.plan(world);
          const ofAccounts = changes.filter(({ type, action }) => type === "front_account" && action === "update");
          expect(ofAccounts.flatMap(({ differences }) => differences).filter(isWritable)).toEqual([]);
          const links = changes.flatMap(({ differences }) =>
            differences.filter(({ attribute }) => attribute === "account"),
          );
          expect(links).toEqual([]);
          const again = home.files();
          expect((await update()).updatedAccounts?.updated ?? 0).toBe(0);
          expect(home.files()).toEqual(again);
        },
        { seed: after },
      );
    }),
    { numRuns: runs(20) },
  );
});

test("plan reports no changes after an update in a directory with defaults, which stay unchanged", () =>
  fc.assert(
    fc.asyncProperty(
      companies({ steady: true }),
      companies({ steady: true }),
      fc.nat(1000),
      async (before, after, choice) => {
        using home = new ImportDirectory();
        await withWorld(
          async (world) => {
            home.write("contacts/defaults.yaml", await defaultsLike(world, choice));
            await home.import(world, { avatars: false });
          },
          { seed: before },
        );
        const defaults = home.read("contacts/defaults.yaml");
        await withWorld(
          async (world) => {
            const { warnings } = await home.import(world, { update: true, avatars: false });
            const { changes } = await home.plan(world);
            const isCut = warnings.some(({ count, texts }) => count > texts.length);
            const refused = warnings.flatMap(({ kind, texts }) => (kind === "not-updated" ? texts : [])).join("\n");
            const added = warnings.flatMap(({ kind, texts }) => (kind === "default-differs" ? texts : [])).join("\n");
            for (const { name, id = "", differences } of changes) {
              const left = differences.filter(isWritable);
              expect(left.filter((each) => !isFromDefault(each) && !refused.includes(`${name}: `))).toEqual([]);
              const isNamed = isCut || refused.includes(`${name}: its `) || added.includes(id);
              expect(isNamed ? [] : left).toEqual([]);
            }
            expect(home.read("contacts/defaults.yaml")).toBe(defaults);
            const again = home.files();
            expect(await home.import(world, { update: true, avatars: false })).toMatchObject({ updated: 0 });
            expect(home.files()).toEqual(again);
          },
          { seed: after },
        );
      },
    ),
    { numRuns: runs(40) },
  ));
