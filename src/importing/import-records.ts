import type { Preset, PresetName } from "../config/tables/presets.ts";
import { append } from "../model/append.ts";
import { type DesiredContact, type HandleKey, handleKey } from "../model/contact.ts";
import type { Entry, EntryProblem, EntryUpdate } from "./entry.ts";
import { type ImportedContact, type ImportReport, type ImportTarget, ImportWriter } from "./import-writer.ts";

/** A reason why a row or card cannot be imported. */
export interface RecordProblem extends Partial<Pick<EntryProblem, "property" | "value">> {
  readonly reason: string;
}

export interface InvalidRow extends RecordProblem {
  readonly line: number;
}

export interface FileImport extends ImportReport {
  readonly invalidRows: readonly InvalidRow[];
  /** The invalid handles that were skipped in imported rows. */
  readonly skippedHandles: readonly InvalidRow[];
  /** The number of invalid rows that would be valid without their invalid handles. */
  readonly rowsWithOtherHandles: number;
  /** The number of phone numbers without a country code, if the settings do not set a country. */
  readonly nationalNumbers: number;
  /** The preset, if it was detected from the CSV header. */
  readonly recognized?: Pick<Preset, "name" | "title">;
  /**
   * The columns, or the properties of vCards, with values that neither the preset nor a mapping reads. Omitted if the
   * import of a table has no preset.
   */
  readonly unmappedColumns?: readonly string[];
}

export interface FileImportOptions {
  readonly text: string;
  /** Properties and the columns mapped to them, such as `name=Name,email=Email`. */
  readonly mappings: readonly string[];
  /** The program that exported the table. Properties without a mapping are read from the columns of its preset. */
  readonly preset?: PresetName | undefined;
  /** Cell values that are treated as empty, in addition to the null values of the preset. */
  readonly nullValues?: readonly string[];
  /** The text between several values in cells that the mappings read as handles or lists. */
  readonly separator?: string | undefined;
  readonly update?: boolean;
  /** Imports rows and cards without their invalid handles, if they have other handles (default: false). */
  readonly skipInvalidHandles?: boolean;
  /** Imports the categories of vCards as contact lists. */
  readonly categories?: boolean;
  /** Imports the pictures of vCards (default: true). */
  readonly avatars?: boolean;
}

/** One contact of the file. It is invalid if there are problems. */
export interface FileRecord {
  readonly line: number;
  /** Omitted if the row cannot be read. */
  readonly entry?: Entry;
  readonly problems: readonly RecordProblem[];
  /** The properties of the record whose values are not all in the entry, named as in `EntryProblem`. */
  readonly omitted?: ReadonlySet<string>;
  readonly notes?: readonly string[];
  readonly picture?: Uint8Array | undefined;
}

export async function importRecords(
  target: ImportTarget,
  allRecords: readonly FileRecord[],
  { update = false, skipInvalidHandles = false }: FileImportOptions,
): Promise<FileImport> {
  const writer = new ImportWriter(target, { update });
  const incomplete = allRecords.filter(hasOtherHandles);
  const imported = new Set(skipInvalidHandles ? incomplete : []);
  const records = allRecords.map((record) =>
    imported.has(record) ? { ...record, problems: [], omitted: new Set(["handles"]) } : record,
  );
  const { contacts, invalidRows } = separateInvalid(records, writer);
  await writer.add(contacts);
  await writer.flush();
  const invalidLines = new Set(invalidRows.map(({ line }) => line));
  const invalidRecords = records.filter(({ line }) => invalidLines.has(line));
  if (update) writer.update(updatesFrom(writer, invalidRecords));
  const handles = contacts.flatMap((contact) => contact.handles);
  const nationalNumbers = handles.filter(({ source, handle }) => source === "phone" && !handle.startsWith("+"));
  const hasCountry = target.destination.desired.settings.phoneCountry !== undefined;
  return {
    ...writer.report(),
    invalidRows,
    skippedHandles: [...imported]
      .filter(({ line }) => !invalidLines.has(line))
      .flatMap(({ line, problems }) => problems.map((problem) => ({ line, ...problem }))),
    rowsWithOtherHandles: incomplete.length - imported.size,
    nationalNumbers: hasCountry ? 0 : nationalNumbers.length,
  };
}

/** Returns whether a record has valid handles, and its only problems are invalid handles. */
function hasOtherHandles({ entry, problems }: FileRecord): boolean {
  if (entry === undefined || entry.handles.length === 0 || problems.length === 0) return false;
  return problems.every(({ property, value }) => property === "handles" && value !== undefined);
}

/**
 * Returns the contacts of valid records, and the problems of the others. A record is invalid if it has problems, if it
 * shares a handle with an earlier valid record, or if its handles belong to several entries.
 */
function separateInvalid(records: readonly FileRecord[], writer: ImportWriter) {
  const lines = new Map<HandleKey, number>();
  const invalidRows: InvalidRow[] = [];
  const contacts: ImportedContact[] = [];
  for (const { line, entry, problems, omitted = new Set<string>(), notes = [], picture } of records) {
    const allProblems =
      problems.length > 0 || entry === undefined ? problems : [...conflicts(entry)].map((reason) => ({ reason }));
    invalidRows.push(...allProblems.map((problem) => ({ line, ...problem })));
    if (entry === undefined || allProblems.length > 0) continue;
    for (const handle of entry.handles) lines.set(handleKey(handle), line);
    contacts.push({
      handles: entry.handles,
      label: labelOf(line),
      entry,
      omitted,
      warnings: notes.map((note) => ({ kind: "value-skipped" as const, text: `${labelOf(line)}: ${note}` })),
      picture: picture && (async () => picture),
    });
  }
  return { contacts, invalidRows };

  function* conflicts(entry: Entry): Iterable<string> {
    for (const handle of entry.handles) {
      const earlier = lines.get(handleKey(handle));
      if (earlier !== undefined) yield `${handle.source} "${handle.handle}" is already used on line ${earlier}`;
    }
    const owners = ownersOf(entry, writer);
    if (owners.size > 1)
      yield `its handles belong to several entries: ${[...owners].map(({ key }) => key).join(", ")}; keep the handles of one entry here, or combine the entries`;
  }
}

function labelOf(line: number): string {
  return `line ${line}`;
}

/** Returns the existing entries that declare handles of an imported entry. */
function ownersOf({ handles }: Entry, writer: ImportWriter): ReadonlySet<DesiredContact> {
  return new Set(handles.flatMap((handle) => writer.entriesOf({ handles: [handle] })));
}

/** A record that shares handles with an existing entry. */
interface MatchingRecord {
  readonly label: string;
  readonly entry: Entry;
  readonly isValid: boolean;
}

/**
 * Returns the updates of existing entries. Properties that the imported file lacks stay unchanged, because the file may
 * contain only some values of a contact.
 */
function updatesFrom(writer: ImportWriter, invalid: readonly FileRecord[]): ReadonlyMap<DesiredContact, EntryUpdate> {
  const invalidByOwner = new Map<DesiredContact, MatchingRecord[]>();
  for (const { line, entry } of invalid) {
    if (entry === undefined) continue;
    for (const owner of ownersOf(entry, writer))
      append(invalidByOwner, owner, { label: labelOf(line), entry, isValid: false });
  }
  const updates = new Map<DesiredContact, EntryUpdate>();
  for (const [owner, contacts] of writer.declared) {
    const valid = contacts.flatMap(({ label, entry }) => (entry ? [{ label, entry, isValid: true }] : []));
    const entry = chooseEntry(owner, [...valid, ...(invalidByOwner.get(owner) ?? [])], writer);
    if (entry === undefined) continue;
    const handles = entry.handles.filter((handle) => writer.reserve(owner, handle));
    updates.set(owner, { entry: { ...entry, handles }, complete: false, isAvatarUnchanged: true });
  }
  return updates;
}

/**
 * Returns the record that shares the most handles with an existing entry, and reports the other valid records. Returns
 * undefined if the record is invalid, if the entry has `ensure: absent`, or if several records share the most handles.
 * People may share a phone number, so only one of these records may be the contact. Ignores records that repeat exactly
 * the same handles.
 */
function chooseEntry(
  owner: DesiredContact,
  records: readonly MatchingRecord[],
  writer: ImportWriter,
): Entry | undefined {
  const warn = (reason: string) => writer.warn({ kind: "not-updated", text: `${owner.key}: ${reason}` });
  const sharedCount = ({ entry }: MatchingRecord) =>
    entry.handles.filter((handle) => writer.entriesOf({ handles: [handle] }).includes(owner)).length;
  const [best, ...rest] = records.toSorted((a, b) => sharedCount(b) - sharedCount(a));
  if (best === undefined) return undefined;
  const others = rest.filter(({ entry }) => !haveSameHandles(entry, best.entry));
  const [second] = others;
  if (second !== undefined && sharedCount(best) === sharedCount(second)) {
    warn(
      `${best.label} and ${second.label} both have handles of the entry; correct one of them, or edit the entry manually`,
    );
    return undefined;
  }
  // Invalid records are reported anyway.
  for (const { label } of others.filter(({ isValid }) => isValid)) {
    warn(
      `${label} has fewer handles of the entry than ${best.label} and was ignored; if it is another contact, remove the shared handles`,
    );
  }
  if (!best.isValid) return undefined;
  if (owner.ensure === "absent") {
    warn("the entry has ensure: absent; to update it, remove ensure: absent");
    return undefined;
  }
  const unmanaged = unmanagedValues(owner, best.entry);
  if (unmanaged.length > 0)
    warn(`the entry does not declare these properties; to import them, add them to the entry: ${unmanaged.join(", ")}`);
  return best.entry;
}

function haveSameHandles(a: Entry, b: Entry): boolean {
  const keys = new Set(a.handles.map(handleKey));
  return a.handles.length === b.handles.length && b.handles.every((handle) => keys.has(handleKey(handle)));
}

/** Returns the names of imported values that the entry does not manage. */
function unmanagedValues(owner: DesiredContact, { name, description, links, lists, customFields }: Entry): string[] {
  const managed = new Set(owner.customFields?.map((field) => field.name));
  return [
    ...(name !== undefined && owner.name === undefined ? ["name"] : []),
    ...(description !== undefined && owner.description === undefined ? ["description"] : []),
    ...(links.length > 0 && owner.links === undefined ? ["links"] : []),
    ...(lists.length > 0 && owner.lists === undefined ? ["lists"] : []),
    ...customFields.flatMap((field) => (managed.has(field.name) ? [] : [`custom field ${field.name}`])),
  ];
}
