import { createDisk } from "../fs/disk.ts";
import { readText, replaceFile } from "../fs/replace-file.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { exceedsTokens } from "../yaml/compose-documents.ts";
import { formatYaml } from "../yaml/format.ts";
import { type Loaded, type LoadOptions, loadDesired } from "./load-desired-state.ts";

/** A file that is not in the canonical form. */
export interface UnformattedFile {
  /** As people would type it. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface UnformattedFiles {
  readonly unformatted: readonly UnformattedFile[];
  /** What is wrong with files, which are left alone then. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: Loaded["sources"];
}

/** Finds the files that are not in the canonical form. Writes nothing, and passes over every file that has an error. */
export async function findUnformattedFiles(directory: string, options: LoadOptions = {}): Promise<UnformattedFiles> {
  const disk = options.disk ?? createDisk(options.cwd);
  // Without what the files declare, so that its memory is free again before the first file is laid out.
  const { diagnostics: found, sources } = await loadDesired(directory, { ...options, disk });
  const errors = found.filter(({ severity, code }) => severity === "error" && code !== "no-contacts");
  const wrong = new Set(errors.map(({ location }) => location?.file));
  const diagnostics: Diagnostic[] = [...errors];
  const unformatted: UnformattedFile[] = [];
  for (const [path, text] of sources) {
    if (wrong.has(path)) continue;
    const after = formatFile(path, text);
    const before = readText(path, { limit: LIMITS.fileBytes, disk });
    if (typeof after !== "string") diagnostics.push(after);
    else if (before !== undefined && before !== after) unformatted.push({ path, before, after });
  }
  return { unformatted, diagnostics, sources };
}

/** Returns the formatted text, or why the file is left as it is. */
function formatFile(path: string, text: string): string | Diagnostic {
  if (exceedsTokens(text, LIMITS.formattedTokens)) return tooLarge(path);
  return formatYaml(text) ?? noForm(path);
}

function tooLarge(file: string): Diagnostic {
  return {
    severity: "warning",
    code: "too-large-to-format",
    summary: `This file has more than ${LIMITS.formattedTokens} YAML tokens, the most that fmt formats`,
    advice: "It is left as it is. Split it into several files to have it formatted.",
    location: { file, line: 1, column: 1, length: 1 },
  };
}

function noForm(file: string): Diagnostic {
  return {
    severity: "warning",
    code: "no-canonical-form",
    summary: "This file uses YAML in a way that fmt does not know how to lay out",
    advice: "It is left as it is. Write it more plainly if it is to be formatted.",
    location: { file, line: 1, column: 1, length: 1 },
  };
}

/** Writes what `findUnformattedFiles` found, unless the file has changed since. Returns what kept it from being written. */
export function rewriteFile(
  { path, before, after }: UnformattedFile,
  { cwd }: { readonly cwd: string },
): Diagnostic | undefined {
  return replaceFile(path, after, { cwd, before });
}
