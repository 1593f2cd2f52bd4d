import contactsSchema from "../../schemas/contacts.schema.json" with { type: "json" };
import { append } from "../model/append.ts";
import { type Diagnostic, errorAt } from "../model/diagnostic.ts";
import { HANDLE_SOURCES } from "../model/handle.ts";
import { isJsonObject, type JsonObject } from "../model/json-object.ts";
import { suggest } from "../model/suggest.ts";
import { type LocatedValue, locatedValueOf, type SourceDocument } from "../yaml/located-value.ts";
import { type Subject, schemaMessage } from "./schema-messages.ts";
import { type SchemaError, validatorFor } from "./schema-validators.ts";

const CONTACT_PROPERTIES: readonly string[] = Object.keys(contactsSchema.$defs.contact.properties);

/** Returns the reason why a value does not match the schema of a saved plan; undefined if it matches. */
export function explainInvalidPlan(value: unknown): string | undefined {
  const validate = validatorFor("plan");
  if (validate(value)) return undefined;
  const [first] = validate.errors ?? [];
  return `${first?.instancePath === "" ? "it" : first?.instancePath} ${first?.message ?? "is invalid"}`;
}

/**
 * Checks a document against the schema. The number of diagnostics is not limited, so the size of the document must be
 * checked first.
 */
export function checkSchema(document: SourceDocument): Diagnostic[] {
  const root = locatedValueOf(document, { aliasLocation: "anchor" });
  const misplaced = findMisplacedProperties(root);
  const validate = validatorFor("contacts");
  if (validate(withoutContacts(document.value, misplaced.keys))) return misplaced.diagnostics;
  const errors = withoutConsequences(
    (validate.errors ?? []).filter(({ keyword }) => !REPORTED_TWICE.includes(keyword)),
  );
  return [...misplaced.diagnostics, ...errors.map((error) => diagnosticOf(error, root))];
}

/** For these keywords, Ajv reports one error for the nested keyword and one for the keyword itself. */
const REPORTED_TWICE: readonly string[] = ["propertyNames", "if"];

/**
 * Omits the errors for missing properties that another error explains: `source` and `handle` if a handle has only other
 * keys or a source is written as a key, as in `email: …`, and any property whose name is misspelled.
 */
function withoutConsequences(errors: readonly SchemaError[]): readonly SchemaError[] {
  const unknownKeys = new Map<string, string[]>();
  const missingKeys = new Map<string, string[]>();
  for (const { instancePath, params } of errors) {
    const { additionalProperty, missingProperty } = params;
    if (typeof additionalProperty === "string") append(unknownKeys, instancePath, additionalProperty);
    if (typeof missingProperty === "string") append(missingKeys, instancePath, missingProperty);
  }
  const lacksBoth = (path: string) => ["source", "handle"].every((key) => missingKeys.get(path)?.includes(key));
  return errors.filter(({ keyword, instancePath, params }) => {
    const missing = String(params["missingProperty"]);
    const explains = (key: string) =>
      lacksBoth(instancePath) ||
      HANDLE_SOURCES.some((source) => source === key) ||
      suggest(key, [missing]) !== undefined;
    return keyword !== "required" || !(unknownKeys.get(instancePath) ?? []).some(explains);
  });
}

function diagnosticOf(error: SchemaError, root: LocatedValue): Diagnostic {
  const subject = subjectOf(error, root);
  const { code, summary, advice, locatedPart } = schemaMessage(error.keyword, subject);
  const { keyLocation, location } = subject.child ?? subject.written;
  return errorAt(locatedPart === "key" ? keyLocation : location, code, summary, advice);
}

function subjectOf({ instancePath, params, parentSchema, propertyName }: SchemaError, root: LocatedValue): Subject {
  const segments = instancePath.split("/").slice(1);
  const path = segments.map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
  const written = valueAt(root, path);
  const name: unknown = propertyName ?? params["additionalProperty"];
  const child = typeof name === "string" ? written.get(name) : undefined;
  return {
    path: typeof name === "string" ? [...path, name] : path,
    written,
    ...(child === undefined ? {} : { child }),
    params,
    schema: isJsonObject(parentSchema) ? parentSchema : {},
  };
}

function valueAt(root: LocatedValue, path: readonly string[]): LocatedValue {
  let written = root;
  for (const segment of path) {
    written = written.get(segment) ?? written.items()[Number(segment)] ?? written;
  }
  return written;
}

interface MisplacedProperties {
  /** The keys under `contacts` that are misplaced properties, and the keys of the contacts that they belong to. */
  readonly keys: ReadonlySet<string>;
  readonly diagnostics: Diagnostic[];
}

/**
 * Finds contact properties that are indented like contacts, below a contact without properties. Reports them as one
 * mistake, because the schema would report each line.
 */
function findMisplacedProperties(root: LocatedValue): MisplacedProperties {
  const keys = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  let owner: string | undefined;
  for (const [key, written] of root.get("contacts")?.entries() ?? []) {
    if (owner === undefined || !CONTACT_PROPERTIES.includes(key)) {
      owner = written.value === null ? key : undefined;
      continue;
    }
    if (!keys.has(owner)) {
      const summary = `"${key}" is at the same level as contact "${owner}"`;
      const advice = `Indent this line and the other properties of "${owner}" by two more spaces.`;
      diagnostics.push(errorAt(written.keyLocation, "wrong-indent", summary, advice));
    }
    keys.add(owner).add(key);
  }
  return { keys, diagnostics };
}

function withoutContacts(value: unknown, keys: ReadonlySet<string>): unknown {
  if (keys.size === 0 || !isJsonObject(value) || !isJsonObject(value["contacts"])) return value;
  const contacts: JsonObject = Object.fromEntries(Object.entries(value["contacts"]).filter(([key]) => !keys.has(key)));
  return { ...value, contacts };
}
