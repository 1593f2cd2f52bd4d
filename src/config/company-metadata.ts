import type { Company, FieldDefinition, FrontApi, Inbox, Teammate } from "../front/api.ts";
import { isMap } from "../yaml/located-value.ts";

/** What files may refer to in a company. Teammates and inboxes are absent where the token may not read them. */
export interface CompanyMetadata {
  readonly company: Company;
  readonly fields: readonly FieldDefinition[];
  /** By name. */
  readonly lists: readonly string[];
  readonly teammates?: readonly Teammate[] | undefined;
  readonly inboxes?: readonly Inbox[] | undefined;
}

/** Asks Front, and brings the answers into an order that stays the same as long as they do. */
export async function readCompanyMetadata(front: FrontApi): Promise<CompanyMetadata> {
  const company = await front.me();
  const [fields, lists, teammates, inboxes] = await Promise.all([
    front.customFields(),
    front.contactLists(),
    front.teammates(),
    front.inboxes(),
  ]);
  return {
    company,
    fields: fields.toSorted(by(({ name }) => name)),
    lists: [...new Set(lists.map(({ name }) => name))].filter((name) => name !== "").toSorted(),
    teammates: teammates?.toSorted(by(({ email }) => email)),
    inboxes: inboxes?.toSorted(by(({ id }) => id)),
  };
}

/** By code units, which are the same for everybody. */
function by<T>(keyOf: (value: T) => string): (one: T, other: T) => number {
  return (one, other) => {
    if (keyOf(one) === keyOf(other)) return 0;
    return keyOf(one) < keyOf(other) ? -1 : 1;
  };
}

/** More than any company has. */
const MOST = 5000;

/** The facts out of what a file says, or undefined where it does not have their form to the letter. */
export function decodeCompanyMetadata(json: unknown): CompanyMetadata | undefined {
  if (!isMap(json) || !isMap(json["company"])) return undefined;
  const { company, fields, lists, teammates, inboxes } = json;
  if (!isCompany(company) || !isListOf(fields, isField) || !isListOf(lists, isText)) return undefined;
  if (teammates !== undefined && !isListOf(teammates, isTeammate)) return undefined;
  if (inboxes !== undefined && !isListOf(inboxes, isInbox)) return undefined;
  return { company, fields, lists, teammates, inboxes };
}

function isListOf<T>(value: unknown, is: (entry: unknown) => entry is T): value is readonly T[] {
  return Array.isArray(value) && value.length <= MOST && value.every(is);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= 10_000;
}

function isCompany(value: unknown): value is Company {
  return isMap(value) && isText(value["id"]) && /^cmp_[a-zA-Z0-9]+$/.test(value["id"]) && isText(value["name"]);
}

function isField(value: unknown): value is FieldDefinition {
  if (!isMap(value)) return false;
  const { name, type, values, labels = [], description = "" } = value;
  return isText(name) && isText(type) && isText(description) && isListOf(values, isText) && isListOf(labels, isText);
}

function isTeammate(value: unknown): value is Teammate {
  return isMap(value) && isText(value["email"]) && isText(value["name"]);
}

function isInbox(value: unknown): value is Inbox {
  return isMap(value) && isText(value["id"]) && isText(value["name"]);
}

/** How Front differs from facts of an earlier time, one sentence a difference. What was not readable does not differ. */
export function compareCompanyMetadata(earlier: CompanyMetadata, now: CompanyMetadata): string[] {
  if (earlier.company.id !== now.company.id) {
    return [`The file is of the company ${earlier.company.id}, and the token of ${now.company.id}`];
  }
  return [
    ...compareFields(earlier.fields, now.fields),
    ...compareNames("The list", earlier.lists, now.lists),
    ...compareNames("The teammate", named(earlier.teammates, "email"), named(now.teammates, "email")),
    ...compareNames("The inbox", named(earlier.inboxes, "id"), named(now.inboxes, "id")),
  ];
}

function named<Key extends string>(
  things: readonly Readonly<Record<Key, string>>[] | undefined,
  key: Key,
): readonly string[] | undefined {
  return things?.map((thing) => thing[key]);
}

function* compareNames(
  what: string,
  earlier: readonly string[] | undefined,
  now: readonly string[] | undefined,
): Iterable<string> {
  if (earlier === undefined || now === undefined) return;
  const [before, after] = [new Set(earlier), new Set(now)];
  for (const name of now) if (!before.has(name)) yield `${what} "${name}" is new`;
  for (const name of earlier) if (!after.has(name)) yield `${what} "${name}" is gone`;
}

/** What makes a value fit or not; labels and descriptions are for people. */
export function* compareFields(earlier: readonly FieldDefinition[], now: readonly FieldDefinition[]): Iterable<string> {
  yield* compareNames(
    "The custom field",
    earlier.map(({ name }) => name),
    now.map(({ name }) => name),
  );
  for (const { name, type, values } of now) {
    const before = earlier.find((field) => field.name === name);
    if (before === undefined) continue;
    if (before.type !== type) yield `The custom field "${name}" was a ${before.type}, and is a ${type}`;
    else yield* compareNames(`The value of ${name}`, before.values, values);
  }
}
