import type { FieldDefinition } from "../front/api.ts";
import {
  type ConfigValue,
  type DeclaredField,
  FIELD_TYPES,
  type FieldType,
  type FieldValue,
  type List,
  type RemoteContact,
} from "../model/contact.ts";
import { formatDatetime } from "../model/field-values.ts";
import {
  ABSENT_LIST_REASON,
  checkText,
  type Entry,
  EntryBuilder,
  type ImportWarning,
  withoutCarriageReturns,
} from "./entry.ts";

export interface ConvertedContact {
  /** Undefined if the whole contact is skipped. */
  readonly entry?: Entry;
  /** Properties with a value in Front that a file cannot contain, as in `EntryProblem`. */
  readonly omitted: ReadonlySet<string>;
  readonly warnings: readonly ImportWarning[];
}

/** `fields` and `lists` are those of the company; `declaredFields` and `absentLists` are from the configuration. */
export interface ConversionContext {
  readonly fields: readonly FieldDefinition[];
  readonly lists: readonly List[];
  readonly declaredFields: ReadonlyMap<string, DeclaredField>;
  readonly absentLists: ReadonlySet<string>;
}

export function labelOf({ name, handles, id }: Pick<RemoteContact, "name" | "handles" | "id">): string {
  const [first] = handles;
  return [name ?? first?.handle, id].filter((part) => part !== undefined && part !== "").join(", ");
}

/** Converts a contact in Front to an entry with every value that a file can contain, except its account and picture. */
export function convertContact(remote: RemoteContact, context: ConversionContext): ConvertedContact {
  const builder = new EntryBuilder(context.declaredFields);
  for (const handle of remote.handles) builder.addHandle(handle);
  builder.setName(remote.name ?? "");
  builder.setDescription(remote.description);
  for (const link of remote.links) builder.addLink(link);
  for (const list of remote.lists) addList(builder, list, context);
  for (const [name, value] of remote.customFields) addField(builder, name, value, context.fields);
  const entry = builder.build();
  const label = labelOf(remote);
  const omitted = new Set(builder.problems.map(({ property }) => property));
  const warnings = builder.problems.map(({ property, text }): ImportWarning => {
    return { kind: property === "handles" ? "handle-skipped" : "value-skipped", text: `${label}: ${text}`, property };
  });
  const reason = remote.isPrivate
    ? "is a private contact of a teammate"
    : entry.handles.length === 0 && "has no handle that can be written to a file";
  if (!reason) return { entry, omitted, warnings };
  const skipped: ImportWarning = { kind: "contact-skipped", text: `${label} ${reason}` };
  return { omitted, warnings: remote.isPrivate ? [skipped] : [...warnings, skipped] };
}

function addList(
  builder: EntryBuilder,
  { id, name, isPrivate }: RemoteContact["lists"][number],
  { lists, absentLists }: ConversionContext,
) {
  const isAmbiguous = lists.filter((list) => list.name === name).length > 1;
  const byId = isAmbiguous || name === "" || /[\r\n\t]/.test(name) || checkText(name) !== undefined;
  builder.addList({ name, id, byId }, explainSkip());

  function explainSkip(): string | undefined {
    if (isPrivate) return "is private";
    if (!byId && absentLists.has(name)) return ABSENT_LIST_REASON;
    if (!lists.some((list) => list.id === id)) return "is not one of the company's lists";
    return byId && !/^grp_[a-zA-Z0-9]+$/.test(id) ? `has an ID that cannot be written to a file (${id})` : undefined;
  }
}

export function addField(
  builder: EntryBuilder,
  name: string,
  value: FieldValue,
  fields: readonly FieldDefinition[],
): void {
  if (value === null || value === "") return;
  const definition = fields.find((field) => field.name === name);
  const type = FIELD_TYPES.find((known) => known === definition?.type);
  const written = type && toConfigValue(type, value);
  if (written !== undefined) {
    builder.addField({ name, type, value: written }, type === "enum" ? definition?.values : undefined);
  } else if (definition === undefined) {
    builder.skipField(name, "is not one of the company's custom fields");
  } else if (type === undefined) {
    builder.skipField(name, `has the type ${definition.type}, which cannot be written to a file`);
  } else {
    builder.skipField(name, `has a value that is not a valid ${type}`);
  }
}

/**
 * Returns a value as in configuration files; undefined if it cannot be converted. Checks the type of the value only for
 * datetimes. Drops fractions of seconds, because plans ignore them.
 */
function toConfigValue(type: FieldType, value: FieldValue): ConfigValue | undefined {
  if (type === "datetime") return typeof value === "number" ? formatDatetime(Math.floor(value)) : undefined;
  if (typeof value === "string") return type === "string" ? withoutCarriageReturns(value) : value;
  return typeof value === "number" || typeof value === "boolean" ? value : undefined;
}
