import { createDisk } from "../fs/disk.ts";
import { readText } from "../fs/disk-writer.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { exceedsTokens } from "../yaml/compose-documents.ts";
import { formatYaml } from "../yaml/format.ts";
import { YAML_NAME } from "./find-files.ts";
import { type Loaded, type LoadOptions, loadDesired } from "./load-desired-state.ts";
import { configProblem, topOf } from "./messages.ts";
import { companySchemaIn, withCompanySchema } from "./schema-line.ts";

export interface UnformattedFile {
  /** Relative to the working directory; absolute if the contacts directory was specified by an absolute path. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface UnformattedFiles {
  readonly unformatted: readonly UnformattedFile[];
  /** The reasons why files are skipped. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Loaded["sources"];
}

/** Returns the files that are not formatted. Skips files with errors. Does not write files. */
export async function findUnformattedFiles(directory: string, options: LoadOptions = {}): Promise<UnformattedFiles> {
  const disk = options.disk ?? createDisk(options.cwd);
  // The desired state is discarded to free its memory before the first file is formatted.
  const { diagnostics: problems, sources } = await loadDesired(directory, { ...options, disk });
  const errors = problems.filter(({ severity }) => severity === "error");
  const filesWithErrors = new Set(errors.map(({ location }) => location?.file));
  const diagnostics: Diagnostic[] = [...errors];
  const schema = companySchemaIn(directory, disk);
  const unformatted: UnformattedFile[] = [];
  for (const [path, text] of sources) {
    // The sources include CSV tables.
    if (filesWithErrors.has(path) || !YAML_NAME.test(path)) continue;
    const after = formatFile(path, text, schema);
    const before = readText(path, { limit: LIMITS.fileBytes, disk });
    if (typeof after !== "string") diagnostics.push(after);
    else if (before !== undefined && before !== after) unformatted.push({ path, before, after });
  }
  return { unformatted, diagnostics, sources };
}

/**
 * Returns the formatted text; a diagnostic if the file cannot be formatted. `schema` is the path of the company schema,
 * if there is one.
 */
function formatFile(path: string, before: string, schema: string | undefined): string | Diagnostic {
  const text = schema === undefined ? before : withCompanySchema(before, path, schema);
  const location = topOf(path);
  if (exceedsTokens(text, LIMITS.formattedTokens)) return configProblem("too-large-to-format", undefined, { location });
  const formatted = formatYaml(text);
  if (formatted === undefined) return configProblem("no-canonical-form", undefined, { location });
  const isTooLarge = Buffer.byteLength(formatted) > LIMITS.fileBytes;
  return isTooLarge ? configProblem("too-large-once-formatted", undefined, { location }) : formatted;
}
