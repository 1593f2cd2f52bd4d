import { lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, posix, resolve } from "node:path";
import { COMPANY_SCHEMA } from "../desired/company-file.ts";
import { contactsSchemaText } from "../desired/company-schema.ts";
import { findFiles } from "../desired/files.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { createDisk } from "../disk/disk.ts";
import { replaceFile } from "../disk/replace-file.ts";

/** What became of a file that a first set-up has. */
export interface FirstFile {
  readonly path: string;
  readonly outcome: "created" | "extended" | "kept";
}

export interface FirstFilesOptions {
  readonly cwd: string;
  /** A workflow to be put in place, too. */
  readonly workflow?: { readonly path: string; readonly text: string };
}

const SCHEMA = "contacts.schema.json";

/**
 * Makes what a repository needs to begin with: an example, a schema for editors, lines for git. Whatever is there
 * already is left as it is, so doing it twice is doing it once.
 */
export function writeFirstFiles(
  directory: string,
  { cwd, workflow }: FirstFilesOptions,
): { readonly files: readonly FirstFile[]; readonly problem?: Diagnostic } {
  const files: FirstFile[] = [];
  try {
    const disk = createDisk(cwd);
    const there = disk.list(directory) === undefined ? [] : findFiles(directory, disk).paths;
    const schema = isThere(resolve(cwd, directory, COMPANY_SCHEMA)) ? COMPANY_SCHEMA : SCHEMA;
    if (schema === SCHEMA) files.push(create(posix.join(directory, SCHEMA), contactsSchemaText(), cwd));
    if (there.length === 0) files.push(create(posix.join(directory, "example.yaml"), exampleText(schema), cwd));
    else files.push(...there.slice(0, 1).map((path) => ({ path, outcome: "kept" }) as const));
    const ignored = extendIgnored(directory, cwd);
    if ("severity" in ignored) return { files, problem: ignored };
    files.push(ignored);
    if (workflow !== undefined) files.push(create(workflow.path, workflow.text, cwd));
    return { files };
  } catch (error) {
    return { files, problem: notMade(error) };
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function create(path: string, text: string, cwd: string): FirstFile {
  const real = resolve(cwd, path);
  if (isThere(real)) return { path, outcome: "kept" };
  mkdirSync(dirname(real), { recursive: true });
  writeFileSync(real, text, { flag: "wx" });
  return { path, outcome: "created" };
}

function exampleText(schema: string): string {
  return `# yaml-language-server: $schema=${schema}
#
# An example to begin with. Every .yaml file in this directory counts, and all of them together are one description.
# What they do not say is left alone in Front: a field, a handle, a contact.
contacts:
  # The key is your own name for the contact; in plans it is front_contact.dale-cooper. Front never sees it.
  dale-cooper:
    name: Dale Cooper
    # Whoever holds one of these handles in Front is this contact. If nobody does, it is created.
    handles:
      - { source: email, handle: dale.cooper@fbi.example }
      # Phone numbers need quotes.
      - { source: phone, handle: "+13605550123" }
    # Lists have to exist in Front, or be declared at the top of a file, as below.
    # lists: [Twin Peaks Characters]
    # Names of fields are case-sensitive; fields that are not written are kept.
    # custom_fields:
    #   Job Title: FBI Special Agent

# Lists that may be created:
# lists:
#   - Twin Peaks Characters

# These files are for one company, and are refused for any other:
# settings:
#   company: cmp_k30
`;
}

/** Only what is missing is added, and nothing else is touched. */
function extendIgnored(directory: string, cwd: string): FirstFile | Diagnostic {
  const path = ".gitignore";
  const real = resolve(cwd, path);
  const wanted = [...cacheLine(directory), "/plan.json", "/plan.md"];
  if (!isThere(real)) return create(path, `${IGNORED}\n${wanted.join("\n")}\n`, cwd);
  const read = createDisk(cwd).read(createDisk(cwd).realPath(path) ?? path, { limit: MOST_BYTES });
  if (read.kind !== "bytes") return notMade(Object.assign(new Error(), { code: "no plain file", path }));
  const text = new TextDecoder().decode(read.bytes);
  const there = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, "")));
  const missing = wanted.filter((line) => !there.has(line.slice(1)));
  if (missing.length === 0) return { path, outcome: "kept" };
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const before = text === "" || text.endsWith("\n") ? text : text + end;
  const problem = replaceFile(
    createDisk(cwd).realPath(path) ?? path,
    before + missing.map((line) => line + end).join(""),
    { cwd },
  );
  return problem ?? { path, outcome: "extended" };
}

/** More than anybody ignores by name. */
const MOST_BYTES = 1024 * 1024;

const IGNORED = "# What front-contacts remembers, and plans, which hold personal data.";

/** Git only looks at what is below its own directory. */
function cacheLine(directory: string): string[] {
  const path = posix.normalize(directory).replace(/\/+$/, "");
  if (path.startsWith("..") || posix.isAbsolute(path) || /[\r\n]/.test(path)) return [];
  return [path === "." || path === "" ? "/.front-contacts/" : `/${path}/.front-contacts/`];
}

function notMade(error: unknown): Diagnostic {
  const { code = "for an unknown reason", path = "a file" } = error as NodeJS.ErrnoException;
  return {
    severity: "error",
    code: "file-not-written",
    summary: `${path} cannot be made (${code})`,
    advice: "Begin in a directory that may be written; --contacts DIR names another for the files.",
  };
}
