import { posix } from "node:path";
import { createDisk, type Disk } from "../fs/disk.ts";
import type { Company, FieldDefinition } from "../model/company.ts";
import type { DesiredContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isJsonObject, parseJson } from "../model/json-object.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { Suggestions } from "../model/suggest.ts";
import { type CompanyMetadata, compareCompanyMetadata, decodeCompanyMetadata } from "./company-metadata.ts";
import { METADATA_KEY } from "./company-schema.ts";
import { UPDATE_SCHEMA } from "./company-schema-messages.ts";
import { configProblem, topOf } from "./messages.ts";
import { resolveAccounts } from "./resolve-fields.ts";
import { resolveReferences } from "./resolve-references.ts";
import { distinctValues } from "./rule-definition.ts";
import { finishAccount } from "./unchecked-accounts.ts";
import type { UncheckedConfig } from "./unchecked-config.ts";

/** The name of the company schema file in the contacts directory. */
export const COMPANY_SCHEMA = "front.schema.json";

export interface CompanySchemaFile {
  readonly path: string;
  /** Undefined if the file is missing, unreadable or invalid. */
  readonly metadata?: CompanyMetadata;
  /** Set if `metadata` is set. */
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the metadata in a file that `schema --from-front` wrote. Ignores the rest of the file. */
export function readCompanySchemaFile(
  directory: string,
  disk: Disk,
  path = posix.join(directory, COMPANY_SCHEMA),
): CompanySchemaFile {
  const read = disk.read(path, { limit: LIMITS.companySchemaBytes });
  if (read.kind === "missing") return { path, diagnostics: [] };
  const where = { location: topOf(path) };
  if (read.kind === "unreadable") {
    return { path, diagnostics: [configProblem("file-unreadable", { path, reason: read.reason }, where)] };
  }
  const text = read.kind === "bytes" ? new TextDecoder().decode(read.bytes) : "";
  const metadata = metadataIn(text);
  if (metadata === undefined) {
    const isTooLarge = read.kind === "too-large";
    return { path, diagnostics: [configProblem("company-schema-broken", { path, isTooLarge }, where)] };
  }
  return { path, metadata, text, diagnostics: [] };
}

function metadataIn(text: string): CompanyMetadata | undefined {
  const json = parseJson(text);
  const metadata = isJsonObject(json) ? json[METADATA_KEY] : undefined;
  return isJsonObject(metadata) && metadata["format"] === 1 ? decodeCompanyMetadata(metadata) : undefined;
}

/**
 * Returns a diagnostic for each custom field and list that does not match the company schema file, or only one if the
 * file is invalid or for another company. An unknown list is only a warning, because it may be a new list.
 */
export function checkAgainstCompanySchema(
  { path, metadata, diagnostics }: CompanySchemaFile,
  config: UncheckedConfig,
): readonly Diagnostic[] {
  if (metadata === undefined) return diagnostics;
  const declared = config.settings.find(({ settings }) => settings.company !== undefined);
  const { id } = metadata.company;
  if (declared?.settings.company !== undefined && declared.settings.company !== id) {
    const parameters = { path, id, declared: declared.settings.company };
    return [configProblem("company-schema-differs", parameters, { location: declared.location })];
  }
  const contacts = [...config.contacts, ...config.defaults].map(
    ({ key, location, ensure, merge, handles, customFields }): DesiredContact =>
      omitUndefined({ key, location, ensure, merge, handles, exact: [], customFields }),
  );
  const desired = { contacts, lists: [], customFields: config.customFields, settings: {} };
  const ofContacts = resolveReferences(desired, { fields: metadata.fields, lists: [] }).diagnostics;
  const { accountFields } = metadata;
  const ofAccounts = accountFields
    ? resolveAccounts(config.accounts.map(finishAccount), accountFields).diagnostics
    : [];
  const ofFields = [...ofContacts, ...ofAccounts].map((problem) => ({
    ...problem,
    advice: `${problem.advice} If the field changed in Front, update the company schema.`,
    remedy: UPDATE_SCHEMA,
  }));
  return [...ofFields, ...unknownLists(config, { path, names: metadata.lists })];
}

function* unknownLists(
  config: UncheckedConfig,
  { path, names }: { readonly path: string; readonly names: readonly string[] },
): Iterable<Diagnostic> {
  const known = new Set([...names, ...config.lists.map(({ name }) => name)]);
  const suggestions = new Suggestions(() => known);
  for (const list of distinctValues(config, ({ lists }) => lists)) {
    if (!("name" in list) || known.has(list.name)) continue;
    const { name, location } = list;
    const suggestion = suggestions.suggestFor(name);
    yield configProblem("list-not-in-schema", { name, path, suggestion }, { location });
  }
}

/** The fields of contacts or accounts are empty if the configuration uses none of them. */
interface FrontFields {
  readonly company: Company;
  readonly fields: readonly FieldDefinition[];
  readonly accountFields?: readonly FieldDefinition[];
}

/**
 * Returns a warning if the company schema file in a directory cannot be read, is for another company, or has different
 * custom fields than Front.
 */
export function warnStaleSchema(
  directory: string,
  front: FrontFields,
  { cwd }: { readonly cwd: string },
): Diagnostic[] {
  const { path, metadata, diagnostics } = readCompanySchemaFile(directory, createDisk(cwd));
  if (metadata === undefined) return diagnostics.map((problem) => ({ ...problem, severity: "warning" }));
  const [first, ...others] = differences(metadata, front);
  if (first === undefined) return [];
  return [configProblem("company-schema-stale", { path, first, otherCount: others.length }, { location: topOf(path) })];
}

function differences(
  metadata: CompanyMetadata,
  { company, fields, accountFields = [] }: FrontFields,
): readonly string[] {
  if (metadata.company.id !== company.id) return [`it is for company "${metadata.company.id}", not "${company.id}"`];
  return compareCompanyMetadata(metadata, {
    company,
    lists: metadata.lists,
    fields: fields.length === 0 ? metadata.fields : fields,
    accountFields: accountFields.length === 0 ? undefined : accountFields,
  });
}
