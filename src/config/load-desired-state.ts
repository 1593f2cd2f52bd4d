import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createDisk, type Disk } from "../fs/disk.ts";
import type { DesiredContact, DesiredState } from "../model/contact.ts";
import { byLocation, type Diagnostic, hasErrors } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type ParsedYaml, parseYaml } from "../yaml/parse.ts";
import type { Source } from "../yaml/source-text.ts";
import { Avatars, type IsDecodable } from "./avatars.ts";
import { checkAgainstCompanySchema, readCompanySchemaFile } from "./company-schema-file.ts";
import { findFiles, readSources, type SourceRead } from "./find-files.ts";
import { withPhoneCountry } from "./phone-country.ts";
import { checkRules } from "./rules.ts";
import { checkSchema } from "./schema.ts";
import {
  joinUncheckedConfigs,
  readUncheckedConfig,
  type UncheckedConfig,
  type UncheckedContact,
} from "./unchecked-config.ts";

export interface LoadOptions {
  /** Where relative paths start. */
  readonly cwd?: string;
  readonly disk?: Disk;
  /** Whether there may be no contacts, and not even a directory. */
  readonly allowEmpty?: boolean;
  /** Also checks custom fields against what `schema --from-front` wrote. Usually not: a plan asks Front itself. */
  readonly againstCompanySchema?: boolean;
  /** Whether a picture can be decoded. Default: by decoding it. */
  readonly isDecodable?: IsDecodable;
}

export interface Loaded {
  /** Absent when anything is wrong. */
  readonly desired?: DesiredState;
  /** In the order of their places. */
  readonly diagnostics: readonly Diagnostic[];
  /** The text of every file that could be read, by the name that places give it. */
  readonly sources: ReadonlyMap<string, string>;
}

/** A file with more mistakes than this has one mistake that makes the others. */
const MOST_PROBLEMS = 100;

const OF_NOTHING: readonly string[] = ["no-directory", "no-files"];

/** Reads all files below a directory, and finds everything that is wrong with them in one go. */
export async function loadDesired(
  directory: string,
  { cwd, disk = createDisk(cwd), allowEmpty = false, againstCompanySchema = false, isDecodable }: LoadOptions = {},
): Promise<Loaded> {
  const root = posix.normalize(directory).replace(/(.)\/+$/, "$1");
  const { paths, diagnostics } = findFiles(root, disk);
  const files = [...readSources(paths, disk)].map(checkFile);
  const draft = withPhoneCountry(joinUncheckedConfigs(files.flatMap(({ drafts }) => drafts)));
  const complete = files.every((file) => file.complete);
  const finished = await finishContacts(draft.contacts, new Avatars(root, disk, isDecodable));
  const broken = checkRules({ ...draft, complete });
  const company = againstCompanySchema ? checkAgainstCompanySchema(readCompanySchemaFile(root, disk), draft) : [];
  const found = arrange([
    ...diagnostics.filter(({ code }) => !allowEmpty || !OF_NOTHING.includes(code)),
    ...files.flatMap((file) => file.diagnostics),
    ...broken,
    ...company.filter(({ location }) => !broken.some((other) => isDeepStrictEqual(other.location, location))),
    ...finished.diagnostics,
  ]);
  const sources = new Map(files.flatMap(({ source }) => (source === undefined ? [] : [[source.file, source.text]])));
  if (hasErrors(found)) return { diagnostics: found, sources };
  if (draft.contacts.length === 0 && !allowEmpty) return { diagnostics: [noContacts(root), ...found], sources };
  return { desired: desiredOf(draft, finished.contacts), diagnostics: found, sources };
}

interface CheckedFile {
  readonly source?: Source;
  readonly drafts: readonly UncheckedConfig[];
  readonly diagnostics: readonly Diagnostic[];
  /** Whether nothing in it was passed over unread. */
  readonly complete: boolean;
}

function checkFile({ source, diagnostics }: SourceRead): CheckedFile {
  if (source === undefined) return { drafts: [], diagnostics, complete: false };
  if (hasErrors(diagnostics)) return { source, drafts: [], diagnostics, complete: false };
  const parsed = parseYaml(source);
  const drafts = parsed.documents.map(readUncheckedConfig);
  const found = [
    ...diagnostics,
    ...parsed.diagnostics,
    ...parsed.documents.flatMap(checkSchema),
    ...checkContents(source, parsed, drafts),
  ];
  return { source, drafts, diagnostics: found, complete: !hasErrors(parsed.diagnostics) };
}

function* checkContents(source: Source, parsed: ParsedYaml, drafts: readonly UncheckedConfig[]): Iterable<Diagnostic> {
  const location = source.locationOf([0, 1]);
  if (parsed.documents.length === 0 && parsed.diagnostics.length === 0) {
    const summary = "There is nothing in this file";
    const advice = "Write contacts: into it, or delete it. Nothing is changed in Front because of it.";
    yield { severity: "warning", code: "file-empty", summary, advice, location };
  }
  const count = drafts.reduce((sum, { contacts }) => sum + contacts.length, 0);
  if (count > LIMITS.contacts) {
    const summary = `There are ${count} contacts in this file, and ${LIMITS.contacts} is the most`;
    yield { severity: "error", code: "too-many", summary, advice: "Split it over several files.", location };
  }
}

function noContacts(root: string): Diagnostic {
  return {
    severity: "error",
    code: "no-contacts",
    summary: `There are no contacts in ${root}`,
    advice: "Write one under contacts: at the top of a file.",
  };
}

async function finishContacts(
  drafts: readonly UncheckedContact[],
  avatars: Avatars,
): Promise<{ readonly contacts: readonly DesiredContact[]; readonly diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const finish = async ({
    written: _,
    avatar,
    links,
    customFields,
    ...rest
  }: UncheckedContact): Promise<DesiredContact> => {
    const shown = avatar === undefined ? undefined : await avatars.load(avatar);
    if (shown?.diagnostic !== undefined) diagnostics.push(shown.diagnostic);
    return omitUndefined({
      ...rest,
      links: links?.map(({ text }) => text),
      customFields: customFields?.map(({ name, value, location, nameLocation }) => ({
        name,
        value,
        location,
        nameLocation,
      })),
      avatar: shown && avatar && shown.picture ? { ...shown.picture, location: avatar.location } : undefined,
    });
  };
  const contacts: DesiredContact[] = [];
  // One after the other, so that only one picture is in memory.
  for (const draft of drafts) contacts.push(await finish(draft));
  return { contacts, diagnostics };
}

function desiredOf(
  { lists, customFields, settings }: UncheckedConfig,
  contacts: readonly DesiredContact[],
): DesiredState {
  return { contacts, lists, customFields, settings: settings[0]?.settings ?? {} };
}

/** In the order in which people go through files; what was found twice, by way of two aliases, is told once. */
function arrange(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const distinct = new Map(diagnostics.map((diagnostic) => [identify(diagnostic), diagnostic]));
  return atMost([...distinct.values()].toSorted(byLocation));
}

function identify({ code, location, summary }: Diagnostic): string {
  return JSON.stringify([code, location?.file, location?.line, location?.column, summary]);
}

/** A file that is wrong from end to end should not bury what is wrong with the others. */
function atMost(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byFile = new Map<string | undefined, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const file = diagnostic.location?.file;
    const others = byFile.get(file);
    if (others === undefined) byFile.set(file, [diagnostic]);
    else others.push(diagnostic);
  }
  return [...byFile.values()].flatMap((some) => [
    ...some.slice(0, MOST_PROBLEMS),
    ...andMore(some.slice(MOST_PROBLEMS)),
  ]);
}

/** In the place of the first that is not told. */
function* andMore(untold: readonly Diagnostic[]): Iterable<Diagnostic> {
  const [first] = untold;
  if (first === undefined) return;
  yield omitUndefined({
    severity: hasErrors(untold) ? ("error" as const) : ("warning" as const),
    code: "too-many-problems",
    summary: `There are ${untold.length} more problems in this file, from here on`,
    advice: "Correct the others first: these may go with them.",
    location: first.location,
  });
}
