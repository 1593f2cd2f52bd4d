import { expect, test } from "@jest/globals";
import { createDesiredState } from "../../src/config/create-desired-state.ts";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { memoryDisk } from "../support/memory-disk.ts";

test.each<[string, string, object, RegExp, RegExp]>([
  [
    "a phone number that is impossible in the country of its column",
    "0171 1234567 / 0171 7654321",
    { phone: { column: "X", country: "DE" } },
    /is not a possible phone number in DE, so/,
    /^Write it with \+ .* To treat cells as empty, add their texts to the null_values of the table\. .* separator/,
  ],
  [
    "a phone number that may already contain the country code of its column",
    "4915112345678",
    { phone: { column: "X", country: "DE" } },
    /^"4915112345678" may or may not begin with the country code of DE, so/,
    /^Write it with \+ and its country code, such as "\+13605550123"\.$/,
  ],
  [
    "a phone number that Excel rounded",
    "4,91512E+11",
    { phone: "X" },
    /may be a rounded number/,
    /^Format the column in Excel/,
  ],
  [
    "a formula error instead of a name",
    "#NAME?",
    { name: "X" },
    /^"#NAME\?" is an error of a spreadsheet formula/,
    /^Correct the formula.* null_values/,
  ],
  [
    "a formula error instead of a link",
    "#DIV/0!",
    { links: "X" },
    /^"#DIV\/0!" is an error of a spreadsheet formula/,
    /^Correct the formula/,
  ],
  [
    "a custom field that Excel rounded",
    "4.2E+11",
    { custom_fields: { Number: "X" } },
    /may be a rounded number/,
    /^Format the column in Excel/,
  ],
  ["a phone link", "tel:+49-30-123456", { phone: "X" }, /is a link, and not a phone number$/, /^Remove "tel:"\./],
  [
    "an email address with a comma instead of a dot",
    "b@x,example",
    { email: "X" },
    /is not an email address$/,
    /without spaces, quotes, brackets, commas or semicolons\./,
  ],
  [
    "an email link",
    "MAILTO:b@x.example",
    { email: "X" },
    /is a link, and not an email address$/,
    /^Remove "mailto:"\./,
  ],
  [
    "a phone number with a right-to-left override",
    "\u202e+13605550123",
    { phone: "X" },
    /contains invisible characters/,
    /^Retype it/,
  ],
  ["direction marks without a phone number", "\u200e", { phone: "X" }, /contains invisible characters/, /^Retype it/],
  [
    "a phone number that was exported as a decimal number",
    "1512345678.0",
    { phone: { column: "X", country: "DE" } },
    /"1512345678\.0" is a decimal number/,
    /^Remove the \.0/,
  ],
  ["several links in a cell", "https://a.example, https://b.example", { links: "X" }, /is not a web/, /separator/],
  ["a number instead of a date", "45231", { custom_fields: { Since: "X" } }, /is not a date,/, /Excel stores/],
  [
    "a number instead of a date in a column with a format",
    "45231.5",
    { custom_fields: { Since: { column: "X", format: "d.M.yyyy" } } },
    /is not a date in the format/,
    /Excel stores/,
  ],
  [
    "a German boolean, which is not converted",
    "FALSCH",
    { custom_fields: { Active: "X" } },
    /is not true or false/,
    /or map it to true or false: `\{ column: …, values: \{ "FALSCH": … \} \}`\.$/,
  ],
])("createDesiredState gives advice on %s", async (_, cell, columns, summary, advice) => {
  const { diagnostics } = await createDesiredState({
    custom_fields: { Since: { type: "datetime" }, Active: { type: "boolean" } },
    tables: { people: { key: "id", columns: { email: "email", ...columns }, rows: [{ ...row, X: cell }] } },
  });
  expect(diagnostics).toMatchObject([
    { summary: expect.stringMatching(summary), advice: expect.stringMatching(advice) },
  ]);
});

test("the advice for a formula error in a key does not suggest null_values, because a key cannot be empty", async () => {
  const { diagnostics } = await createDesiredState({
    tables: { people: { key: "id", columns: { email: "email" }, rows: [{ ...row, id: "#N/A" }] } },
  });
  expect(diagnostics).toMatchObject([
    { code: "cell-damaged", advice: "Correct the formula, and export the table again." },
  ]);
});

test.each([
  ["", "2125550123"],
  [" with direction marks", "\u202d2125550123\u202c"],
])("a phone number%s is not parsed with the default country if its column has another country", async (_, X) => {
  const { desired, diagnostics } = await createDesiredState({
    settings: { phone_country: "US" },
    tables: {
      people: {
        key: "id",
        columns: { email: "email", phone: { column: "X", country: "FR" } },
        rows: [{ ...row, X }],
      },
    },
  });
  expect(diagnostics).toMatchObject([
    { code: "phone-without-country", summary: expect.stringContaining("is not a possible phone number in FR") },
  ]);
  expect(desired?.contacts[0]?.handles[1]).toEqual({
    source: "phone",
    handle: "2125550123",
    location: expect.anything(),
  });
});

test("direction marks in phone numbers are ignored", async () => {
  const { desired, diagnostics } = await createDesiredState({
    settings: { phone_country: "US" },
    contacts: { ann: { handles: [{ source: "phone", handle: "\u2068+1 360 555 0101\u2069" }] } },
    tables: {
      people: {
        key: "id",
        columns: { phone: { column: "phone", separator: ";" } },
        rows: [{ id: 1, phone: "\u202a+1 360 555 0102\u202c; \u202d(360) 555-0103\u202c; 13605550104\u200e" }],
      },
    },
  });
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts.flatMap(({ handles }) => handles.map(({ handle }) => handle))).toEqual([
    "+13605550102",
    "+13605550103",
    "+13605550104",
    "+13605550101",
  ]);
});

test("a formula error is accepted if null_values or values contain it", async () => {
  const { diagnostics } = await createDesiredState({
    tables: {
      people: {
        key: "id",
        columns: { email: "email", name: "name", lists: { column: "list", values: { "#REF!": null } } },
        rows: [{ ...row, name: "#N/A", list: "#REF!" }],
        null_values: ["#N/A"],
      },
    },
  });
  expect(diagnostics).toEqual([]);
});

const row = { id: 1, email: "a@x.example" };

test("the errors of rows with missing cells are combined without naming a column", async () => {
  const disk = memoryDisk({
    "contacts/t.yaml": "tables: { t: { file: t.csv, key: ID, columns: { email: Email } } }\n",
    "contacts/t.csv": `ID,Email\n${[1, 2, 3, 4].join("\n")}\n`,
  });
  const { diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics).toMatchObject([
    {
      summary: "A problem occurs in 4 rows. The first is: The row has 1 cell, but the table has 2 columns",
      advice:
        "Delete the line if it is not a row, such as the footer of a report, or export the table again. Lines: 2-5.",
    },
  ]);
});

const EVEN_LINES = Array.from({ length: 41 }, (_, index) => 2 * index + 2);

test.each([
  ["as ranges", [2, 3, 4, 6, 9], "2-4, 6, 9."],
  ["up to 40 ranges", EVEN_LINES, `${EVEN_LINES.slice(0, 40).join(", ")} and more.`],
])("the advice for a problem that repeats in a column lists its lines, %s", async (_, invalidLines, expected) => {
  const emails = Array.from({ length: 90 }, (_, index) =>
    invalidLines.includes(index + 2) ? "?" : `${index}@x.example`,
  );
  const disk = memoryDisk({
    "contacts/t.yaml": "tables: { t: { file: t.csv, key: ID, columns: { email: Email } } }\n",
    "contacts/t.csv": `ID,Email\n${emails.map((email, index) => `${index},${email}\n`).join("")}`,
  });
  const { diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics).toMatchObject([{ advice: expect.stringContaining(` Lines: ${expected}`) }]);
});

test("loadDesired reports that a workbook or a directory is not a CSV file", async () => {
  const disk = memoryDisk({
    "contacts/tables.yaml":
      "tables:\n  a: { file: a, key: ID, columns: { email: E } }\n  b: { file: b.csv, key: ID, columns: { email: E } }\n",
    "contacts/a/c.csv": "ID,E\n",
    "contacts/b.csv": Buffer.from("504b030414000800080063f6a5", "hex"),
  });
  const { diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics.map(({ summary, advice }) => [summary, advice])).toEqual([
    [
      '"contacts/b.csv" is not a text file',
      "Export the table as CSV in UTF-8. In Excel, save the workbook as CSV UTF-8.",
    ],
    ['Cannot read "a" (not a regular file)', expect.stringMatching(/^Check that it is a regular file/)],
  ]);
});
