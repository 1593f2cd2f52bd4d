import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { catchFlaws } from "./flaws.ts";

const caught = await catchFlaws(SCALE.flawedSeeds);

test.each([
  "sends a POST again when it hears nothing",
  "merges custom fields into what the plan saw",
  "waits between the reading and the write",
  "follows the address of the next page",
  "takes an unknown route for a contact that is gone",
  "plans with a part of the contacts when the rest cannot be read",
  "deletes who is in no file",
  "does not wait as long as Front asks",
  "gives up what is in flight, and says that it was not done",
  "makes the lists that it does not find",
])("a tool that %s is caught", (name) => {
  expect(caught[name]).toBeLessThanOrEqual(SCALE.flawedSeeds);
});
