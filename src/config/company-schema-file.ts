import { posix } from "node:path";
import type { Company, FieldDefinition } from "../front/api.ts";
import { createDisk, type Disk } from "../fs/disk.ts";
import type { DesiredContact } from "../model/contact.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { isMap } from "../yaml/located-value.ts";
import { type CompanyMetadata, compareFields, decodeCompanyMetadata } from "./company-metadata.ts";
import { METADATA_KEY } from "./company-schema.ts";
import { resolveReferences } from "./resolve-references.ts";
import type { UncheckedConfig } from "./unchecked-config.ts";

/** Where the company's schema is, within the contacts directory. */
export const COMPANY_SCHEMA = "front.schema.json";

export interface CompanySchemaFile {
  readonly path: string;
  /** Absent when there is no such file, or when it is not one of ours. */
  readonly metadata?: CompanyMetadata;
  /** As it is on the disk. */
  readonly text?: string;
  readonly diagnostics: readonly Diagnostic[];
}

const REFRESH = "run `front-contacts schema --from-front`";

/** What `schema --from-front` found out earlier. Nothing in the file is trusted but the metadata, and those to the letter. */
export function readCompanySchemaFile(
  directory: string,
  disk: Disk,
  name = posix.join(directory, COMPANY_SCHEMA),
): CompanySchemaFile {
  const read = disk.read(name, { limit: LIMITS.fileBytes });
  if (read.kind === "missing") return { path: name, diagnostics: [] };
  const text = read.kind === "bytes" ? new TextDecoder().decode(read.bytes) : undefined;
  const metadata = text === undefined ? undefined : factsIn(text);
  if (text === undefined || metadata === undefined) return { path: name, diagnostics: [broken(name)] };
  return { path: name, metadata, text, diagnostics: [] };
}

function factsIn(text: string): CompanyMetadata | undefined {
  try {
    const json: unknown = JSON.parse(text);
    const facts = isMap(json) ? json[METADATA_KEY] : undefined;
    return isMap(facts) && facts["format"] === 1 ? decodeCompanyMetadata(facts) : undefined;
  } catch {
    return undefined;
  }
}

function broken(file: string): Diagnostic {
  return {
    severity: "error",
    code: "company-schema-broken",
    summary: `${file} is not a schema that front-contacts made`,
    advice: `Delete it, or ${REFRESH}. Without it, fields are checked only when planning.`,
    location: { file, line: 1, column: 1, length: 1 },
  };
}

/**
 * Finds the custom fields that do not fit the company, without asking it. Lists are left out: one that a colleague made
 * a minute ago is no mistake.
 */
export function checkAgainstCompanySchema(
  { path, metadata, diagnostics }: CompanySchemaFile,
  draft: UncheckedConfig,
): readonly Diagnostic[] {
  if (metadata === undefined) return diagnostics;
  const declared = draft.settings.find(({ settings }) => settings.company !== undefined);
  if (declared !== undefined && declared.settings.company !== metadata.company.id) {
    return [ofAnotherCompany(path, metadata.company.id, declared)];
  }
  const contacts = draft.contacts.map(
    ({ written: _, avatar: __, links: ___, lists: ____, customFields, ...rest }): DesiredContact =>
      omitUndefined({ ...rest, customFields }),
  );
  const desired = { contacts, lists: [], customFields: draft.customFields, settings: {} };
  return resolveReferences(desired, { fields: metadata.fields, lists: [] }).diagnostics.map((found) => ({
    ...found,
    advice: `${found.advice} If Front has changed: ${REFRESH}.`,
  }));
}

function ofAnotherCompany(
  path: string,
  id: string,
  { settings, location }: UncheckedConfig["settings"][number],
): Diagnostic {
  return {
    severity: "error",
    code: "company-schema-differs",
    summary: `${path} is of the company ${id}, and these files are for ${settings.company}`,
    advice: `With a token of ${settings.company}, ${REFRESH}.`,
    location,
  };
}

/** Warns when the file in this directory says something else than Front, which is right, of what a plan depends on. */
export function warnStaleSchema(
  directory: string,
  front: { readonly company: Company; readonly fields: readonly FieldDefinition[] },
  { cwd }: { readonly cwd: string },
): Diagnostic[] {
  const { path, metadata, diagnostics } = readCompanySchemaFile(directory, createDisk(cwd));
  if (metadata === undefined) return diagnostics.map((found) => ({ ...found, severity: "warning" }));
  const [first, ...more] = differences(metadata, front);
  if (first === undefined) return [];
  return [
    {
      severity: "warning",
      code: "company-schema-stale",
      summary: `${path} is stale: ${first}${more.length === 0 ? "" : `, and ${more.length} more`}`,
      advice: `To bring it up to date, ${REFRESH}. This plan goes by what Front says.`,
      location: { file: path, line: 1, column: 1, length: 1 },
    },
  ];
}

/** Fields are only read when some file speaks of them. */
function differences(
  facts: CompanyMetadata,
  { company, fields }: { readonly company: Company; readonly fields: readonly FieldDefinition[] },
): readonly string[] {
  if (facts.company.id !== company.id) return [`it is of the company ${facts.company.id}, not of ${company.id}`];
  return fields.length === 0 ? [] : [...compareFields(facts.fields, fields)];
}
