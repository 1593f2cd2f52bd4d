import type { Company, FieldDefinition, Inbox, Team, Teammate } from "./model.ts";
import { idAt, invalidValue, listOf, type Read, recordAt, textAt, textOr } from "./seed-values.ts";
import { type CompanySettings, idOf } from "./store.ts";

const DEFAULT_SETTINGS: CompanySettings = {
  company: { id: "cmp_tp1", name: "Twin Peaks Sheriff's Department" },
  teammates: [
    teammate("tea_1a", "harry", "Harry", "Truman"),
    teammate("tea_1b", "hawk", "Tommy", "Hill"),
    teammate("tea_1c", "andy", "Andy", "Brennan"),
    teammate("tea_1d", "lucy", "Lucy", "Moran"),
  ],
  inboxes: [{ id: "inb_1a", name: "Front desk" }],
  teams: [
    { id: "tim_1a", name: "Sheriff's Department" },
    { id: "tim_1b", name: "Double R Diner" },
  ],
  customFields: [
    { id: "fld_1a", name: "Job Title", description: "What the contact does", type: "string" },
    { id: "fld_1b", name: "Location", description: "Where to find the contact", type: "string" },
    { id: "fld_1c", name: "Badge Number", description: "", type: "number" },
    { id: "fld_1d", name: "On Duty", description: "", type: "boolean" },
    { id: "fld_1e", name: "Joined", description: "First day in service", type: "datetime" },
    {
      id: "fld_1f",
      name: "Clearance",
      description: "What the contact may be told",
      type: "enum",
      values: [
        { value: "public", label: "Public" },
        { value: "restricted", label: "Restricted" },
        { value: "secret", label: "Blue Rose" },
      ],
    },
    { id: "fld_1g", name: "Supervisor", description: "", type: "teammate" },
    { id: "fld_1h", name: "Inbox", description: "Where the contact's messages go", type: "inbox" },
  ],
  accountCustomFields: [],
};

function teammate(id: string, username: string, firstName: string, lastName: string) {
  return { id, username, firstName, lastName, email: `${username}@sheriff.twinpeaks.example` };
}

/** Returns the settings in a seed. Takes missing parts from the default company. */
export function readCompanySettings(seed: Readonly<Record<string, unknown>>): CompanySettings {
  const readFieldsOf: Read<FieldDefinition[]> = (value, path) =>
    readFields(value, path, seed["snapshot"] !== undefined);
  const part = <T>(key: string, read: Read<T>, fallback: T) =>
    seed[key] === undefined ? fallback : read(seed[key], key);
  return {
    company: part("company", readCompany, DEFAULT_SETTINGS.company),
    teammates: part("teammates", readWithIds("tea", readTeammate), DEFAULT_SETTINGS.teammates),
    inboxes: part("inboxes", readWithIds("inb", readIdAndName), DEFAULT_SETTINGS.inboxes),
    teams: part("teams", readTeams, DEFAULT_SETTINGS.teams),
    customFields: part("custom_fields", readFieldsOf, DEFAULT_SETTINGS.customFields),
    accountCustomFields: part("account_custom_fields", readFieldsOf, DEFAULT_SETTINGS.accountCustomFields),
  };
}

function readCompany(value: unknown, path: string): Company {
  const { id, name } = recordAt(value, path, ["id", "name"]);
  const { company } = DEFAULT_SETTINGS;
  return { id: idAt(id, `${path}.id`, "cmp") ?? company.id, name: textOr(name, `${path}.name`, company.name) };
}

/** Returns a function that reads items, and generates the IDs of items that have none. */
function readWithIds<T>(prefix: string, read: (id: string, ...args: Parameters<Read<T>>) => T): Read<T[]> {
  let serial = 36;
  const readItem: Read<T> = (item, path) => {
    serial += 1;
    const id = typeof item === "object" && item !== null && "id" in item ? item.id : undefined;
    return read(idAt(id, `${path}.id`, prefix) ?? idOf(prefix, serial), item, path);
  };
  return (value, path) => listOf(value, path, readItem);
}

function readTeammate(id: string, value: unknown, path: string): Teammate {
  const { email, username, first_name, last_name } = recordAt(value, path, [
    ...["id", "email", "username", "first_name", "last_name"],
  ]);
  const address = textAt(email, `${path}.email`);
  return {
    id,
    email: address,
    username: textOr(username, `${path}.username`, address.split("@")[0] ?? ""),
    firstName: textOr(first_name, `${path}.first_name`, ""),
    lastName: textOr(last_name, `${path}.last_name`, ""),
  };
}

function readIdAndName(id: string, value: unknown, path: string): Inbox & Team {
  const { name } = recordAt(value, path, ["id", "name"]);
  return { id, name: textAt(name, `${path}.name`) };
}

/** Reads the workspaces. At least one is required, because lists are created in the first one. */
function readTeams(value: unknown, path: string): readonly Team[] {
  const teams = readWithIds("tim", readIdAndName)(value, path);
  if (teams.length === 0) {
    throw invalidValue(path, "must contain at least one workspace", `Add one, or omit "${path}" for the default ones.`);
  }
  return teams;
}

/** Reads the definitions of custom fields. In a snapshot, duplicate names and enums without values are valid. */
function readFields(value: unknown, path: string, isFromSnapshot: boolean): FieldDefinition[] {
  const fields = readWithIds("fld", readField)(value, path);
  if (isFromSnapshot) return fields;
  const emptyEnum = fields.findIndex(({ type, values = [] }) => type === "enum" && values.length === 0);
  if (emptyEnum !== -1) throw invalidValue(`${path}[${emptyEnum}]`, "is an enum without values", 'Add "values".');
  const duplicate = fields.find(({ name }, index) => fields.findIndex((field) => field.name === name) !== index);
  if (duplicate !== undefined) {
    throw invalidValue(path, `has two fields named "${duplicate.name}"`, "Rename or remove one of them.");
  }
  return fields;
}

function readField(id: string, value: unknown, path: string): FieldDefinition {
  const { name, description, type, values } = recordAt(value, path, ["id", "name", "description", "type", "values"]);
  const field = {
    id,
    name: textAt(name, `${path}.name`),
    description: textOr(description, `${path}.description`, ""),
    type: textAt(type, `${path}.type`),
  };
  return values === undefined ? field : { ...field, values: listOf(values, `${path}.values`, readChoice) };
}

function readChoice(choice: unknown, path: string): { readonly value: string; readonly label: string } {
  if (typeof choice === "string") return { value: choice, label: choice };
  const { value, label } = recordAt(choice, path, ["value", "label"]);
  const text = textAt(value, `${path}.value`);
  return { value: text, label: textOr(label, `${path}.label`, text) };
}
