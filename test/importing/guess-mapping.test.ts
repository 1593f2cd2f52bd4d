import { expect, test } from "@jest/globals";
import { parseCsv } from "../../src/csv/read-csv.ts";
import { guessMapping, type MappingGuess } from "../../src/importing/guess-mapping.ts";

const OWNERS = Array.from({ length: 12 }, (_, index) => `${index},c${index}@x.example,owner${index % 2}@us.example\n`);

/** Columns about other people or the company, with parts of phone numbers, or with a keyword inside another word. */
const UNRELATED_COLUMNS = `Email,Owner Email,Assistant's Phone,Telefon Firma,Phonetic Name,Referrer Email,Spouse Phone,Sales Rep Email,\
E-Mail Betreuer,Phone Country Code,Telefon Vorwahl,Phone Calls,Canceled,Telegram,LinkedIn Connections,Company Email,\
Company Phone,Email (from Company)
a@x.example,o@us.example,+13605550101,+13605550100,Ei da,r@x.example,+13605550101,s@us.example,\
b@us.example,+420,0171,123,no,ada,500,x@x.example,\
+13605550100,x@x.example
`;

const OTHER_PEOPLE_COLUMNS = [
  ...["Partner Email", "Spouse Email", "Parent 1 Email", "Mother's Email", "Father E-mail", "Guardian Email"],
  ...[
    "Referrer Email",
    "Friend's email",
    "Invited By Email",
    "E-Mail Ehepartner",
    "Eltern E-Mail",
    "Courriel conjoint",
  ],
];

test.each<readonly [table: string, csv: string, guess: Partial<MappingGuess>]>([
  [
    "in French",
    "Prénom,Nom,Adresse de messagerie,Télécopie,Tél. mobile\nRené,Dupont,a@x.example,+3311,+33 6 12 34 56 78\n",
    { mapping: "name=Prénom,name=Nom,email=Adresse de messagerie,phone=Tél. mobile" },
  ],
  [
    "with the last name in a column Name",
    "Name;Vorname;E-Mail\nGroß;Jo;jo@x.example\n",
    { mapping: "name=Vorname,name=Name,email=E-Mail" },
  ],
  [
    "in which a last name contains the first name",
    "Vorname;Name;E-Mail\nPeter;Peters;a@x.example\nJo;Groß;b@x.example\nUwe;Kohl;c@x.example\n",
    { mapping: "name=Vorname,name=Name,email=E-Mail" },
  ],
  ["from Intercom", "Name,Email,Twitter Followers\nAda,a@x.example,120\n", { mapping: "name=Name,email=Email" }],
  ["with columns that are not values of the contact", UNRELATED_COLUMNS, { mapping: "email=Email" }],
  [
    "with handles of relatives, partners and colleagues, but also of a contact person",
    `Ansprechpartner E-Mail,Private Rufnummer,${OTHER_PEOPLE_COLUMNS.join(",")}\na@x.example,+13605550101${",b@x.example".repeat(OTHER_PEOPLE_COLUMNS.length)}\n`,
    { mapping: "email=Ansprechpartner E-Mail,phone=Private Rufnummer", unmapped: OTHER_PEOPLE_COLUMNS },
  ],
  [
    "with slashes after area codes, which do not separate phone numbers",
    "Name,Phone\nA,+49 171 1234567 / +49 30 12345678\nB,0171/1234567\n",
    { columns: { name: "Name", phone: "Phone" }, separator: undefined },
  ],
  [
    "with a separator of phone numbers in the names of lists",
    "Phone,Tags\n+13605550101 / +13605550102,Sales/Marketing\n",
    { columns: { phone: { column: "Phone", separator: "/" }, lists: "Tags" }, splitsCells: true, separator: undefined },
  ],
  [
    "with a column that repeats a few email addresses",
    `ID,Contact,Owner\n${OWNERS.join("")}`,
    { key: "ID", columns: { email: "Contact" }, unmapped: ["Owner"] },
  ],
  [
    "from Outlook in German",
    "Vorname;E-Mail-Adresse;E-Mail-Typ;E-Mail: Angezeigter Name;E-Mail 2: Format\nJo;j@x.example;SMTP;Jo (j@x.example);0\n",
    { mapping: "name=Vorname,email=E-Mail-Adresse" },
  ],
  [
    "from Pipedrive",
    "Person - ID,Person - Name,Person - Email - Work,Person - Phone - Work,Organization - Name\n1,Ada,,,Analytical Engines\n",
    {
      mapping: "name=Person - Name,email=Person - Email - Work,phone=Person - Phone - Work",
      unmapped: ["Organization - Name"],
    },
  ],
])("guessMapping guesses the mapping of a table %s", (_, csv, expected) => {
  const guess = guessMapping(parseCsv(csv));
  for (const [property, value] of Object.entries(expected))
    expect(guess?.[property as keyof MappingGuess]).toEqual(value);
});

test("a guess compares the names in a row once, not once for each column of names", () => {
  const firstNames = ["First Name", "First-Name", "First_Name", "first name", "First name", "FirstName"];
  const countReads = (columnCount: number) => {
    const header = ["Email", "Name", ...firstNames.slice(0, columnCount)];
    let readCount = 0;
    const row = {
      line: 2,
      get cells() {
        readCount += 1;
        return header.map(() => "a@x.example");
      },
    };
    guessMapping({ header, rows: [row] });
    return readCount;
  };
  // Each further column is read to guess its kind and its separator.
  expect(countReads(6) - countReads(2)).toBeLessThanOrEqual(4 * 2);
});
