import { posix } from "node:path";
import { readCompanySchemaFile } from "../config/company-schema-file.ts";
import { YAML_NAME } from "../config/find-files.ts";
import { type Loaded, loadForImport } from "../config/load-desired-state.ts";
import { topOf } from "../config/messages.ts";
import {
  companySchemaIn,
  GENERAL_SCHEMA,
  isUrlOrAbsolutePath,
  schemaLine,
  schemaNamedIn,
} from "../config/schema-line.ts";
import type { TableSpec } from "../config/tables/table-spec.ts";
import { removeStaleFiles } from "../fs/atomic-file.ts";
import { createDisk } from "../fs/disk.ts";
import { assertWritable, WriteError } from "../fs/disk-writer.ts";
import { type DeclaredField, type DesiredState, FIELD_TYPES } from "../model/contact.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import type { DefaultsByDirectory } from "./entry-defaults.ts";

export interface ImportDestination {
  /** The contacts directory, relative to `cwd`. */
  readonly root: string;
  readonly cwd: string;
  readonly desired: DesiredState;
  /** The text of each configuration file and table, by path. */
  readonly sources: ReadonlyMap<string, string>;
  readonly defaults: DefaultsByDirectory;
  readonly tables: ReadonlyMap<string, TableSpec>;
}

export interface ImportLocation {
  /** The directory of `file` or, if `file` is undefined, of the new files. */
  readonly directory: string;
  /**
   * The file for new entries. When it is full, the files `NAME-2.yaml`, `NAME-3.yaml` and so on are used. Undefined to
   * write one file per contact.
   */
  readonly file?: string;
}

export interface LocationOptions {
  /**
   * A file, or a directory if `split` is set. Default: `imported.yaml` in the contacts directory, or the contacts
   * directory itself if `split` is set.
   */
  readonly to?: string | undefined;
  /** Writes one file per contact. */
  readonly split?: boolean;
  /** False if the import may write no new entry, for example if it only updates entries. Default: true. */
  readonly mustBeWritable?: boolean;
}

/**
 * Loads the contacts directory. If its files have errors, the destination is undefined, because the declared contacts
 * are unknown.
 */
export async function openImportDestination(
  directory: string,
  { cwd }: { readonly cwd: string },
): Promise<{ readonly destination?: ImportDestination; readonly loaded: Loaded }> {
  const loaded = await loadForImport(directory, { cwd, allowEmpty: true });
  const { desired, sources, defaults = new Map(), tables = new Map() } = loaded;
  if (desired === undefined) return { loaded };
  return { loaded, destination: { root: normalizePath(directory), cwd, desired, sources, defaults, tables } };
}

function normalizePath(path: string): string {
  return posix.normalize(path).replace(/(.)\/+$/, "$1");
}

/**
 * Returns the custom fields in the configuration and in the company schema file. An enum that the configuration
 * declares without values has the values of that file.
 */
export function knownFields(destination: ImportDestination): ReadonlyMap<string, DeclaredField> {
  const fields = new Map(fieldsOfCompany(destination).map((field) => [field.name, field]));
  for (const field of destination.desired.customFields) {
    const values = field.values ?? (field.type === "enum" ? fields.get(field.name)?.values : undefined);
    fields.set(field.name, omitUndefined({ ...field, values }));
  }
  return fields;
}

/** Returns the fields in the company schema file; none if it is for another company, which `validate` reports. */
function fieldsOfCompany({ root, cwd, desired }: ImportDestination): DeclaredField[] {
  const { path, metadata } = readCompanySchemaFile(root, createDisk(cwd));
  const { company } = desired.settings;
  if (metadata === undefined || (company !== undefined && company !== metadata.company.id)) return [];
  return metadata.fields.flatMap(({ name, type: typeName, values }) => {
    const type = FIELD_TYPES.find((fieldType) => fieldType === typeName);
    const location = topOf(path);
    return type === undefined ? [] : [type === "enum" ? { name, type, values, location } : { name, type, location }];
  });
}

/** Returns the location of new entries. Throws a `WriteError` if entries cannot be written there. */
export function resolveLocation(
  { root, cwd, sources }: ImportDestination,
  { to, split = false, mustBeWritable = true }: LocationOptions,
): ImportLocation {
  const path = normalizePath(to ?? (split ? root : posix.join(root, "imported.yaml")));
  const assertFile = mustBeWritable ? assertWritable : () => undefined;
  const fail = (reason: string, advice: string) => {
    throw new WriteError(`"${path}" cannot be written (${reason})`, advice);
  };
  const relativePath = posix.relative(posix.resolve(cwd, root), posix.resolve(cwd, path));
  if (
    relativePath.startsWith("..") ||
    posix.isAbsolute(relativePath) ||
    relativePath.split("/").some((name) => name.startsWith("."))
  ) {
    fail(
      `it is hidden or not inside "${root}"`,
      `Specify a path in "${root}" that is not hidden, or use another contacts directory.`,
    );
  }
  const location = posix.join(root, relativePath);
  if (split) {
    assertFile(posix.join(location, "contact.yaml"), cwd);
    return { directory: location };
  }
  if (!YAML_NAME.test(location))
    fail("its name does not end in .yaml or .yml", `Use a file name such as "${posix.join(root, "people.yaml")}".`);
  assertFile(location, cwd);
  const exists = createDisk(cwd).read(location, { limit: Number.POSITIVE_INFINITY }).kind !== "missing";
  if (exists && to !== undefined && !sources.has(location)) {
    fail("it is not a regular file", "Specify a new file, or an existing YAML file in the contacts directory.");
  }
  return { directory: posix.dirname(location), file: location };
}

/** Returns the names of the lists that the configuration deletes. */
export function absentLists({ lists }: Pick<DesiredState, "lists">): ReadonlySet<string> {
  return new Set(lists.flatMap(({ name, ensure }) => (ensure === "absent" ? [name] : [])));
}

/**
 * Returns the names of the declared custom fields. Returns undefined if the configuration uses fields but declares
 * none. An import must not declare fields then, because a configuration that declares one field must declare all
 * fields.
 */
export function declaredFieldNames({ desired, defaults }: ImportDestination): Set<string> | undefined {
  const { customFields, contacts } = desired;
  const usesFields = [...contacts, ...defaults.values()].some((contact) => (contact.customFields ?? []).length > 0);
  if (customFields.length === 0 && usesFields) return undefined;
  return new Set(customFields.map(({ name }) => name));
}

/**
 * Returns a function that returns the schema line of a new file, with its line break; an empty string if there is no
 * schema.
 */
export function createHeadline(destination: ImportDestination): (path: string) => string {
  const schema = schemaFor(destination);
  if (schema === undefined) return () => "";
  const isAbsolute = isUrlOrAbsolutePath(schema);
  return (path) => (isAbsolute ? `# yaml-language-server: $schema=${schema}\n` : schemaLine(path, schema));
}

/**
 * Returns the schema for new files: the company's schema, or else the schema that an existing file refers to, or else
 * the general schema, if any.
 */
function schemaFor({ root, cwd, sources }: ImportDestination): string | undefined {
  const disk = createDisk(cwd);
  const company = companySchemaIn(root, disk);
  if (company !== undefined) return company;
  for (const [file, text] of sources) {
    const named = schemaNamedIn(text);
    if (named !== undefined) return isUrlOrAbsolutePath(named) ? named : posix.join(posix.dirname(file), named);
  }
  return [GENERAL_SCHEMA, `../schemas/${GENERAL_SCHEMA}`]
    .map((name) => posix.join(root, name))
    .find((location) => disk.realPath(location) !== undefined);
}

export function removeStaleImportFiles({ root, cwd, sources }: ImportDestination, location: ImportLocation): void {
  const directories = new Set([root, location.directory, ...[...sources.keys()].map((file) => posix.dirname(file))]);
  for (const directory of directories) {
    for (const path of [directory, posix.join(directory, "avatars")]) removeStaleFiles(posix.resolve(cwd, path));
  }
}
