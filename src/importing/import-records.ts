import type { Preset, PresetName } from "../config/tables/presets.ts";
import { type DesiredContact, type HandleKey, handleKey } from "../model/contact.ts";
import type { Entry, EntryUpdate } from "./entry.ts";
import { type ImportedContact, type ImportReport, type ImportTarget, ImportWriter } from "./import-writer.ts";

/** A row or card that cannot be imported, and the reason. */
export interface InvalidRow {
  readonly line: number;
  readonly reason: string;
}

export interface FileImport extends ImportReport {
  readonly invalidRows: readonly InvalidRow[];
  /** The preset, if it was detected from the CSV header. */
  readonly recognized?: Pick<Preset, "name" | "title">;
  /** The named columns with values that neither the preset nor a mapping reads. Omitted if there is no preset. */
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
  readonly update?: boolean;
  /** Imports the categories of vCards as contact lists. */
  readonly categories?: boolean;
  /** Imports the pictures of vCards (default: true). */
  readonly avatars?: boolean;
}

/** One contact of the file, or the problems that make it invalid. */
export interface FileRecord {
  readonly line: number;
  readonly entry?: Entry;
  readonly problems: readonly string[];
  readonly notes?: readonly string[];
  readonly picture?: Uint8Array | undefined;
}

export async function importRecords(
  target: ImportTarget,
  records: readonly FileRecord[],
  { update = false }: FileImportOptions,
): Promise<FileImport> {
  const writer = new ImportWriter(target, { update });
  const { contacts, invalidRows } = separateInvalid(records, writer);
  await writer.add(contacts);
  await writer.flush();
  if (update) writer.update(updatesFrom(writer));
  return { ...writer.report(), invalidRows };
}

/**
 * A record is invalid if it has problems, if it shares a handle with an earlier valid record, or if its handles belong
 * to several entries.
 */
function separateInvalid(records: readonly FileRecord[], writer: ImportWriter) {
  const lines = new Map<HandleKey, number>();
  const invalidRows: InvalidRow[] = [];
  const contacts: ImportedContact[] = [];
  for (const { line, entry, problems, notes = [], picture } of records) {
    const reasons = problems.length > 0 || entry === undefined ? problems : [...conflicts(entry)];
    invalidRows.push(...reasons.map((reason) => ({ line, reason })));
    if (entry === undefined || reasons.length > 0) continue;
    for (const handle of entry.handles) lines.set(handleKey(handle), line);
    contacts.push({
      handles: entry.handles,
      label: `line ${line}`,
      entry,
      omitted: new Set(),
      warnings: notes.map((note) => ({ kind: "value-skipped" as const, text: `line ${line}: ${note}` })),
      picture: picture && (async () => picture),
    });
  }
  return { contacts, invalidRows };

  function* conflicts({ handles }: Entry): Iterable<string> {
    for (const handle of handles) {
      const earlier = lines.get(handleKey(handle));
      if (earlier !== undefined) yield `${handle.source} "${handle.handle}" is already used in line ${earlier}`;
    }
    const keys = new Set(handles.flatMap((handle) => writer.entryOf({ handles: [handle] })?.key ?? []));
    if (keys.size > 1) yield `its handles belong to several entries: ${[...keys].join(", ")}`;
  }
}

/**
 * Properties that the imported file lacks stay unchanged, because the file may contain only some values of a contact.
 */
function updatesFrom(writer: ImportWriter): ReadonlyMap<DesiredContact, EntryUpdate> {
  const updates = new Map<DesiredContact, EntryUpdate>();
  for (const [owner, [first, ...others]] of writer.declared) {
    const warn = (reason: string) => writer.warn({ kind: "not-updated", text: `${owner.key}: ${reason}` });
    for (const { label } of others) warn(`${label} describes the same contact as ${first?.label} and was ignored`);
    if (owner.ensure === "absent") warn("the entry has ensure: absent");
    else if (first?.entry !== undefined) {
      const unmanaged = unmanagedValues(owner, first.entry);
      if (unmanaged.length > 0) warn(`not added, because the entry does not contain them: ${unmanaged.join(", ")}`);
      const handles = first.entry.handles.filter((handle) => writer.reserve(owner, handle));
      updates.set(owner, { entry: { ...first.entry, handles }, complete: false, isAvatarUnchanged: true });
    }
  }
  return updates;
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
