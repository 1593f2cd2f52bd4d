import type { Company, FieldDefinition, Inbox, Teammate } from "../model/company.ts";
import type { List } from "../model/contact.ts";
import { isJsonObject, isListOf } from "../model/json-object.ts";
import { UserError } from "../model/user-error.ts";

/** Parts that the token cannot read are undefined. */
export interface CompanyMetadata {
  readonly company: Company;
  readonly fields: readonly FieldDefinition[];
  readonly accountFields?: readonly FieldDefinition[] | undefined;
  readonly lists: readonly string[];
  readonly teammates?: readonly Teammate[] | undefined;
  readonly inboxes?: readonly Inbox[] | undefined;
}

/** `FrontApi` implements this interface. */
interface MetadataApi {
  me(): Promise<Company>;
  customFields(): Promise<readonly FieldDefinition[]>;
  accountCustomFields(): Promise<readonly FieldDefinition[]>;
  contactLists(): Promise<readonly List[]>;
  teammates(): Promise<readonly Teammate[]>;
  inboxes(): Promise<readonly Inbox[]>;
}

type OptionalPart = "accountFields" | "teammates" | "inboxes";

export interface CompanyReading {
  readonly metadata: CompanyMetadata;
  /** The error and the advice for each part that the token cannot read. */
  readonly unreadable: ReadonlyMap<OptionalPart, string>;
}

/** Returns the metadata of the token's company. The entries of each part are sorted, so equal metadata has equal text. */
export async function readCompanyMetadata(front: MetadataApi): Promise<CompanyReading> {
  const company = await front.me();
  const [fields, accountFields, lists, teammates, inboxes] = await Promise.all([
    front.customFields(),
    errorIfForbidden(front.accountCustomFields()),
    front.contactLists(),
    errorIfForbidden(front.teammates()),
    errorIfForbidden(front.inboxes()),
  ]);
  const metadata = {
    company,
    fields: fields.toSorted(compareBy(({ name }) => name)),
    accountFields: unlessError(accountFields)?.toSorted(compareBy(({ name }) => name)),
    lists: [...new Set(lists.map(({ name }) => name))].filter((name) => name !== "").toSorted(),
    teammates: unlessError(teammates)?.toSorted(compareBy(({ email }) => email)),
    inboxes: unlessError(inboxes)?.toSorted(compareBy(({ id }) => id)),
  };
  const optionalParts = { accountFields, teammates, inboxes };
  const unreadable = (Object.keys(optionalParts) as OptionalPart[]).flatMap((part) => {
    const result = optionalParts[part];
    return result instanceof UserError ? [[part, `${result.message}. ${result.advice}`] as const] : [];
  });
  return { metadata, unreadable: new Map(unreadable) };
}

async function errorIfForbidden<T>(response: Promise<T>): Promise<T | UserError> {
  try {
    return await response;
  } catch (error) {
    if (error instanceof UserError && error.code === "forbidden") return error;
    throw error;
  }
}

function unlessError<T>(result: T | UserError): T | undefined {
  return result instanceof UserError ? undefined : result;
}

/** Compares by code units, independently of the locale. */
function compareBy<T>(keyOf: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (keyOf(a) < keyOf(b) ? -1 : Number(keyOf(a) > keyOf(b)));
}

export function decodeCompanyMetadata(json: unknown): CompanyMetadata | undefined {
  if (!isJsonObject(json) || !isJsonObject(json["company"])) return undefined;
  const { company, fields, accountFields, lists, teammates, inboxes } = json;
  if (!isCompany(company) || !isListOf(fields, isField) || !isListOf(lists, isText)) return undefined;
  if (accountFields !== undefined && !isListOf(accountFields, isField)) return undefined;
  if (teammates !== undefined && !isListOf(teammates, isTeammate)) return undefined;
  if (inboxes !== undefined && !isListOf(inboxes, isInbox)) return undefined;
  return { company, fields, accountFields, lists, teammates, inboxes };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= 10_000;
}

function isCompany(value: unknown): value is Company {
  return isJsonObject(value) && isText(value["id"]) && /^cmp_[a-zA-Z0-9]+$/.test(value["id"]) && isText(value["name"]);
}

function isField(value: unknown): value is FieldDefinition {
  if (!isJsonObject(value)) return false;
  const { name, type, values, labels = [], description = "" } = value;
  return isText(name) && isText(type) && isText(description) && isListOf(values, isText) && isListOf(labels, isText);
}

function isTeammate(value: unknown): value is Teammate {
  return isJsonObject(value) && isText(value["email"]) && isText(value["name"]);
}

function isInbox(value: unknown): value is Inbox {
  return isJsonObject(value) && isText(value["id"]) && isText(value["name"]);
}

/** Returns a sentence for each difference; only one if the companies differ. Skips parts that are undefined. */
export function compareCompanyMetadata(earlier: CompanyMetadata, now: CompanyMetadata): string[] {
  if (earlier.company.id !== now.company.id) {
    return [`The file is for company "${earlier.company.id}", but the token belongs to "${now.company.id}"`];
  }
  return [
    ...compareFields(earlier.fields, now.fields),
    ...compareFields(earlier.accountFields, now.accountFields, "Account custom field"),
    ...compareNames("List", earlier.lists, now.lists, String),
    ...compareNames("Teammate", earlier.teammates, now.teammates, ({ email }) => email),
    ...compareNames("Inbox", earlier.inboxes, now.inboxes, ({ id }) => id),
  ];
}

function* compareNames<T>(
  kind: string,
  earlier: readonly T[] | undefined,
  now: readonly T[] | undefined,
  nameOf: (value: T) => string,
  owner = "",
): Iterable<string> {
  if (earlier === undefined || now === undefined) return;
  const [before, after] = [new Set(earlier.map(nameOf)), new Set(now.map(nameOf))];
  for (const name of after) if (!before.has(name)) yield `${kind} "${name}"${owner} is new`;
  for (const name of before) if (!after.has(name)) yield `${kind} "${name}"${owner} no longer exists`;
}

/** Yields differences that affect which values are valid: names, types and enum values. */
function* compareFields(
  earlier: readonly FieldDefinition[] | undefined,
  now: readonly FieldDefinition[] | undefined,
  kind = "Custom field",
): Iterable<string> {
  if (earlier === undefined || now === undefined) return;
  yield* compareNames(kind, earlier, now, ({ name }) => name);
  for (const { name, type, values } of now) {
    const before = earlier.find((field) => field.name === name);
    if (before === undefined) continue;
    if (before.type !== type) yield `${kind} "${name}" changed its type from ${before.type} to ${type}`;
    else yield* compareNames("Value", before.values, values, String, ` of ${kind.toLowerCase()} "${name}"`);
  }
}
