import contactsSchema from "../../schemas/contacts.schema.json" with { type: "json" };
import type { FieldDefinition, Inbox, Teammate } from "../front/api.ts";
import type { CompanyMetadata } from "./company-metadata.ts";

type Json = Readonly<Record<string, unknown>>;

/** The schema of files for any company, as editors read it. */
export function contactsSchemaText(): string {
  return `${JSON.stringify(contactsSchema, null, 2)}\n`;
}

/** Under which a schema carries the facts that it was made of, for us to read again. */
export const METADATA_KEY = "x-front-contacts";

/** The schema of files for this company: the same bytes for the same facts. */
export function companySchemaText(facts: CompanyMetadata): string {
  const { $defs, properties, $schema, description } = contactsSchema;
  const { contact, memberships } = $defs;
  const schema = {
    $schema,
    title: `Contacts of ${facts.company.name}`,
    description: `${description} Made by \`front-contacts schema --from-front\`; do not edit it.`,
    [METADATA_KEY]: { format: 1, ...facts },
    type: "object",
    additionalProperties: false,
    properties: {
      ...properties,
      custom_fields: {
        ...properties.custom_fields,
        properties: asProperties(facts.fields, ({ description: text }) => ({
          ...ref("fieldDeclaration"),
          description: text,
        })),
      },
    },
    $defs: {
      ...$defs,
      contact: {
        ...contact,
        properties: { ...contact.properties, custom_fields: fieldsSchema(contact.properties.custom_fields, facts) },
      },
      memberships: { ...memberships, items: suggesting(facts.lists.map(suggestList), memberships.items) },
    },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function ref(name: string): Json {
  return { $ref: `#/$defs/${name}` };
}

function asProperties(fields: readonly FieldDefinition[], schemaOf: (field: FieldDefinition) => Json): Json {
  return Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)]));
}

function fieldsSchema({ title, description }: Json, facts: CompanyMetadata): Json {
  return {
    title,
    description,
    type: "object",
    additionalProperties: false,
    properties: asProperties(facts.fields, (field) => ({
      title: field.name,
      description: [field.description, TYPES[field.type]?.words].filter(Boolean).join(" ") || undefined,
      ...(TYPES[field.type]?.schema(field, facts) ?? UNWRITABLE),
    })),
  };
}

/** A type that the API cannot write. */
const UNWRITABLE: Json = { description: "Fields of this type cannot be written through the API.", type: "null" };

interface TypeSchema {
  readonly words: string;
  readonly schema: (field: FieldDefinition, facts: CompanyMetadata) => Json;
}

const DATE = "^\\d{4}-\\d{2}-\\d{2}(?:[Tt ]\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:[Zz]|[+-]\\d{2}:?\\d{2}))?$";

/** By Front's types; `null` clears a field of any type. */
const TYPES: Readonly<Record<string, TypeSchema>> = {
  string: { words: "Text.", schema: () => ({ type: ["string", "null"] }) },
  boolean: { words: "true or false.", schema: () => ({ type: ["boolean", "null"] }) },
  number: { words: "A number.", schema: () => ({ type: ["number", "null"] }) },
  datetime: {
    words: "A date such as 2024-02-29, or a date-time with its zone such as 2024-02-29T09:30:00Z.",
    schema: () => ({ type: ["string", "null"], pattern: DATE }),
  },
  teammate: {
    words: "A teammate, by the email that the teammate signs in to Front with.",
    schema: (_, { teammates = [] }) =>
      suggesting(teammates.map(suggestTeammate), { type: ["string", "null"], pattern: "^[^\\s@]+@[^\\s@]+$" }),
  },
  inbox: {
    words: "An inbox, by its id.",
    schema: (_, { inboxes = [] }) =>
      suggesting(inboxes.map(suggestInbox), { type: ["string", "null"], pattern: "^inb_[a-zA-Z0-9]+$" }),
  },
  enum: {
    words: "One of its values.",
    schema: ({ values, labels }) => ({
      enum: [...values, null],
      ...(labels === undefined ? {} : { enumDescriptions: [...labels, "Clears the field."] }),
    }),
  },
};

interface Suggestion {
  readonly value: string;
  readonly meaning: string;
}

function suggestList(name: string): Suggestion {
  return { value: name, meaning: "A list that Front has." };
}

function suggestTeammate({ email, name }: Teammate): Suggestion {
  return { value: email, meaning: name };
}

function suggestInbox({ id, name }: Inbox): Suggestion {
  return { value: id, meaning: name };
}

/** Those first, and anything else of that form. */
function suggesting(suggestions: readonly Suggestion[], form: Json): Json {
  if (suggestions.length === 0) return form;
  const values = suggestions.map(({ value }) => value);
  return { anyOf: [{ enum: values, enumDescriptions: suggestions.map(({ meaning }) => meaning) }, form] };
}
