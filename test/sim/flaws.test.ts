import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { detectFlaws } from "./flaws.ts";

const detectedSeeds = await detectFlaws(SCALE.flawedSeeds);

test.each([
  "repeats a POST that got no response",
  "merges custom fields into the values that it read for the plan",
  "merges domains and account custom fields into the values that it read for the plan",
  "creates accounts without checking for new accounts first",
  "waits between the read and the write",
  "follows the URL of the next page",
  "treats an unknown route as a deleted contact",
  "plans with some contacts if the others cannot be read",
  "deletes undeclared contacts",
  "waits for a shorter time than Front requires",
  "reports requests with an unknown outcome as failed",
  "removes all contacts from lists with exact members",
  "creates lists with mistyped names",
  "overwrites changes made in Front since the base",
  "clears fields that were removed from the configuration, even if they were edited in Front",
  "deletes contacts whose entry was removed from the configuration",
  "uses the current configuration as the base",
  "does not show changes made in Front since the base",
  "ignores which collections were exact in the base",
  "undoes edits that people made after the run",
])("the simulation detects a tool that %s", (name) => {
  expect(detectedSeeds[name]).toBeLessThanOrEqual(SCALE.flawedSeeds);
});
