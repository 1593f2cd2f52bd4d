import { stringify } from "yaml";

type Schema = Readonly<Record<string, unknown>>;

/** The parts of the reference: a heading, the path of a schema, and the location of such values in a file. */
const PARTS: readonly (readonly [heading: string, pointer: string, where: string])[] = [
  ["A file", "", "At the top of a file."],
  ["A contact", "$defs/contact", "Under `contacts:`, below the contact's key."],
  ["A handle", "$defs/handle", "In a contact's `handles:`."],
  ["An account of a contact", "$defs/account", "A contact's `account:`, instead of a key under `accounts:`."],
  [
    "An account",
    "$defs/declaredAccount",
    "Under `accounts:`, below the account's key. See [accounts.md](accounts.md).",
  ],
  ["A list by its id", "$defs/memberships/items", "In a contact's `lists:`, instead of a name."],
  [
    "A custom field's declaration",
    "$defs/fieldDeclaration",
    "Under `custom_fields:` at the top of a file, below the field's name.",
  ],
  [
    "Defaults",
    "$defs/defaults",
    "Under `defaults:` in a file named `defaults.yaml`. See [format.md](format.md#defaults).",
  ],
  [
    "A contact list",
    "$defs/listDeclaration",
    "Under `lists:` at the top of a file, below the list's name. See [lists.md](lists.md).",
  ],
  ["A table", "$defs/table", "Under `tables:`, below the table's name. See [tables.md](tables.md)."],
  ["The columns of a table", "$defs/table/properties/columns", "A table's `columns:`."],
  ["A column of text", "$defs/textColumn", "Instead of the name of a column, for `name` or `description`."],
  [
    "A column of values",
    "$defs/valueColumn",
    "Instead of the name of a column, for `email`, `links`, `lists` and so on.",
  ],
  ["A column of phone numbers", "$defs/phoneColumn", "Instead of the name of a column, for `phone`."],
  ["A column of accounts", "$defs/accountColumn", "Instead of the name of a column, for `account`."],
  ["A column of a custom field", "$defs/fieldColumn", "Instead of the name of a column, in `custom_fields`."],
  ["Settings", "$defs/settings", "Under `settings:`."],
  ["Guards", "$defs/settings/properties/guards", "Under `guards:` in the settings."],
];

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  object: "map",
  array: "list",
  integer: "whole number",
  null: "null",
  boolean: "true or false",
};

/** The meaning of each code, by area. */
type Codes = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Returns the reference in Markdown: the keys of the schema, and the codes of errors and warnings. */
export function renderReference(schema: Schema, codes: Codes): string {
  const parts = PARTS.map(([heading, pointer, where]) => renderPart(schema, heading, schemaAt(schema, pointer), where));
  return [HEAD, ...parts, renderCodes(codes)].join("\n");
}

const HEAD = `<!-- Generated from schemas/contacts.schema.json and src/model/diagnostic-codes.ts by \`npm run docs\`; edit those files. -->

# Reference

This page lists every key of the configuration files and every [code](#codes) of errors and warnings. For an introduction
to the configuration files, see [format.md](format.md).
`;

function renderCodes(codes: Codes): string {
  const areas = Object.entries(codes).map(([area, meanings]) => {
    const rows = Object.entries(meanings).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
    return `### ${area}

| Code | Meaning |
|---|---|
${rows.join("\n")}
`;
  });
  return `## Codes

With \`--json\`, each error and warning has a code. Codes do not change between versions; messages may.

${areas.join("\n")}`;
}

function schemaAt(schema: Schema, pointer: string): Schema {
  const names = pointer.split("/").filter((name) => name !== "");
  return names.reduce<Schema>((part, name) => part[name] as Schema, schema);
}

function renderPart(root: Schema, heading: string, schema: Schema, where: string): string {
  const required = (schema["required"] ?? []) as readonly string[];
  const properties = Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Schema>>);
  const rows = properties.map(([name, property]) => {
    const whole = resolveReference(root, property);
    const key = `\`${name}\`${required.includes(name) ? " (required)" : ""}`;
    return `| ${key} | ${typeOf(root, whole)} | ${descriptionOf(whole)} | ${exampleOf(whole)} |`;
  });
  return `## ${heading}

${[where, escapeCell(schema["description"])].filter(Boolean).join(" ")}

| Key | Value | Description | Example |
|---|---|---|---|
${rows.join("\n")}
`;
}

/**
 * Follows a `$ref`. Keywords beside it take precedence over those of its target. A `$ref` is in an
 * `allOf` where editors have to show such keywords.
 */
function resolveReference(root: Schema, schema: Schema): Schema {
  const [part] = (schema["allOf"] ?? []) as Schema[];
  const reference = schema["$ref"] ?? part?.["$ref"];
  if (typeof reference !== "string") return schema;
  return { ...resolveReference(root, schemaAt(root, reference.slice(2))), ...schema };
}

function typeOf(root: Schema, schema: Schema): string {
  const { enum: choices, type, items, maxItems, then: arraySchema, else: singleSchema } = schema;
  if ((arraySchema as Schema | undefined)?.["type"] === "array")
    return `${typeOf(root, resolveReference(root, singleSchema as Schema))}, or a ${typeOf(root, arraySchema as Schema)}`;
  if (Array.isArray(choices)) return choices.map((choice) => `\`${escapeChoice(String(choice))}\``).join(", ");
  const types = [type].flat().map((name) => TYPES[String(name)] ?? String(name));
  const entry =
    items === undefined ? "" : ` of ${typeOf(root, resolveReference(root, items as Schema)).replace("map", "maps")}`;
  return `${types.join(" or ")}${entry}${maxItems === undefined ? "" : `, at most ${String(maxItems)}`}`;
}

/** Escapes bars, which would end the cell, and tabs, which are invisible. */
function escapeChoice(choice: string): string {
  return choice.replaceAll("|", "\\|").replaceAll("\t", "\\t");
}

function descriptionOf({ description, patternErrorMessage, deprecated }: Schema): string {
  return [deprecated === true ? "**Deprecated.**" : "", escapeCell(description), escapeCell(patternErrorMessage)]
    .filter(Boolean)
    .join(" ");
}

function exampleOf({ examples }: Schema): string {
  const [first] = (examples ?? []) as readonly unknown[];
  if (first === undefined) return "";
  const text = stringify(first, { collectionStyle: "flow", flowCollectionPadding: true, lineWidth: 0 });
  const canonical = text.trim().replaceAll("[ ", "[").replaceAll(" ]", "]");
  return `\`${canonical.replaceAll("|", "\\|")}\``;
}

function escapeCell(text: unknown): string {
  return typeof text === "string" ? text.replaceAll("|", "\\|") : "";
}
