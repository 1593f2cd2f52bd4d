import { posix } from "node:path";
import {
  assertWritable,
  COMPANY_SCHEMA,
  type CompanyMetadata,
  type CompanySchemaFile,
  companySchemaText,
  compareCompanyMetadata,
  contactsSchemaText,
  createDisk,
  entriesIn,
  escapeText,
  loadDesired,
  type Pause,
  readCompanyMetadata,
  readCompanySchemaFile,
  writeFile,
} from "../../src/index.ts";
import { contactsDirectory } from "../configuration.ts";
import { connect } from "../front-client.ts";
import { showWait } from "../make-plan.ts";
import { type Environment, EXIT, type Given, mustNotBeContacts, UsageError } from "../process-io.ts";
import { startProgress } from "../views/progress.ts";

/** Prints or writes the schema of the files: the one for everybody, or the one of a company. */
export async function run(given: Given, io: Environment): Promise<number> {
  const to = typeof given["to"] === "string" ? behindLinks(given["to"], io) : undefined;
  if (given["from-front"] !== true && given["check"] !== true) return writeGeneral(to, io);
  const path = to ?? posix.join(contactsDirectory(given), COMPANY_SCHEMA);
  const file = readCompanySchemaFile(contactsDirectory(given), createDisk(io.cwd), path);
  if (given["check"] === true) return await check(file, given, io);
  /** The name in the directory is ours, and what is broken there is mended. */
  if (to === undefined) assertWritable(path, io.cwd);
  else mustBePlaceOfSchema(to, io);
  const facts = await ask(given, io);
  return writeCompany(file, facts, io);
}

function writeGeneral(to: string | undefined, io: Environment): number {
  if (to === undefined) io.out(contactsSchemaText());
  else {
    mustBePlaceOfSchema(to, io);
    write(to, contactsSchemaText(), io);
  }
  return EXIT.ok;
}

/** What is there already has to be a schema: whatever else it is, somebody may miss it. */
function mustBePlaceOfSchema(path: string, io: Environment): void {
  mustNotBeContacts(path);
  assertWritable(path, io.cwd);
  const there = createDisk(io.cwd).read(path, { limit: MOST_BYTES });
  if (there.kind === "missing" || (there.kind === "bytes" && isSchema(new TextDecoder().decode(there.bytes)))) return;
  throw new UsageError(`${path} is there, and is no schema`, "Delete it first, or name another file with --to.");
}

/** No company's schema is larger. */
const MOST_BYTES = 16 * 1024 * 1024;

function isSchema(text: string): boolean {
  try {
    const { title, $defs } = JSON.parse(text);
    return typeof title === "string" && typeof $defs?.contact === "object";
  } catch {
    return false;
  }
}

/** Whoever names a link means what it leads to. */
function behindLinks(path: string, io: Environment): string {
  const disk = createDisk(io.cwd);
  const isLink = entriesIn(posix.dirname(path), disk).some(
    ({ name, kind }) => kind === "link" && name === posix.basename(path),
  );
  return isLink ? (disk.realPath(path) ?? path) : path;
}

async function ask(given: Given, io: Environment): Promise<CompanyMetadata> {
  /** Files that are not fit to plan with may still be helped by a schema. */
  const { desired } = await loadDesired(contactsDirectory(given), { cwd: io.cwd });
  const progress = startProgress(io, "Reading Front");
  const onPause = (wait: Pause) => showWait(progress, wait);
  try {
    return await readCompanyMetadata(
      connect(io, given, { readOnly: true, company: desired?.settings.company, onPause }),
    );
  } finally {
    await progress.stop();
  }
}

function writeCompany({ path, text }: CompanySchemaFile, facts: CompanyMetadata, io: Environment): number {
  const after = companySchemaText(facts);
  const shown = escapeText(path);
  tellMissing(facts, io);
  if (text === after) {
    io.out(`${shown} is up to date.\n`);
    return EXIT.ok;
  }
  write(path, after, io);
  io.out(`Wrote ${shown}: ${countsOf(facts)} of ${facts.company.id}.\n`);
  if (text === undefined) {
    io.err(
      `\nFor editors, begin each file beside it with the line\n\n  # yaml-language-server: $schema=${posix.basename(shown)}\n`,
    );
  }
  return EXIT.ok;
}

function tellMissing({ teammates, inboxes }: CompanyMetadata, io: Environment): void {
  const missing = [teammates === undefined ? "teammates" : "", inboxes === undefined ? "inboxes" : ""].filter(Boolean);
  if (missing.length === 0) return;
  io.err(`Left out: ${missing.join(" and ")}, which the token may not read. Everything else is complete.\n`);
}

function countsOf({ fields, lists, teammates, inboxes }: CompanyMetadata): string {
  const counts = [
    [fields.length, "custom field"],
    [lists.length, "list"],
    [teammates?.length ?? 0, "teammate"],
    [inboxes?.length ?? 0, "inbox", "inboxes"],
  ] as const;
  return counts.map(([count, one, several = `${one}s`]) => `${count} ${count === 1 ? one : several}`).join(", ");
}

async function check(
  { path, metadata, text, diagnostics }: CompanySchemaFile,
  given: Given,
  io: Environment,
): Promise<number> {
  const shown = escapeText(path);
  const again = "Run front-contacts schema --from-front.";
  const [broken] = diagnostics;
  if (broken !== undefined) throw new UsageError(broken.summary, again);
  if (metadata === undefined) throw new UsageError(`There is no ${shown}`, again);
  const now = await ask(given, io);
  const differences = compareCompanyMetadata(metadata, now);
  const whole = { ...now, teammates: now.teammates ?? metadata.teammates, inboxes: now.inboxes ?? metadata.inboxes };
  if (differences.length === 0 && text === companySchemaText(whole)) {
    io.out(`${shown} is up to date.\n`);
    return EXIT.ok;
  }
  const reasons = differences.length === 0 ? ["Its text is not what would be written now"] : differences;
  io.out(`${shown} is stale:\n${reasons.map((reason) => `  ${escapeText(reason)}\n`).join("")}`);
  io.err(`\n${again}\n`);
  return EXIT.failed;
}

/** Into a directory that may have to be made, as in a repository that has no files yet. */
function write(path: string, text: string, io: Environment): void {
  writeFile(path, text, io.cwd);
}
