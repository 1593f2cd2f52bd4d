import { lstatSync, mkdirSync } from "node:fs";
import { dirname, posix, relative, resolve, sep } from "node:path";
import { contactsSchemaText } from "../config/company-schema.ts";
import { COMPANY_SCHEMA } from "../config/company-schema-file.ts";
import { findFiles } from "../config/find-files.ts";
import { GENERAL_SCHEMA } from "../config/schema-line.ts";
import type { FrontApi } from "../front/api.ts";
import { TEMPORARY_PATTERN } from "../fs/atomic-file.ts";
import { createDisk, type ReadFile, reasonOf } from "../fs/disk.ts";
import { exists, replaceFile } from "../fs/disk-writer.ts";
import { type Diagnostic, generalError } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { countryOfPhone } from "../model/phone.ts";
import { UserError } from "../model/user-error.ts";

export interface InitialFile {
  /** The path of the file or, if there are several configuration files, of their directory. */
  readonly path: string;
  readonly outcome: "created" | "extended" | "unchanged";
  /** The number of configuration files in the directory, if there are several. */
  readonly count?: number;
}

export interface InitialSettings {
  readonly company?: string;
  readonly phoneCountry?: string;
}

export interface InitialFilesOptions {
  readonly cwd: string;
  /** Reads the settings from Front. Called only if there are no configuration files yet. */
  readonly readSettings: () => Promise<InitialSettings>;
  readonly workflow?: { readonly path: string; readonly text: string } | undefined;
}

/**
 * Creates a settings file with a commented-out example, unless there are configuration files. Creates a JSON Schema for
 * editors and, if requested, a CI workflow, unless they exist. Adds missing lines to .gitignore. Does not change other
 * existing files.
 */
export async function writeInitialFiles(
  directory: string,
  { cwd, readSettings, workflow }: InitialFilesOptions,
): Promise<{ readonly files: readonly InitialFile[]; readonly problem?: Diagnostic }> {
  const writer = new InitialFileWriter(cwd);
  try {
    const disk = createDisk(cwd);
    writer.assertNotLinked(directory);
    const existing = disk.list(directory).kind === "missing" ? [] : findFiles(directory, disk).paths;
    const schema = exists(resolve(cwd, directory, COMPANY_SCHEMA)) ? COMPANY_SCHEMA : GENERAL_SCHEMA;
    if (schema === GENERAL_SCHEMA) writer.create(posix.join(directory, schema), contactsSchemaText());
    const [first, ...others] = existing;
    if (first === undefined)
      writer.create(posix.join(directory, "settings.yaml"), settingsText(schema, await readSettings()));
    else if (others.length === 0) writer.files.push({ path: first, outcome: "unchanged" });
    else writer.files.push({ path: directory, outcome: "unchanged", count: existing.length });
    writer.extendGitignore(directory);
    if (workflow !== undefined) writer.create(workflow.path, workflow.text);
    return { files: writer.files };
  } catch (error) {
    const problem = error instanceof UserError ? error.toDiagnostic() : reportNotCreated(error);
    return { files: writer.files, problem };
  }
}

/** The names that the documentation uses for saved plans and for files with the output of plan and apply. */
const PLAN_FILES = ["/plan.json", "/plan.md", "/plan.html", "/apply.html", "/result.html", "/undo.json"];

/** Writes files atomically and never through a symbolic link. */
class InitialFileWriter {
  readonly files: InitialFile[] = [];
  readonly #cwd: string;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  create(path: string, text: string): void {
    this.assertNotLinked(posix.dirname(path));
    const real = resolve(this.#cwd, path);
    if (exists(real)) {
      this.files.push({ path, outcome: "unchanged" });
      return;
    }
    mkdirSync(dirname(real), { recursive: true });
    replaceFile(path, text, { cwd: this.#cwd, before: null });
    this.files.push({ path, outcome: "created" });
  }

  /**
   * Throws a `UserError` if this directory or one of its parents below the working directory is a symbolic link,
   * because files would be written elsewhere.
   */
  assertNotLinked(directory: string): void {
    let path = this.#cwd;
    for (const part of relative(this.#cwd, resolve(this.#cwd, directory)).split(sep)) {
      if (part === "") continue;
      path = resolve(path, part);
      if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
        throw UserError.from(reportLink(path, this.#cwd));
    }
  }

  extendGitignore(directory: string): void {
    const path = ".gitignore";
    const real = resolve(this.#cwd, path);
    const requiredLines = ["node_modules/", ...cacheLines(directory), ...PLAN_FILES, TEMPORARY_PATTERN];
    if (!exists(real)) {
      this.create(path, `${IGNORE_COMMENT}\n${requiredLines.join("\n")}\n`);
      return;
    }
    if (lstatSync(real).isSymbolicLink()) throw UserError.from(reportLink(real, this.#cwd, requiredLines));
    const read = createDisk().read(real, { limit: MAX_GITIGNORE_BYTES });
    if (read.kind !== "bytes") throw UserError.from(reportUnreadable(path, read));
    const text = new TextDecoder().decode(read.bytes);
    const existingLines = new Set(text.split(/\r?\n/).map(withoutSlashes));
    const missing = requiredLines.filter((line) => !existingLines.has(withoutSlashes(line)));
    if (missing.length === 0) {
      this.files.push({ path, outcome: "unchanged" });
      return;
    }
    const end = text.includes("\r\n") ? "\r\n" : "\n";
    const separator = text === "" || text.endsWith("\n") ? "" : end;
    const added = separator + missing.map((line) => line + end).join("");
    // Keeps the existing bytes, because the file may not be UTF-8.
    replaceFile(path, Buffer.concat([read.bytes, Buffer.from(added)]), { cwd: this.#cwd, before: read.bytes });
    this.files.push({ path, outcome: "extended" });
  }
}

/**
 * Returns a pattern of .gitignore without slashes at its beginning and end. The result matches at least the same files.
 */
function withoutSlashes(line: string): string {
  return line.trim().replace(/^\/|\/$/g, "");
}

function reportLink(path: string, cwd: string, lines: readonly string[] = []): Diagnostic {
  const relativePath = relative(cwd, path);
  const advice =
    lines.length === 0
      ? "Replace it with a directory. If it is part of the path of the contacts directory, you can also use another contacts directory."
      : `Add these lines to the file it points to: ${lines.join(", ")}.`;
  const summary = `"${relativePath}" is a symbolic link, which init does not follow`;
  return generalError("file-not-written", summary, advice);
}

function settingsText(schema: string, { company, phoneCountry }: InitialSettings): string {
  return `# yaml-language-server: $schema=${schema}
#
# All YAML files in this directory and its subdirectories together describe the desired state. Fields, handles and
# contacts that are not declared are left unchanged in Front.
settings:
  # Run only against this company.
  ${company === undefined ? "# company: cmp_k30" : `company: ${company}`}
  # The country of phone numbers without a country code.
  ${phoneCountry === undefined ? "# phone_country: US" : `phone_country: ${phoneCountry}`}
  # The share of the rate limit to leave for other integrations.
  reserve: 20%

# A contact. Remove the # to declare it, or import contacts from Front with front-contacts import.
#
# contacts:
#   # The key is your own name for the contact; plans show it as front_contact.dale-cooper. It is not sent to Front.
#   dale-cooper:
#     name: Dale Cooper
#     # If a contact in Front has one of these handles, it is updated. Otherwise, a contact is created.
#     handles:
#       - { source: email, handle: dale.cooper@fbi.example }
#       # Phone numbers need quotes.
#       - { source: phone, handle: "+13605550123" }
#     # Lists must exist in Front or be declared at the top level of a file, as below.
#     lists: [Twin Peaks Characters]
#     # Names of custom fields are case-sensitive. Fields that are not listed are unchanged.
#     custom_fields:
#       Job Title: FBI Special Agent
#
# Lists that may be created:
#
# lists:
#   - Twin Peaks Characters
`;
}

const MAX_GITIGNORE_BYTES = 1024 * 1024;

const IGNORE_COMMENT = "# Packages, and the cache and saved plans of front-contacts, which contain personal data.";

/** Returns no line if the cache directory is not below the directory of .gitignore. */
function cacheLines(directory: string): string[] {
  const path = posix.normalize(directory).replace(/\/+$/, "");
  if (path.startsWith("..") || posix.isAbsolute(path) || /[\r\n]/.test(path)) return [];
  return [path === "." || path === "" ? "/.front-contacts/" : `/${path}/.front-contacts/`];
}

function reportUnreadable(path: string, read: Exclude<ReadFile, { readonly kind: "bytes" }>): Diagnostic {
  const [problem, advice] = describeUnreadable(read);
  const summary = `"${path}" ${problem}`;
  return generalError("file-not-written", summary, `${advice}, then run the command again.`);
}

function describeUnreadable(read: Exclude<ReadFile, { readonly kind: "bytes" }>): readonly [string, string] {
  switch (read.kind) {
    case "too-large":
      return [`is larger than ${MAX_GITIGNORE_BYTES / 1024 / 1024} MB`, "Remove lines from the file"];
    case "not-a-file":
      return ["is not a regular file", "Rename or remove it"];
    case "unreadable":
      return [`cannot be read (${read.reason})`, "Grant read permission for the file"];
    default:
      return ["changed while it was read", "Wait until the file is complete"];
  }
}

function reportNotCreated(error: unknown): Diagnostic {
  const { path = "a file" } = error as NodeJS.ErrnoException;
  const summary = `"${path}" cannot be created (${reasonOf(error)})`;
  const advice = "Run the command in a writable directory, or use another contacts directory.";
  return generalError("file-not-written", summary, advice, { kind: "choose-directory" });
}

/** Minimum number of phone numbers. Fewer numbers may share a country by chance. */
const MIN_NUMBERS = 10;

/**
 * Reads the company and guesses the country of its phone numbers. Front's API does not return the country of a company,
 * so the country is set only if the oldest hundred contacts have at least ten international numbers, all from one
 * country.
 */
export async function readInitialSettings(front: Pick<FrontApi, "me" | "contacts">): Promise<InitialSettings> {
  const { id } = await front.me();
  const company = /^cmp_[a-zA-Z0-9]+$/.test(id) ? id : undefined;
  return omitUndefined({ company, phoneCountry: await phoneCountryOf(front) });
}

async function phoneCountryOf(front: Pick<FrontApi, "contacts">): Promise<string | undefined> {
  for await (const { contacts } of front.contacts()) {
    const numbers = contacts.flatMap(({ handles }) => handles).filter(({ source }) => source === "phone");
    const countries = numbers.flatMap(({ handle }) => (handle.startsWith("+") ? [countryOfPhone(handle)] : []));
    const [first, ...others] = countries;
    return countries.length >= MIN_NUMBERS && others.every((country) => country === first) ? first : undefined;
  }
  return undefined;
}
