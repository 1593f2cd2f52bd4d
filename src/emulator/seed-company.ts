import type { Company, FieldDefinition, Inbox, Team, Teammate } from "./model.ts";
import { idAt, listOf, type Read, recordAt, SeedError, textAt, textOr } from "./seed-values.ts";
import { type CompanySettings, idOf } from "./store.ts";

/** The company without a seed: everything that a contact may refer to, and no contact. */
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
      ...{ id: "fld_1f", name: "Clearance", description: "What the contact may be told", type: "enum" },
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

/** Reads the settings that the API cannot change. Uses the default company's for a part that the seed omits. */
export function readCompanySettings(seed: Readonly<Record<string, unknown>>): CompanySettings {
  const isCopy = seed["snapshot"] !== undefined;
  const fields = (at: string) => readFields(seed[at], at, isCopy);
  const part = <T>(key: string, read: (at: string) => T, otherwise: T): T =>
    seed[key] === undefined ? otherwise : read(key);
  return {
    company: part("company", (at) => readCompany(seed[at], at), DEFAULT_SETTINGS.company),
    teammates: part("teammates", (at) => withIds(seed[at], at, "tea", readTeammate), DEFAULT_SETTINGS.teammates),
    inboxes: part("inboxes", (at) => withIds(seed[at], at, "inb", readInbox), DEFAULT_SETTINGS.inboxes),
    teams: part("teams", (at) => readTeams(seed[at], at), DEFAULT_SETTINGS.teams),
    customFields: part("custom_fields", fields, DEFAULT_SETTINGS.customFields),
    accountCustomFields: fields("account_custom_fields"),
  };
}

function readCompany(value: unknown, at: string): Company {
  const { id, name } = recordAt(value, at, ["id", "name"]);
  const { company } = DEFAULT_SETTINGS;
  return { id: idAt(id, `${at}.id`, "cmp") ?? company.id, name: textOr(name, `${at}.name`, company.name) };
}

/** Reads a list. Items without an id get the next one. */
function withIds<T>(value: unknown, at: string, prefix: string, read: (id: string, ...args: Parameters<Read<T>>) => T) {
  let serial = 36;
  return listOf(value, at, (item, place) => {
    serial += 1;
    const given = typeof item === "object" && item !== null && "id" in item ? item.id : undefined;
    return read(idAt(given, `${place}.id`, prefix) ?? idOf(prefix, serial), item, place);
  });
}

function readTeammate(id: string, value: unknown, at: string): Teammate {
  const { email, username, first_name, last_name } = recordAt(value, at, [
    ...["id", "email", "username", "first_name", "last_name"],
  ]);
  const address = textAt(email, `${at}.email`);
  return {
    id,
    email: address,
    username: textOr(username, `${at}.username`, address.split("@")[0] ?? ""),
    firstName: textOr(first_name, `${at}.first_name`, ""),
    lastName: textOr(last_name, `${at}.last_name`, ""),
  };
}

function readInbox(id: string, value: unknown, at: string): Inbox {
  const { name } = recordAt(value, at, ["id", "name"]);
  return { id, name: textAt(name, `${at}.name`) };
}

/** Reads the workspaces. Lists are created in the first one. */
function readTeams(value: unknown, at: string): readonly Team[] {
  const teams = withIds(value, at, "tim", readInbox);
  if (teams.length === 0) throw new SeedError(`${at} must have a workspace.`, at);
  return teams;
}

/** Reads field definitions. Those of a copy are not validated. */
function readFields(value: unknown, at: string, isCopy: boolean): FieldDefinition[] {
  const fields = withIds(value, at, "fld", readField);
  if (isCopy) return fields;
  for (const [index, { type, values = [] }] of fields.entries()) {
    const place = `${at}[${index}]`;
    if (type === "enum" && values.length === 0) throw new SeedError(`${place} is an enum and needs values.`, place);
  }
  const twice = fields.find(({ name }, index) => fields.findIndex((field) => field.name === name) !== index);
  if (twice !== undefined) throw new SeedError(`${at} has two fields named "${twice.name}".`, at);
  return fields;
}

function readField(id: string, value: unknown, at: string): FieldDefinition {
  const { name, description, type, values } = recordAt(value, at, ["id", "name", "description", "type", "values"]);
  const field = {
    id,
    name: textAt(name, `${at}.name`),
    description: textOr(description, `${at}.description`, ""),
    type: textAt(type, `${at}.type`),
  };
  const choices = listOf(values, `${at}.values`, readChoice);
  return values === undefined ? field : { ...field, values: choices };
}

/** Reads a value of an enum, with an optional label. */
function readChoice(choice: unknown, at: string): { readonly value: string; readonly label: string } {
  if (typeof choice === "string") return { value: choice, label: choice };
  const { value, label } = recordAt(choice, at, ["value", "label"]);
  const text = textAt(value, `${at}.value`);
  return { value: text, label: textOr(label, `${at}.label`, text) };
}
