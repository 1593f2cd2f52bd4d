import { statSync } from "node:fs";
import { posix, resolve } from "node:path";
import {
  addCompanySchemaLines,
  assertWritable,
  COMPANY_SCHEMA,
  type CompanyMetadata,
  type CompanyReading,
  type CompanySchemaFile,
  companySchemaText,
  compareCompanyMetadata,
  contactsSchemaText,
  createDisk,
  entriesIn,
  escapeText,
  readCompanyMetadata,
  readCompanySchemaFile,
  writeFile,
} from "../../src/internal.ts";
import type { ArgsByCommand } from "../args/commands.ts";
import { assertOutputFileName, EXIT, UsageError } from "../environment.ts";
import type { Session } from "../session.ts";
import { quotedCommand } from "../views/advice.ts";
import { plural, shellQuote } from "../views/text.ts";

export async function run(args: ArgsByCommand["schema"], session: Session): Promise<number> {
  const { contacts, fromFront, check } = args;
  const to = args.to === undefined ? undefined : resolveSymbolicLink(args.to, session.cwd);
  if (!fromFront && !check) return writeGeneralSchema(to, session);
  const path = to ?? posix.join(contacts, COMPANY_SCHEMA);
  const file = readCompanySchemaFile(contacts, createDisk(session.cwd), path);
  if (check) return await checkSchema(file, to, session);
  // The default path is reserved for front-contacts, so an existing file there is replaced even if it is not a valid
  // schema.
  if (to === undefined) assertWritable(path, session.cwd);
  else assertReplaceableSchema(to, session.cwd);
  writeCompanySchema(file, await readCompany(session), session);
  if (to === undefined) addSchemaReferences(contacts, session);
  return EXIT.ok;
}

function writeGeneralSchema(to: string | undefined, session: Session): number {
  if (to === undefined) session.out(contactsSchemaText());
  else {
    assertReplaceableSchema(to, session.cwd);
    writeFile(to, contactsSchemaText(), session.cwd);
  }
  return EXIT.ok;
}

function assertReplaceableSchema(path: string, cwd: string): void {
  assertOutputFileName(path);
  assertWritable(path, cwd);
  const file = createDisk(cwd).read(path, { limit: MAX_BYTES });
  if (file.kind === "missing" || (file.kind === "bytes" && isSchema(new TextDecoder().decode(file.bytes)))) return;
  throw new UsageError(`"${path}" exists and is not a schema`, "Delete the file, or specify another file with --to.");
}

/** Maximum size in bytes of a schema file to replace. */
const MAX_BYTES = 16 * 1024 * 1024;

function isSchema(text: string): boolean {
  try {
    const { title, $defs } = JSON.parse(text);
    return typeof title === "string" && typeof $defs?.contact === "object";
  } catch {
    return false;
  }
}

function resolveSymbolicLink(path: string, cwd: string): string {
  const disk = createDisk(cwd);
  // Special files are rejected before links are followed, because in a pipe, /dev/stdout is a link to a path that does
  // not exist.
  if (isSpecialFile(resolve(cwd, path))) {
    throw new UsageError(
      `"${path}" is not a regular file`,
      "Specify a regular file or a new file. Without --to and --from-front, the schema is written to standard output.",
    );
  }
  const isLink = entriesIn(posix.dirname(path), disk).some(
    ({ name, kind }) => kind === "link" && name === posix.basename(path),
  );
  return isLink ? (disk.realPath(path) ?? path) : path;
}

/** Returns false for a path that cannot be read, such as one below a file; the command then reports the error. */
function isSpecialFile(path: string): boolean {
  try {
    const status = statSync(path);
    return !status.isFile() && !status.isDirectory();
  } catch {
    return false;
  }
}

async function readCompany(session: Session): Promise<CompanyReading> {
  // Errors in the configuration are ignored, because the new schema may resolve them.
  const { desired } = await session.loadConfiguration();
  const front = session.frontReader(desired?.settings ?? {});
  return await session.withProgress("Reading company data", () => readCompanyMetadata(front));
}

function writeCompanySchema({ path, text }: CompanySchemaFile, company: CompanyReading, session: Session): void {
  const { metadata } = company;
  const after = companySchemaText(metadata);
  const shownPath = escapeText(path);
  showUnreadableParts(company, session);
  if (text === after) session.print(`${shownPath} is up to date.\n`);
  else {
    writeFile(path, after, session.cwd);
    session.print(`Wrote ${shownPath} with ${describeCounts(metadata)} from company ${metadata.company.id}.\n`);
  }
}

function addSchemaReferences(contacts: string, session: Session): void {
  const { changed, diagnostics } = addCompanySchemaLines(posix.normalize(contacts), { cwd: session.cwd });
  session.showDiagnostics(diagnostics);
  if (changed.length === 0) return;
  const [first = ""] = changed;
  const files = changed.length === 1 ? escapeText(first) : `${changed.length} files`;
  session.print(`Added the schema path to the first line of ${files}, for editor completion.\n`);
}

const OPTIONAL_PARTS = { accountFields: "account custom fields", teammates: "teammates", inboxes: "inboxes" } as const;
const OPTIONAL_KEYS = Object.keys(OPTIONAL_PARTS) as (keyof typeof OPTIONAL_PARTS)[];

function showUnreadableParts({ unreadable }: CompanyReading, session: Session): void {
  if (unreadable.size === 0) return;
  const reasons = [...unreadable].map(([part, reason]) => `  ${OPTIONAL_PARTS[part]}: ${escapeText(reason)}\n`);
  session.err(`The schema does not contain these parts, because the token has no access:\n${reasons.join("")}`);
}

function describeCounts({ fields, accountFields = [], lists, teammates, inboxes }: CompanyMetadata): string {
  const accountFieldCount = plural(accountFields.length, "account custom field", "account custom fields");
  return [
    plural(fields.length, "custom field"),
    ...(accountFields.length === 0 ? [] : [accountFieldCount]),
    plural(lists.length, "list"),
    plural(teammates?.length ?? 0, "teammate"),
    plural(inboxes?.length ?? 0, "inbox", "inboxes"),
  ].join(", ");
}

async function checkSchema(
  { path, metadata, text, diagnostics }: CompanySchemaFile,
  to: string | undefined,
  session: Session,
): Promise<number> {
  const shownPath = escapeText(path);
  const options = to === undefined ? "--from-front" : `--from-front --to ${shellQuote(to)}`;
  const advice = `Run ${quotedCommand("schema", session.args.contacts, options)}.`;
  const [problem] = diagnostics;
  if (problem !== undefined) throw new UsageError(problem.summary, advice);
  if (metadata === undefined) throw new UsageError(`"${shownPath}" does not exist`, advice);
  const { metadata: currentMetadata, unreadable } = await readCompany(session);
  const differences = [
    ...compareCompanyMetadata(metadata, currentMetadata),
    ...OPTIONAL_KEYS.filter((part) => metadata[part] === undefined && !unreadable.has(part)).map(
      (part) => `The file does not contain the ${OPTIONAL_PARTS[part]} of the company, which this token can read`,
    ),
  ];
  // Parts that the token cannot read are treated as unchanged.
  const expectedMetadata = {
    ...currentMetadata,
    accountFields: currentMetadata.accountFields ?? metadata.accountFields,
    teammates: currentMetadata.teammates ?? metadata.teammates,
    inboxes: currentMetadata.inboxes ?? metadata.inboxes,
  };
  if (differences.length === 0 && text === companySchemaText(expectedMetadata)) {
    session.print(`${shownPath} is up to date.\n`);
    return EXIT.ok;
  }
  const reasons =
    differences.length === 0
      ? ["The file differs from the schema that this version of front-contacts generates"]
      : differences;
  session.print(`${shownPath} is out of date:\n${reasons.map((reason) => `  ${escapeText(reason)}\n`).join("")}`);
  session.err(`\n${advice}\n`);
  return EXIT.failed;
}
