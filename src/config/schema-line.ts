import { posix } from "node:path";
import { createDisk, type Disk } from "../fs/disk.ts";
import { createDiskWriter, type DiskWriter, WriteError } from "../fs/disk-writer.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { COMPANY_SCHEMA } from "./company-schema-file.ts";
import { findFiles, readSources } from "./find-files.ts";

/** The name of the file that contains the schema for any company. */
export const GENERAL_SCHEMA = "contacts.schema.json";

const SCHEMA_LINE = /^# yaml-language-server: \$schema=(\S+)/;

/** Returns the schema that the first line of a file specifies for editors. */
export function schemaNamedIn(text: string): string | undefined {
  return SCHEMA_LINE.exec(text)?.[1];
}

export function isUrlOrAbsolutePath(schema: string): boolean {
  return /^[a-z]+:|^\//i.test(schema);
}

/** Returns the comment line that tells editors to use `schema` for the file at `path`. Includes the line break. */
export function schemaLine(path: string, schema: string): string {
  return `# yaml-language-server: $schema=${posix.relative(posix.dirname(path), schema)}\n`;
}

export function companySchemaIn(root: string, disk: Disk): string | undefined {
  const path = posix.join(root, COMPANY_SCHEMA);
  return disk.realPath(path) === undefined ? undefined : path;
}

/** Replaces the general schema in the first line of a file with the company schema. */
export function withCompanySchema(text: string, path: string, schema: string): string {
  const current = schemaNamedIn(text);
  const isGeneral =
    current !== undefined && !isUrlOrAbsolutePath(current) && posix.basename(current) === GENERAL_SCHEMA;
  return isGeneral ? text.replace(SCHEMA_LINE, () => schemaLine(path, schema).trimEnd()) : text;
}

export interface SchemaLineChanges {
  readonly changed: readonly string[];
  /** A warning for each file that could not be written. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Adds a first line with the company schema to each file, or replaces the general schema there. Does not change any
 * other schema.
 */
export function addCompanySchemaLines(root: string, { cwd }: { readonly cwd: string }): SchemaLineChanges {
  const disk = createDisk(cwd);
  const writer = createDiskWriter(cwd);
  const schema = posix.join(root, COMPANY_SCHEMA);
  const changed: string[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const { source } of readSources(findFiles(root, disk).paths, disk)) {
    if (source === undefined) continue;
    const { file, text } = source;
    const after =
      schemaNamedIn(text) === undefined ? schemaLine(file, schema) + text : withCompanySchema(text, file, schema);
    if (after === text) continue;
    const problem = tryReplace(writer, file, { before: text, after });
    if (problem === undefined) changed.push(file);
    else diagnostics.push(problem);
  }
  return { changed, diagnostics };
}

function tryReplace(
  writer: DiskWriter,
  file: string,
  { before, after }: { readonly before: string; readonly after: string },
): Diagnostic | undefined {
  try {
    writer.replace(file, before, after);
    return undefined;
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    return { ...error.toDiagnostic(), severity: "warning" };
  }
}
