import { expect, test } from "@jest/globals";
import { createDesiredState } from "../../src/config/create-desired-state.ts";

test.each<[string, string, object, RegExp, RegExp]>([
  [
    "a phone number that is impossible in the country of its column",
    "0171 1234567 / 0171 7654321",
    { phone: { column: "X", country: "DE" } },
    /is not a possible phone number in DE, so/,
    /^Write it with \+ .* separator/,
  ],
  [
    "a phone number that may already contain the country code of its column",
    "4915112345678",
    { phone: { column: "X", country: "DE" } },
    /^"4915112345678" may or may not begin with the country code of DE, so/,
    /^Write it with \+ /,
  ],
  ["several links in a cell", "https://a.example, https://b.example", { links: "X" }, /is not a web/, /separator/],
  ["a number instead of a date", "45231", { custom_fields: { Since: "X" } }, /is not a date,/, /Excel stores/],
  [
    "a number instead of a date with a format",
    "45231.5",
    { custom_fields: { Since: { column: "X", format: "d.M.yyyy" } } },
    /is not a date in the format/,
    /Excel stores/,
  ],
])("gives advice on %s", async (_, cell, columns, summary, advice) => {
  const { diagnostics } = await createDesiredState({
    custom_fields: { Since: { type: "datetime" } },
    tables: { people: { key: "id", columns: { email: "email", ...columns }, rows: [{ ...row, X: cell }] } },
  });
  expect(diagnostics).toMatchObject([
    { summary: expect.stringMatching(summary), advice: expect.stringMatching(advice) },
  ]);
});

const row = { id: 1, email: "a@x.example" };
