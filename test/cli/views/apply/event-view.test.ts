import { expect, test } from "@jest/globals";
import { EventApplyView } from "../../../../cli/views/apply/event-view.ts";
import { desiredContact, planFor, remoteState } from "../../../support/builders.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

test("the event view reports resources in progress every ten seconds, until they end", async () => {
  const plan = planFor([desiredContact("ada@x.example"), desiredContact("bob@x.example")], remoteState());
  const [ada, bob] = plan.operations;
  if (ada === undefined || bob === undefined) throw new Error("expected two operations");
  const messages: string[] = [];
  const clock = new VirtualClock();
  const view = new EventApplyView({ out: (line) => messages.push(JSON.parse(line)["@message"]), clock });
  const listener = view.start(plan);
  listener.started(ada);
  await clock.sleep(10_000);
  listener.ended({ operation: ada, status: "applied", contactId: "crd_1" });
  listener.started(bob);
  await clock.sleep(10_000);
  await listener.stop();
  expect(messages.slice(1)).toEqual([
    "front_contact.ada: creating",
    "front_contact.ada: still creating, 10s elapsed",
    "front_contact.ada: created after 10s",
    "front_contact.bob: creating",
    "front_contact.bob: still creating, 10s elapsed",
  ]);
});

test.each([
  ["failed", "error", "creating failed after 0s"],
  ["unknown", "error", "creating was not confirmed after 0s"],
  ["skipped", "warn", "creating was not performed after 0s"],
] as const)(
  "the event view reports a resource with the status %s as errored, with the level %s",
  async (status, level, text) => {
    const plan = planFor([desiredContact("ada@x.example")], remoteState());
    const [ada] = plan.operations;
    if (ada === undefined) throw new Error("expected an operation");
    const events: object[] = [];
    const view = new EventApplyView({ out: (line) => events.push(JSON.parse(line)), clock: new VirtualClock() });
    const listener = view.start(plan);
    listener.started(ada);
    listener.ended({ operation: ada, status, message: "Interrupted", advice: "" });
    await listener.stop();
    expect(events.at(-1)).toMatchObject({
      type: "apply_errored",
      "@level": level,
      "@message": `front_contact.ada: ${text}`,
    });
  },
);
