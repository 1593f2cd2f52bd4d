import { expect, test } from "@jest/globals";
import { systemClock } from "../../src/clock/clock.ts";
import type { SnapshotProgress } from "../../src/snapshot/read-company.ts";
import { takeSnapshot } from "../../src/snapshot/take-snapshot.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { withTestEnvironment } from "../support/test-environment.ts";

const contacts = Array.from({ length: 101 }, (_, index) => ({
  name: `Agent ${index}`,
  handles: [{ source: "email", handle: `agent${index}@fbi.example` }],
}));

test.each([
  [undefined, undefined, undefined],
  [0, 100, 0],
  [150, 150, 1],
])("if %s contacts are expected, the total after 100 contacts is %s", async (expected, total, requestsLeft) => {
  using directory = new TemporaryDirectory();
  const progress: SnapshotProgress[] = [];
  await withTestEnvironment({ seed: { contacts } }, async (environment) => {
    await takeSnapshot(directory.pathOf("company.json"), environment.connect({ readOnly: true }), {
      clock: systemClock,
      avatars: false,
      expectedContacts: () => expected,
      onProgress: (step) => progress.push(step),
      onResume: () => {},
    });
  });
  expect(progress).toEqual([
    { phase: "contacts", done: 100, total, requestsLeft },
    { phase: "contacts", done: 101, total: 101, requestsLeft: 0 },
  ]);
});
