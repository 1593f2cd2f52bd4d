import { expect, test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { detectFlaws } from "./flaws.ts";

const detected = await detectFlaws(SCALE.flawedSeeds);

test.each([
  "sends a POST again when it hears nothing",
  "merges custom fields into what the plan saw",
  "waits between the reading and the write",
  "follows the address of the next page",
  "takes an unknown route for a contact that is gone",
  "plans with a part of the contacts when the rest cannot be read",
  "deletes who is in no file",
  "does not wait as long as Front asks",
  "reports requests with an unknown outcome as not done",
  "makes the lists that it does not find",
])("a tool that %s is detected", (name) => {
  expect(detected[name]).toBeLessThanOrEqual(SCALE.flawedSeeds);
});
