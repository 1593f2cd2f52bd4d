import { lstatSync, mkdirSync } from "node:fs";
import { dirname, posix, relative, resolve, sep } from "node:path";
import { contactsSchemaText } from "../config/company-schema.ts";
import { COMPANY_SCHEMA } from "../config/company-schema-file.ts";
import { findFiles } from "../config/find-files.ts";
import { TEMPORARY_PATTERN } from "../fs/atomic-file.ts";
import { createDisk } from "../fs/disk.ts";
import { readText, replaceFile } from "../fs/disk-writer.ts";
import { FileError, reasonOf } from "../fs/file-error.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { UserError } from "../model/user-error.ts";

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
export function writeInitialFiles(
  directory: string,
  { cwd, workflow }: FirstFilesOptions,
): { readonly files: readonly FirstFile[]; readonly problem?: Diagnostic } {
  const setup = new Setup(cwd);
  try {
    const disk = createDisk(cwd);
    setup.mustNotBeLinked(directory);
    const there = disk.list(directory).kind === "missing" ? [] : findFiles(directory, disk).paths;
    const schema = isThere(resolve(cwd, directory, COMPANY_SCHEMA)) ? COMPANY_SCHEMA : SCHEMA;
    if (schema === SCHEMA) setup.create(posix.join(directory, SCHEMA), contactsSchemaText());
    if (there.length === 0) setup.create(posix.join(directory, "example.yaml"), exampleText(schema));
    else setup.files.push(...there.slice(0, 1).map((path) => ({ path, outcome: "kept" }) as const));
    setup.extendIgnored(directory);
    if (workflow !== undefined) setup.create(workflow.path, workflow.text);
    return { files: setup.files };
  } catch (error) {
    const problem = error instanceof UserError ? error.toDiagnostic() : notMade(error);
    return { files: setup.files, problem };
  }
}

/** Writes files, each whole or not at all, and follows no symbolic link. */
class Setup {
  readonly files: FirstFile[] = [];
  readonly #cwd: string;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  create(path: string, text: string): void {
    this.mustNotBeLinked(posix.dirname(path));
    const real = resolve(this.#cwd, path);
    if (isThere(real)) {
      this.files.push({ path, outcome: "kept" });
      return;
    }
    mkdirSync(dirname(real), { recursive: true });
    this.#write(path, text, null);
    this.files.push({ path, outcome: "created" });
  }

  #write(path: string, text: string, before: string | null): void {
    const problem = replaceFile(path, text, { cwd: this.#cwd, before });
    if (problem !== undefined) throw UserError.from(problem);
  }

  /** Throws when a directory on the way from the working directory is a link: what is written there would be elsewhere. */
  mustNotBeLinked(directory: string): void {
    let at = this.#cwd;
    for (const part of relative(this.#cwd, resolve(this.#cwd, directory)).split(sep)) {
      if (part === "") continue;
      at = resolve(at, part);
      if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) throw UserError.from(linked(at, this.#cwd));
    }
  }

  /** Adds only the lines that are missing, and touches nothing else. */
  extendIgnored(directory: string): void {
    const path = ".gitignore";
    const real = resolve(this.#cwd, path);
    const wanted = [...cacheLine(directory), "/plan.json", "/plan.md", TEMPORARY_PATTERN];
    if (!isThere(real)) {
      this.create(path, `${IGNORED}\n${wanted.join("\n")}\n`);
      return;
    }
    if (lstatSync(real).isSymbolicLink()) throw UserError.from(linked(real, this.#cwd, wanted));
    const text = readText(real, { limit: MOST_BYTES });
    if (text === undefined) throw Object.assign(new FileError("not-a-file"), { path });
    const there = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, "")));
    const missing = wanted.filter((line) => !there.has(line.replace(/^\//, "")));
    if (missing.length === 0) {
      this.files.push({ path, outcome: "kept" });
      return;
    }
    const end = text.includes("\r\n") ? "\r\n" : "\n";
    const before = text === "" || text.endsWith("\n") ? text : text + end;
    this.#write(path, before + missing.map((line) => line + end).join(""), text);
    this.files.push({ path, outcome: "extended" });
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function linked(path: string, cwd: string, lines: readonly string[] = []): Diagnostic {
  const named = relative(cwd, path);
  const advice =
    lines.length === 0
      ? "Replace it with a directory, or name another one with --contacts DIR."
      : `Add these lines to the file it points to: ${lines.join(", ")}.`;
  return {
    severity: "error",
    code: "file-not-written",
    summary: `${named} is a symbolic link, which init does not follow`,
    advice,
  };
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
  const { path = "a file" } = error as NodeJS.ErrnoException;
  return {
    severity: "error",
    code: "file-not-written",
    summary: `${path} cannot be created (${reasonOf(error)})`,
    advice: "Start in a writable directory, or name another one for the files with --contacts.",
  };
}
