import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { memoryDisk } from "../support/memory-disk.ts";

test("the advice for a comment after a number does not assume that the comment is part of the value", async () => {
  const text = `custom_fields: { Seats: { type: number } }
contacts:
  ann:
    handles: [{ source: email, handle: ann@x.example }]
    custom_fields:
      Seats: 12 #seats
`;
  const { diagnostics } = await loadDesired("contacts", { disk: memoryDisk({ "contacts/a.yaml": text }) });
  expect(diagnostics.map(({ advice }) => advice)).toEqual([
    "If it is part of the value, put the value in quotes; if it is a comment, add a space after the number sign.",
  ]);
});
