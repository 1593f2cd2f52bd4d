import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { detectFlaws } from "./flaws.ts";

const detected = await detectFlaws(SCALE.flawedSeeds);

test.each([
  "repeats a POST without a response",
  "merges custom fields into those of the plan",
  "merges domains and account custom fields into those of the plan",
  "creates accounts without reading them again",
  "waits between the read and the write",
  "follows the address of the next page",
  "treats an unknown route as a deleted contact",
  "plans with some of the contacts when the others cannot be read",
  "deletes contacts without an entry",
  "waits for a shorter time than Front asks for",
  "reports requests with an unknown outcome as not done",
  "removes all contacts from lists with exact members",
  "creates lists that it does not find",
  "overwrites changes made in Front since the base",
  "clears fields that were removed from the files regardless of edits in Front",
  "deletes contacts whose entry was removed from the files",
  "uses the files as the base",
  "does not show changes made in Front since the base",
  "ignores which parts were exact at the base",
  "undoes edits that people made after the run",
])("the simulation detects a tool that %s", (name) => {
  expect(detected[name]).toBeLessThanOrEqual(SCALE.flawedSeeds);
});
