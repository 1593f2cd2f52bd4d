import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { loadDesired } from "../../src/config/load-desired-state.ts";
import { decodeTable } from "../../src/csv/decode-table.ts";
import { importCsv } from "../../src/importing/from-csv.ts";
import type { DesiredContact } from "../../src/model/contact.ts";
import { ImportDirectory } from "../support/import-directory.ts";
import { memoryDisk } from "../support/memory-disk.ts";

/** Reads an export with the encoding, line endings, quoting and columns that the exporting program uses. */
function readExport(name: string): Buffer {
  return readFileSync(new URL(`../exports/${name}.csv`, import.meta.url));
}

type Case = [file: string, preset: string, country: string, contacts: readonly string[]];

function summarize({ name, handles, links = [], lists = [], description, customFields = [] }: DesiredContact): string {
  const parts = [
    name,
    handles.map(({ handle }) => handle).join(" "),
    links.join(" "),
    lists.map((list) => ("name" in list ? list.name : list.id)).join(","),
    JSON.stringify(description ?? ""),
    customFields
      .filter(({ name }) => name !== "Customer ID")
      .map((field) => `${field.name}=${field.value}`)
      .join(","),
  ];
  return parts.join("|");
}

const CASES: readonly Case[] = [
  [
    "google",
    "google",
    "US",
    [
      'Dale Bartholomew Cooper|dale.cooper@fbi.example cooper@twinpeaks.example +13605550123|http://fbi.example/cooper|Friends|"Drinks coffee:\\nblack"|',
      '太郎 山田|taro@yamada.example +81312345678 +819012345678|||""|',
      'Double R Diner|+13605550177|https://doubler.example/menu||""|',
      'Dr. Аркадий Иванов|arkady@ivanov.example||Friends,Suppliers|""|',
    ],
  ],
  [
    "google-old",
    "google",
    "US",
    [
      'Audrey Horne|audrey@horne.example audrey@greatnorthern.example desk@greatnorthern.example +13605550191|http://www.google.example/profiles/1|Hotel|"Daughter of Ben"|',
      'Zoë Müller|zoe@mueller.example|||""|',
      'Log Lady|+442079460958|||""|',
    ],
  ],
  [
    "outlook",
    "outlook",
    "DE",
    [
      'Dr. Jürgen Groß|juergen@gross.example j.gross@privat.example +4930901821 +491711234567|https://gross.example|Kunden,VIP|"Ruft freitags an.\\nNicht vor 10 Uhr."|',
      'Élodie Lefèvre|elodie@lefevre.example +33170189900|||""|',
      'Café Zentral|+4930901855 +4930901856||Kunden|""|',
    ],
  ],
  [
    "outlook-de",
    "outlook",
    "DE",
    [
      'Dr. Jürgen Karl Groß|juergen@gross.example j.gross@privat.example +4930901821 +4930901822 +491711234567|http://gross.example|Kunden,VIP|"Ruft freitags an – immer."|',
      'Élodie Lefèvre|elodie@lefevre.example +33170189900|||""|',
      'Café Zentral|+4930901855|||""|',
    ],
  ],
  [
    "outlook-fr",
    "outlook",
    "FR",
    [
      'René Dupont|rene@dupont.example +33170189900 +33612345678|https://dupont.example|Friends|"Appelle le lundi"|',
      'Zoé Girard|+33170189902|||""|',
    ],
  ],
  [
    "hubspot",
    "hubspot",
    "US",
    [
      'Norma Jennings|norma@doubler.example n.jennings@doubler.example norma@home.example +13605550177 +13605550178 @normaj|https://doubler.example||""|',
      '李 雷|lilei@example.example|||""|',
      'Shelly Johnson|+13605550189|||""|',
    ],
  ],
  [
    "salesforce",
    "salesforce",
    "US",
    [
      'Ms. Catherine Martell|catherine@packard.example +13605550150 +13605550151|||"Prefers “formal” letters – always"|',
      'José Núñez|jose@packard.example +34612345678|||""|',
      'Opted Out|out@packard.example|||""|',
    ],
  ],
  [
    "front",
    "front",
    "US",
    [
      'Harry Truman|harry@sheriff.example harry@home.example +13605550101 @sheriff|https://sheriff.example|VIPs,Police|"Sheriff of Twin Peaks"|Job Title=Sheriff',
      'ボブ|bob@lodge.example|||""|',
      'Lucy Moran|+13605550102||Police|"Line one\\nLine two"|Job Title=Receptionist',
    ],
  ],
];

/** Returns an export with an additional key column, because exports of address books have no key. */
function withKey(file: string): string {
  const text = decodeTable(readExport(file))?.text ?? "";
  const rows = text.trimEnd().split(/\n(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  return rows.map((row, index) => `${row},${index === 0 ? "ROW" : `R-${index}`}\n`).join("");
}

test.each(CASES)("loadDesired reads the export %s as a table", async (file, preset, country, contacts) => {
  const yaml = `custom_fields: { Job Title: { type: string }, Customer ID: { type: string } }
lists: [Friends, Suppliers, Hotel, Kunden, VIP, VIPs, Police]
tables: { people: { preset: ${preset}, file: people.csv, key: ROW, country: ${country} } }
`;
  const disk = memoryDisk({ "contacts/tables.yaml": yaml, "contacts/people.csv": withKey(file) });
  const { desired, diagnostics } = await loadDesired("contacts", { disk });
  expect(diagnostics.filter(({ code }) => code !== "phone-extension")).toEqual([]);
  expect(desired?.contacts.map(summarize)).toEqual(contacts);
});

test.each(CASES)("importCsv recognizes and imports the export %s", async (file, preset, country, contacts) => {
  using directory = new ImportDirectory();
  directory.write("contacts/settings.yaml", `settings: { phone_country: ${country} }\n`);
  const { text = "" } = decodeTable(readExport(file)) ?? {};
  const target = { ...(await directory.target()), declareLists: true };
  const result = await importCsv(target, { text, mappings: [] });
  expect(result).toMatchObject({ invalidRows: [], recognized: { name: preset }, created: contacts.length });
  const { desired } = await loadDesired("contacts", { cwd: directory.path });
  expect(desired?.contacts.map(summarize)).toEqual(contacts);
});

test("importCsv imports all email addresses and phone numbers of an export from Zoho", async () => {
  using directory = new ImportDirectory();
  const header = "Record Id,Contact Owner,First Name,Last Name,Account Name,Email,Phone,Mobile,Secondary Email";
  const text = `${header}\nzcrm_1,Bo,Ada,King,Mill,a@x.example,+13605550101,+13605550102,b@x.example\n`;
  const result = await importCsv({ ...(await directory.target()), declareLists: true }, { text, mappings: [] });
  expect(result).toMatchObject({ unmappedColumns: ["Record Id", "Contact Owner", "Account Name"], created: 1 });
  const { desired } = await loadDesired("contacts", { cwd: directory.path });
  expect(desired?.contacts.map(summarize)).toEqual([
    'Ada King|a@x.example b@x.example +13605550101 +13605550102|||""|',
  ]);
});

test("with the preset front, a custom field column can have any name", async () => {
  const names = ["constructor", "__proto__", "toString"];
  const yaml = `custom_fields: { ${names.map((name) => `${name}: { type: string }`).join(", ")} }
tables: { people: { preset: front, file: people.csv, key: email } }
`;
  const csv = `email,${names.join(",")}\na@x.example,x,y,z\n`;
  const { desired, diagnostics } = await loadDesired("contacts", {
    disk: memoryDisk({ "contacts/tables.yaml": yaml, "contacts/people.csv": csv }),
  });
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts[0]?.customFields?.map(({ name }) => name)).toEqual(names);
});

test("the preset front reads lists from the former group columns, and does not read a custom field from the former team column", async () => {
  const yaml = `lists: [VIP, Old, New]
tables: { people: { preset: front, file: people.csv, key: email } }
`;
  const csv = "email,group,group2,groups,team,City\na@x.example,VIP,Old,New,Support,Rome\n";
  const { desired, diagnostics } = await loadDesired("contacts", {
    disk: memoryDisk({ "contacts/tables.yaml": yaml, "contacts/people.csv": csv }),
  });
  expect(diagnostics).toEqual([]);
  expect(desired?.contacts.map(summarize)).toEqual(['|a@x.example||VIP,Old,New|""|City=Rome']);
});
