import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Difference } from "../../src/model/change.ts";

import { formatYaml } from "../../src/yaml/format.ts";
import { ImportHome } from "../support/import-home.ts";
import { strangeCompany } from "../support/strange-company.ts";
import { type World, withWorld } from "../support/world.ts";
import { behaviours } from "../support/worlds.ts";

/** What holds for any company. A failure names its seed, with which it comes again. */
function law(name: string, runs: number, holds: (world: World, home: ImportHome) => Promise<void>): void {
  test(name, () =>
    fc.assert(
      fc.asyncProperty(strangeCompany({ steady: false }), behaviours, (seed, behaviour) =>
        withWorld(
          async (world) => {
            using home = new ImportHome();
            await holds(world, home);
          },
          { seed, behaviour },
        ),
      ),
      { numRuns: runs },
    ),
  );
}

async function expectNothingToPlan(world: World, home: ImportHome): Promise<void> {
  const { changes, diagnostics } = await home.plan(world);
  expect({ changes, errors: diagnostics.filter(({ severity }) => severity === "error") }).toEqual({
    changes: [],
    errors: [],
  });
}

law("what was imported plans to nothing, and importing it again changes no byte", 40, async (world, home) => {
  const { created, read, remarks } = await home.import(world);
  const leftOut = remarks.find(({ kind }) => kind === "contact-left-out")?.count ?? 0;
  expect(created + leftOut).toBe(read);
  await expectNothingToPlan(world, home);
  const before = home.files();
  expect(await home.import(world)).toMatchObject({ created: 0, declared: created, changed: [] });
  expect(home.files()).toEqual(before);
});

law("so it is with one file a contact", 20, async (world, home) => {
  await home.import(world, { split: true });
  await expectNothingToPlan(world, home);
  const before = home.files();
  await home.import(world, { split: true });
  expect(home.files()).toEqual(before);
});

law("what was imported is in the form that fmt would give it", 30, async (world, home) => {
  const { files } = await home.import(world);
  for (const file of files) expect(formatYaml(home.read(file))).toBe(home.read(file));
});

law("an import sends nothing but GET", 5, async (world, home) => {
  await home.import(world, { update: true });
  expect(new Set(world.emulator.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
});

const FILE = "contacts/imported.yaml";

/** Whether a file could say what Front has: no controls, names on one line, and no years beyond four digits. */
function isSayable({ attribute, key, before }: Difference): boolean {
  if (typeof before !== "string") return true;
  /** A number that a double cannot hold is shown as its text. */
  if (attribute === "custom_fields" && key === "Number") return false;
  if (attribute === "name" && /[\r\n]/.test(before.trim())) return false;
  return !/(?!\n)[\p{Cc}\p{Cs}]/u.test(before.replaceAll(/\r\n?/g, "\n")) && !/^-?\d{11,}$/.test(before);
}

/** The same contacts as the first company's, by id and one email, and everything else about them another. */
test("entries that were brought up to date plan to nothing, and keep what is around them", () =>
  fc.assert(
    fc.asyncProperty(strangeCompany({ steady: true }), strangeCompany({ steady: true }), async (before, after) => {
      using home = new ImportHome();
      await withWorld(async (world) => void (await home.import(world)), { seed: before });
      const commented = home.read(FILE).replaceAll(/(?<=[\]}\w])$/gm, " # said by hand");
      home.write(FILE, commented);
      await withWorld(
        async (world) => {
          const { updated, remarks } = await home.import(world, { update: true });
          expect(remarks.filter(({ kind }) => kind === "not-updated")).toEqual([]);
          const { changes } = await home.plan(world);
          expect(changes.flatMap(({ differences }) => differences).filter(isSayable)).toEqual([]);
          const again = home.files();
          expect(await home.import(world, { update: true })).toMatchObject({ created: 0, updated: 0 });
          expect(home.files()).toEqual(again);
          expect(updated).toBeLessThanOrEqual(8);
        },
        { seed: after },
      );
    }),
    { numRuns: 40 },
  ));
