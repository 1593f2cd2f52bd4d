import { expect, test } from "@jest/globals";
import { EventStream } from "../../../../cli/views/apply/event-stream.ts";
import { ApplyEvents } from "../../../../cli/views/apply/event-view.ts";
import type { Clock } from "../../../../src/clock/clock.ts";
import type { Plan } from "../../../../src/model/plan.ts";
import { desired, front, planFor } from "../../../support/builders.ts";

/** Time that a test moves on by hand; whoever sleeps wakes with the next move. */
class HandClock implements Clock {
  #elapsed = 0;
  #wake: () => void = () => {};

  now(): number {
    return Date.UTC(2026, 0, 1) + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  sleep(_: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      signal?.addEventListener("abort", () => resolve());
    });
  }

  async pass(seconds: number): Promise<void> {
    this.#elapsed += seconds * 1000;
    this.#wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function watch(plan: Plan) {
  const messages: string[] = [];
  const clock = new HandClock();
  const stream = new EventStream({ out: (line) => messages.push(JSON.parse(line)["@message"]), clock });
  return { messages, clock, events: new ApplyEvents(plan, stream, clock) };
}

test("says every ten seconds what is still under way, and no more once it is over", async () => {
  const plan = planFor([desired("ada@x.example"), desired("bob@x.example")], front());
  const [ada, bob] = plan.operations;
  if (ada === undefined || bob === undefined) throw new Error("there should be two operations");
  const { messages, clock, events } = watch(plan);
  const over = new AbortController();
  const telling = events.tellProgress(over.signal);
  events.started(ada);
  await clock.pass(10);
  events.ended({ operation: ada, status: "applied", contactId: "crd_1" });
  events.started(bob);
  await clock.pass(10);
  over.abort();
  await telling;
  expect(messages).toEqual([
    "front_contact.ada: creating",
    "front_contact.ada: still creating, 10s elapsed",
    "front_contact.ada: created after 10s",
    "front_contact.bob: creating",
    "front_contact.bob: still creating, 10s elapsed",
  ]);
});
