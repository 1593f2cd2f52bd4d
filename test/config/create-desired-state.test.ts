import { expect, test } from "@jest/globals";
import type { Configuration } from "../../src/config/configuration.ts";
import { createDesiredState } from "../../src/config/create-desired-state.ts";

const ada = { handles: [{ source: "email", handle: "ada@example.org" }] };

test("createDesiredState returns the desired state of an object with contacts, lists, custom fields and settings", async () => {
  const { desired, diagnostics } = await createDesiredState({
    contacts: { ada: { ...ada, name: "Ada", custom_fields: { Tier: "gold", Notes: null }, lists: ["VIP"] } },
    lists: ["VIP"],
    custom_fields: { Tier: { type: "string" }, Notes: { type: "string" } },
    settings: { company: "cmp_k30" },
  });
  expect(diagnostics).toEqual([]);
  expect(desired).toMatchObject({
    contacts: [
      { key: "ada", name: "Ada", lists: [{ name: "VIP" }], customFields: [{ value: "gold" }, { value: null }] },
    ],
    lists: [{ name: "VIP" }],
    settings: { company: "cmp_k30" },
  });
});

test("createDesiredState reports an unknown key at its location in the JSON of the object", async () => {
  const configuration = { contacts: { ada: { ...ada, nmae: "Ada" } } } as unknown as Configuration;
  const { desired, diagnostics, sources } = await createDesiredState(configuration);
  expect(desired).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code: "unknown-property", location: { file: "contacts-1.yaml" } }]);
  const line = diagnostics[0]?.location?.line ?? 0;
  expect(sources.get("contacts-1.yaml")?.split("\n")[line - 1]).toContain('"nmae"');
});

test.each<[string, Configuration]>([
  ["an empty object", {}],
  ["empty contacts", { contacts: {} }],
  ["empty contacts, accounts and tables", { contacts: {}, accounts: {}, tables: {} }],
  ["only defaults", { defaults: { lists: [] } }],
  ["only settings", { settings: {} }],
])("createDesiredState warns about %s", async (_, configuration) => {
  const { desired, diagnostics } = await createDesiredState(configuration);

  expect(diagnostics).toMatchObject([
    { severity: "warning", code: "no-contacts", summary: "The configuration contains no contacts" },
  ]);
  expect(desired?.contacts).toEqual([]);
});

test("createDesiredState accepts more contacts than a single file may contain", async () => {
  const contacts = Object.fromEntries(
    Array.from({ length: 5_001 }, (_, index) => [
      `contact-${index}`,
      { handles: [{ source: "email", handle: `c${index}@example.org` }] },
    ]),
  );
  const { desired } = await createDesiredState({ contacts });
  expect(desired?.contacts).toHaveLength(5_001);
});

test("createDesiredState reads avatars relative to the working directory", async () => {
  const { desired } = await createDesiredState({
    contacts: { ada: { ...ada, avatar: "contacts/avatars/dale-cooper.png" } },
  });
  expect(desired?.contacts[0]?.avatar).toMatchObject({ type: "image/png" });
});

const FBI = { name: "FBI", domains: ["fbi.example"], custom_fields: { Tier: "gold" } };

test("contacts refer to declared accounts by key", async () => {
  const { desired, diagnostics } = await createDesiredState({
    contacts: { ada: { ...ada, account: "fbi" } },
    accounts: { fbi: FBI },
  });
  expect(diagnostics).toEqual([]);
  expect(desired).toMatchObject({
    contacts: [{ key: "ada", account: { domain: "fbi.example" } }],
    accounts: [{ key: "fbi", name: "FBI", domains: [{ domain: "fbi.example" }], customFields: [{ value: "gold" }] }],
  });
});

const COLUMNS = {
  name: "Name",
  email: "Email",
  custom_fields: { Notes: "Notes", VIP: "VIP", Seats: "Seats" },
} as const;
const CUSTOMERS = { key: "Id", columns: COLUMNS } as const;
const FIELDS = { Notes: { type: "string" }, VIP: { type: "boolean" }, Seats: { type: "number" } };
const GRACE = { Id: 2, Name: 'Grace "G", H.', Email: "grace@x.example", Notes: "two\nlines", VIP: true, Seats: 1.5 };

test("cells of a table can contain numbers, booleans, quotation marks and line breaks", async () => {
  const { desired, diagnostics } = await createDesiredState({
    tables: {
      customers: { ...CUSTOMERS, rows: [{ Id: "1", Name: "Ada", Email: "ada@x.example", Notes: null }, GRACE] },
    },
    custom_fields: FIELDS,
  });
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts).toMatchObject([
    { key: 'customers["1"]', name: "Ada", handles: [{ handle: "ada@x.example" }] },
    {
      key: 'customers["2"]',
      name: 'Grace "G", H.',
      customFields: [{ value: "two\nlines" }, { value: "true" }, { value: "1.5" }],
    },
  ]);
});

test("rows of a CSV string and of a CSV file become contacts", async () => {
  const csv = "Id;Name;Email\n1;Ada;ada@x.example\n";
  const columns = { name: "Name", email: "Email" };
  const fromText = await createDesiredState({ tables: { customers: { key: "Id", columns, csv } } });
  expect(fromText.diagnostics).toEqual([]);
  expect(fromText.desired?.contacts).toMatchObject([{ key: 'customers["1"]', name: "Ada" }]);
  expect(fromText.sources.get("tables.customers.csv")).toBe(csv);
  const fromFile = await createDesiredState({
    tables: { exported: { key: "Customer ID", preset: "front", file: "test/exports/front.csv" } },
  });
  expect(fromFile.desired?.contacts.length).toBeGreaterThan(0);
});

test.each<[name: string, configuration: Configuration, path: string]>([
  [
    "a handle of a contact",
    { contacts: { "ada-l": { handles: [...ada.handles, { source: "e-mail", handle: "x" }] } } },
    'contacts["ada-l"].handles[1].source',
  ],
  ["a misspelled key", { contacts: { ada: { ...ada, nmae: "Ada" } } } as Configuration, "contacts.ada.nmae"],
  ["an undeclared account", { contacts: { ada: { ...ada, account: "fbi" } } }, "contacts.ada.account"],
  ["a domain of an account", { accounts: { fbi: { ...FBI, domains: ["a b"] } } }, "accounts.fbi.domains[0]"],
  ["a default", { contacts: { ada }, defaults: { links: ["x"] } }, "defaults.links[0]"],
  [
    "a cell below a cell with a line break",
    { tables: { customers: { ...CUSTOMERS, rows: [GRACE, { ...GRACE, Id: 3, Email: "no address" }] } } },
    "tables.customers.rows[1].Email",
  ],
  [
    "a cell next to a cell with a line break",
    {
      tables: { customers: { ...CUSTOMERS, rows: [GRACE, { ...GRACE, Id: 3, Email: "b@x.example", VIP: "maybe" }] } },
      custom_fields: FIELDS,
    },
    "tables.customers.rows[1].VIP",
  ],
  [
    "a missing column",
    { tables: { customers: { key: "Id", columns: { email: "Mail" }, rows: [GRACE] } } },
    "tables.customers.columns.email",
  ],
  ["a table without rows", { tables: { customers: { ...CUSTOMERS, rows: [] } } }, "tables.customers.rows"],
  [
    "a row of a CSV string",
    { tables: { customers: { key: "Id", columns: { email: "Email" }, csv: "Id,Email\n1,no address\n" } } },
    "tables.customers.csv",
  ],
])("a diagnostic about %s has the path of the value", async (_, configuration, path) => {
  const { diagnostics } = await createDesiredState(configuration);
  expect(diagnostics.map((diagnostic) => diagnostic.path)).toContain(path);
});

test("a table name that is a path is an error", async () => {
  const rows = [{ Id: 1, Email: "a@x.example" }];
  const { desired, diagnostics } = await createDesiredState({
    tables: { "../x": { key: "Id", columns: { email: "Email" }, rows } },
  });
  expect(desired).toBeUndefined();
  expect(diagnostics.map(({ path }) => path)).toEqual(['tables["../x"]']);
});

const CYCLIC: Record<string, unknown> = { ...ada };
CYCLIC["outer"] = CYCLIC;

test.each<[name: string, configuration: object | null, path: string]>([
  ["null", null, ""],
  ["a list of contacts", [ada], ""],
  ["an empty list", [], ""],
  ["a Map of contacts by key", new Map([["contacts", { ada }]]), ""],
  ["NaN", { contacts: { ada: { ...ada, custom_fields: { Seats: Number.NaN } } } }, "contacts.ada.custom_fields.Seats"],
  ["an invalid date", { defaults: { custom_fields: { Day: new Date("x") } } }, "defaults.custom_fields.Day"],
  ["a bigint", { contacts: { ada: { ...ada, custom_fields: { Seats: 10n } } } }, "contacts.ada.custom_fields.Seats"],
  ["a function", { contacts: { ada: { ...ada, name: () => "Ada" } } }, "contacts.ada.name"],
  ["a Map", { contacts: new Map([["ada", ada]]) }, "contacts"],
  ["a Set", { contacts: { ada: { ...ada, links: new Set(["https://a.example"]) } } }, "contacts.ada.links"],
  ["an object that contains itself", { contacts: { ada: CYCLIC } }, "contacts.ada.outer"],
  ["null as contacts", { contacts: null }, "contacts"],
  ["a list as contacts", { contacts: [ada] }, "contacts"],
  ["null as tables", { tables: null }, "tables"],
  ["null as a table", { tables: { customers: null } }, "tables.customers"],
  ["null as rows", { tables: { customers: { ...CUSTOMERS, rows: null } } }, "tables.customers.rows"],
  ["null as a row", { tables: { customers: { ...CUSTOMERS, rows: [GRACE, null] } } }, "tables.customers.rows[1]"],
  ["a Map as a row", { tables: { customers: { ...CUSTOMERS, rows: [new Map()] } } }, "tables.customers.rows[0]"],
  ["bytes as CSV", { tables: { customers: { ...CUSTOMERS, csv: Buffer.from("Id\n1\n") } } }, "tables.customers.csv"],
  [
    "NaN in a cell",
    { tables: { customers: { ...CUSTOMERS, rows: [{ ...GRACE, Seats: Number.NaN }] } } },
    "tables.customers.rows[0].Seats",
  ],
  [
    "an object in a cell",
    { tables: { customers: { ...CUSTOMERS, rows: [{ ...GRACE, Name: { first: "Grace" } }] } } },
    "tables.customers.rows[0].Name",
  ],
  [
    "an unpaired surrogate in a cell",
    { tables: { customers: { ...CUSTOMERS, rows: [{ ...GRACE, Name: "Grace \ud83d" }] } } },
    "tables.customers.rows[0].Name",
  ],
])("%s is an error with the path of the value", async (_, configuration, path) => {
  const { desired, diagnostics } = await createDesiredState(configuration as Configuration);
  expect(desired).toBeUndefined();
  expect(diagnostics).toEqual([expect.objectContaining({ severity: "error", path })]);
});

test("an invalid date in a contact or a row is not reported as a number", async () => {
  const day = new Date("x");
  const { diagnostics } = await createDesiredState({
    contacts: { ada: { ...ada, custom_fields: { Notes: day } } },
    tables: { customers: { ...CUSTOMERS, rows: [{ ...GRACE, Notes: day }] } },
  } as unknown as Configuration);
  const problem = { summary: "The date is invalid", advice: "Use a valid Date, or null for no value." };
  expect(diagnostics).toMatchObject([problem, problem]);
});

test("a date in a contact or a row is converted to JSON, and the key of a row may be a bigint", async () => {
  const day = new Date(0);
  const { desired, diagnostics } = await createDesiredState({
    contacts: { ada: { ...ada, custom_fields: { Notes: day } } },
    tables: { customers: { ...CUSTOMERS, rows: [{ ...GRACE, Id: 2n, Notes: day }] } },
    custom_fields: FIELDS,
  } as unknown as Configuration);
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts).toMatchObject([
    { key: 'customers["2"]', customFields: [{ value: "1970-01-01T00:00:00.000Z" }, {}, {}] },
    { key: "ada", customFields: [{ value: "1970-01-01T00:00:00.000Z" }] },
  ]);
});

test("a column with the name of an inherited property is empty in rows without it", async () => {
  const columns = { name: "constructor", email: "Email" };
  const rows = [{ Id: 1, Email: "a@x.example", constructor: "Ann" } as never, { Id: 2, Email: "b@x.example" }];
  const { desired } = await createDesiredState({ tables: { people: { key: "Id", columns, rows } } });
  expect(desired?.contacts.map(({ name }) => name)).toEqual(["Ann", undefined]);
});

test("undefined properties of a table are ignored", async () => {
  const table = { key: "Id", columns: { email: "Email" }, rows: [{ Id: 1, Email: "a@x.example" }], csv: undefined };
  const { desired } = await createDesiredState({ tables: { people: table } } as unknown as Configuration);
  expect(desired?.contacts).toHaveLength(1);
});

test("createDesiredState accepts contacts that are too large for a single file", async () => {
  const contacts = Object.fromEntries(
    Array.from({ length: 450 }, (_, index) => [
      `contact-${index}`,
      { handles: [{ source: "email", handle: `c${index}@example.org` }], description: "é".repeat(4900) },
    ]),
  );
  const { desired, diagnostics } = await createDesiredState({ contacts });
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts).toHaveLength(450);
});

test.each([
  ["0049 151 12345678", undefined, 'If 00 is the international prefix, write +: "+49 151 12345678".'],
  ["0049 151 12345678", "US", 'If 00 is the international prefix, write +: "+49 151 12345678".'],
  [
    "360 555 0123",
    undefined,
    'Write it with + and its country code, such as "+13605550123", or set settings.phone_country. If Front adds a country code, later plans report an error and skip an entry whose only handles are numbers without a country code.',
  ],
])("createDesiredState advises how to write the phone number %s (country: %s)", async (handle, country, advice) => {
  const { diagnostics } = await createDesiredState({
    settings: country === undefined ? {} : { phone_country: country },
    contacts: { max: { handles: [{ source: "phone", handle }] } },
  });
  expect(diagnostics).toMatchObject([{ severity: "warning", code: "phone-without-country", advice }]);
});

test("createDesiredState reports paths outside the working directory", async () => {
  const { diagnostics } = await createDesiredState({
    contacts: { ada: { ...ada, avatar: "../ada.png" } },
    tables: { crm: { key: "ID", file: "../crm.csv", columns: { email: "Email" } } },
  });
  expect(diagnostics.map(({ summary, advice }) => [summary, advice])).toEqual([
    [
      '"../crm.csv" is not a relative path inside the working directory',
      "Copy the table into the working directory if it is elsewhere, and use a relative path.",
    ],
    [
      '"../ada.png" is outside the working directory',
      "Copy the picture into the working directory, so that it is reviewed together with the configuration.",
    ],
  ]);
});
