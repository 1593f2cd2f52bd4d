import { posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { dropAbsent } from "../absent.ts";
import type { Desired, DesiredContact } from "../contact.ts";
import { byPlace, type Diagnostic, hasErrors } from "../diagnostic.ts";
import { createDisk, type Disk } from "../disk/disk.ts";
import { Avatars, type IsDecodable } from "./avatars.ts";
import { BOUNDS } from "./bounds.ts";
import { checkAgainstFile, readCompanyFile } from "./company-file.ts";
import { type Draft, type DraftContact, joinDrafts, readDraft } from "./draft.ts";
import { findFiles, readSources, type SourceRead } from "./files.ts";
import { withPhoneCountry } from "./phone-country.ts";
import { checkRules } from "./rules.ts";
import { checkSchema } from "./schema.ts";
import type { Source } from "./source.ts";
import { type ParsedYaml, parseYaml } from "./yaml.ts";

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
  readonly desired?: Desired;
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
  const draft = withPhoneCountry(joinDrafts(files.flatMap(({ drafts }) => drafts)));
  const complete = files.every((file) => file.complete);
  const finished = await finishContacts(draft.contacts, new Avatars(root, disk, isDecodable));
  const broken = checkRules({ ...draft, complete });
  const company = againstCompanySchema ? checkAgainstFile(readCompanyFile(root, disk), draft) : [];
  const found = arrange([
    ...diagnostics.filter(({ code }) => !allowEmpty || !OF_NOTHING.includes(code)),
    ...files.flatMap((file) => file.diagnostics),
    ...broken,
    ...company.filter(({ place }) => !broken.some((other) => isDeepStrictEqual(other.place, place))),
    ...finished.diagnostics,
  ]);
  const sources = new Map(files.flatMap(({ source }) => (source === undefined ? [] : [[source.file, source.text]])));
  if (hasErrors(found)) return { diagnostics: found, sources };
  if (draft.contacts.length === 0 && !allowEmpty) return { diagnostics: [noContacts(root), ...found], sources };
  return { desired: desiredOf(draft, finished.contacts), diagnostics: found, sources };
}

interface CheckedFile {
  readonly source?: Source;
  readonly drafts: readonly Draft[];
  readonly diagnostics: readonly Diagnostic[];
  /** Whether nothing in it was passed over unread. */
  readonly complete: boolean;
}

function checkFile({ source, diagnostics }: SourceRead): CheckedFile {
  if (source === undefined) return { drafts: [], diagnostics, complete: false };
  if (hasErrors(diagnostics)) return { source, drafts: [], diagnostics, complete: false };
  const parsed = parseYaml(source);
  const drafts = parsed.documents.map(readDraft);
  const found = [
    ...diagnostics,
    ...parsed.diagnostics,
    ...parsed.documents.flatMap(checkSchema),
    ...checkContents(source, parsed, drafts),
  ];
  return { source, drafts, diagnostics: found, complete: !hasErrors(parsed.diagnostics) };
}

function* checkContents(source: Source, parsed: ParsedYaml, drafts: readonly Draft[]): Iterable<Diagnostic> {
  const place = source.placeOf([0, 1]);
  if (parsed.documents.length === 0 && parsed.diagnostics.length === 0) {
    const summary = "There is nothing in this file";
    const advice = "Write contacts: into it, or delete it. Nothing is changed in Front because of it.";
    yield { severity: "warning", code: "file-empty", summary, advice, place };
  }
  const count = drafts.reduce((sum, { contacts }) => sum + contacts.length, 0);
  if (count > BOUNDS.contacts) {
    const summary = `There are ${count} contacts in this file, and ${BOUNDS.contacts} is the most`;
    yield { severity: "error", code: "too-many", summary, advice: "Split it over several files.", place };
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
  drafts: readonly DraftContact[],
  avatars: Avatars,
): Promise<{ readonly contacts: readonly DesiredContact[]; readonly diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const finish = async ({
    written: _,
    avatar,
    links,
    customFields,
    ...rest
  }: DraftContact): Promise<DesiredContact> => {
    const shown = avatar === undefined ? undefined : await avatars.load(avatar);
    if (shown?.diagnostic !== undefined) diagnostics.push(shown.diagnostic);
    return dropAbsent({
      ...rest,
      links: links?.map(({ text }) => text),
      customFields: customFields?.map(({ name, value, place, namePlace }) => ({ name, value, place, namePlace })),
      avatar: shown && avatar && shown.picture ? { ...shown.picture, place: avatar.place } : undefined,
    });
  };
  const contacts: DesiredContact[] = [];
  // One after the other, so that only one picture is in memory.
  for (const draft of drafts) contacts.push(await finish(draft));
  return { contacts, diagnostics };
}

function desiredOf({ lists, customFields, settings }: Draft, contacts: readonly DesiredContact[]): Desired {
  return { contacts, lists, customFields, settings: settings[0]?.settings ?? {} };
}

/** In the order in which people go through files; what was found twice, by way of two aliases, is told once. */
function arrange(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const distinct = new Map(diagnostics.map((diagnostic) => [identify(diagnostic), diagnostic]));
  return atMost([...distinct.values()].toSorted(byPlace));
}

function identify({ code, place, summary }: Diagnostic): string {
  return JSON.stringify([code, place?.file, place?.line, place?.column, summary]);
}

/** A file that is wrong from end to end should not bury what is wrong with the others. */
function atMost(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const byFile = new Map<string | undefined, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const file = diagnostic.place?.file;
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
  yield dropAbsent({
    severity: hasErrors(untold) ? ("error" as const) : ("warning" as const),
    code: "too-many-problems",
    summary: `There are ${untold.length} more problems in this file, from here on`,
    advice: "Correct the others first: these may go with them.",
    place: first.place,
  });
}
