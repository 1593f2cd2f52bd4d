import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { differingPaths, readValues } from "../support/front-values.ts";
import { handleConflicts, isPlannable, scenariosOf } from "../support/handle-conflicts.ts";
import { mixedFiles } from "../support/mixed-files.ts";
import {
  accountBehaviors,
  applyFully,
  applyWithoutFailure,
  createPropertyTest,
  errorsOf,
  expectConverged,
} from "../support/scenarios.ts";

const KINDS = [
  ["with accounts, a list with exact members, a table and defaults", mixedFiles(accountBehaviors)],
  [
    "with handles that move and collections that are exact",
    scenariosOf(handleConflicts.filter(isPlannable), fc.record({ linkMoves: fc.boolean() })),
  ],
] as const;

for (const [kind, scenarios] of KINDS) {
  createPropertyTest(test, scenarios)(
    `${kind}, a plan with targets changes only the resources that it shows, and the next plan changes the rest`,
    20,
    async (setup) => {
      const { environment, desired, policy, randomNumber } = setup;
      const full = await environment.plan(desired, policy);
      if (errorsOf(full).length > 0) return;
      const addresses = full.changes.map(({ address }) => address).filter((_, index) => (randomNumber >> index) & 1);
      if (addresses.length === 0) return;
      const targets = randomNumber % 3 === 0 ? { except: addresses } : { only: addresses };
      const plan = await environment.plan(desired, { ...policy, targets });
      if (errorsOf(plan).length > 0) return;
      const before = await readValues(environment);
      await applyWithoutFailure(environment, plan);
      const after = await readValues(environment);
      const ids = new Set(
        plan.changes.flatMap(({ id, differences }) => [
          id,
          ...differences.flatMap((difference) =>
            difference.attribute === "members" ? [(difference.before ?? difference.after)?.id] : [],
          ),
        ]),
      );
      const created = new Set([...after.keys()].filter((path) => path.endsWith(" exists") && !before.has(path)));
      const unexpected = differingPaths(before, after).filter((path) => {
        const [id = ""] = path.split(" ");
        return !ids.has(id) && !created.has(`${id} exists`);
      });
      expect(unexpected).toEqual([]);
      await applyFully(setup);
      await expectConverged(setup);
    },
  );
}
