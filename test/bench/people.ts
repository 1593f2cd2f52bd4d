import type { Seed, SeedContact } from "../../src/emulator/index.ts";

/** A contact for configuration files, emulator seeds and the plain script. */
export interface Person {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly handles: readonly { readonly source: string; readonly handle: string }[];
  readonly links: readonly string[];
  readonly lists: readonly string[];
  readonly customFields: Readonly<Record<string, string>>;
  /** A path, relative to the file that declares the contact. */
  readonly avatar?: string;
}

const NAMES = ["Dale", "Laura", "Audrey", "Harry", "Norma", "Shelly", "Bobby", "Lucy", "Andy", "Josie"];
const TITLES = ["Agent", "Sheriff", "Owner", "Deputy", "Doctor", "Waitress"];

export function people(count: number, overrides: Partial<Person> = {}): Person[] {
  return Array.from({ length: count }, (_, index) => ({ ...person(index), ...overrides }));
}

function person(index: number): Person {
  const name = NAMES[index % NAMES.length] ?? "";
  const title = TITLES[index % TITLES.length] ?? "";
  return {
    key: `person-${index}`,
    name: `${name} Number ${index}`,
    description: `${title} of the town, known to everybody there: entry ${index} of the directory.`,
    handles: [
      { source: "email", handle: `${name.toLowerCase()}.${index}@twin-peaks.example` },
      { source: "phone", handle: `+1360${String(5_000_000 + index)}` },
    ],
    links: [`https://twin-peaks.example/people/${index}`],
    lists: ["Townspeople"],
    customFields: { "Job Title": title, Location: `House ${index}, Twin Peaks, Washington` },
  };
}

function yamlOf(contacts: readonly Person[], lists: readonly string[]): string {
  const declared = lists.length === 0 ? "" : `lists:\n${lists.map((name) => `  - ${name}\n`).join("")}\n`;
  return `${declared}contacts:\n${contacts.map(entryOf).join("\n")}`;
}

function entryOf({ key, name, description, handles, links, lists, customFields, avatar }: Person): string {
  const lines = [
    `${key}:`,
    `  name: ${name}`,
    ...(description === "" ? [] : [`  description: ${JSON.stringify(description)}`]),
    "  handles:",
    ...handles.map(({ source, handle }) => `    - { source: ${source}, handle: ${JSON.stringify(handle)} }`),
    ...(links.length === 0 ? [] : ["  links:", ...links.map((link) => `    - ${link}`)]),
    ...(lists.length === 0 ? [] : [`  lists: [${lists.join(", ")}]`]),
    ...fieldLines(customFields),
    ...(avatar === undefined ? [] : [`  avatar: ${avatar}`]),
  ];
  return lines.map((line) => `  ${line}\n`).join("");
}

function fieldLines(fields: Person["customFields"]): string[] {
  const lines = Object.entries(fields).map(([name, value]) => `    ${name}: ${value}`);
  return lines.length === 0 ? [] : ["  custom_fields:", ...lines];
}

/** Returns files with `perFile` contacts each, by path relative to the contacts directory. */
export function filesOf(
  contacts: readonly Person[],
  perFile: number,
  lists: readonly string[] = [],
): Map<string, string> {
  const files = new Map<string, string>();
  for (let from = 0; from < contacts.length; from += perFile) {
    const path = perFile === 1 ? `${contacts[from]?.key}.yaml` : `people-${from / perFile}.yaml`;
    files.set(path, yamlOf(contacts.slice(from, from + perFile), from === 0 ? lists : []));
  }
  return files;
}

const COLUMNS = ["Name", "Description", "Email", "Phone", "Link", "List", "Job Title", "Location"];

/** Returns a table with the contacts as rows, and its declaration, by path. */
export function tableOf(contacts: readonly Person[], lists: readonly string[] = []): Map<string, string> {
  const rows = contacts.map(({ key, name, description, handles, links, lists: memberOf, customFields }) => {
    const [email, phone] = handles;
    const cells = [
      key,
      name,
      description,
      email?.handle,
      phone?.handle,
      links[0],
      memberOf[0],
      ...Object.values(customFields),
    ];
    return cells.map((cell = "") => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");
  });
  const [name, description, email, phone, links, list, ...fields] = COLUMNS;
  const columns = { name, description, email, phone, links, lists: list };
  const table = {
    file: "people.csv",
    key: "ID",
    columns: { ...columns, custom_fields: Object.fromEntries(fields.map((field) => [field, field])) },
  };
  return new Map([
    ["people.csv", `ID,${COLUMNS.join(",")}\n${rows.join("\n")}\n`],
    ["tables.yaml", `lists: ${JSON.stringify(lists)}\ntables:\n  people: ${JSON.stringify(table)}\n`],
  ]);
}

/** Seconds since the epoch, long ago, so that listings of recent changes do not include these contacts. */
const LONG_AGO = 1_600_000_000;

/** Returns a company with these contacts, without pictures. */
export function companyOf(contacts: readonly Person[], lists: readonly string[]): Seed {
  return { lists, contacts: contacts.map(seedContactOf) };
}

function seedContactOf({ name, description, handles, links, lists, customFields }: Person, index: number): SeedContact {
  const at = LONG_AGO + index;
  const times = { created_at: at, updated_at: at };
  return { name, description, handles, links, lists, custom_fields: customFields, ...times };
}
