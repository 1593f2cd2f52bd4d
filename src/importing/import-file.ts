import { escapeText } from "../escape/escape-text.ts";
import type { DeclaredField, DesiredContact, HandleKey } from "../model/contact.ts";
import { handleKey } from "../model/contact.ts";
import { suggest } from "../model/suggest.ts";
import { type Assembled, assembleEntry, type Detail } from "./assemble-entry.ts";
import { type Mapping, parseMappings } from "./column-mapping.ts";
import { parseCsv } from "./csv.ts";
import type { Entry } from "./entry-text.ts";
import type { Arrival } from "./import.ts";
import { ImportError } from "./import-error.ts";
import { Importing, type ImportReport, type ImportTarget } from "./import-into.ts";
import type { EntryUpdate } from "./update-entry.ts";
import { type Card, parseCards } from "./vcard.ts";

/** A row or a card that does not fit. */
export interface InvalidRow {
  readonly line: number;
  readonly reason: string;
}

export interface FileImport extends ImportReport {
  readonly misfits: readonly InvalidRow[];
  /** False when nothing was written, because of misfits. */
  readonly done: boolean;
}

export interface FileImportOptions {
  readonly text: string;
  /** Of `--map`. */
  readonly mappings: readonly string[];
  readonly update?: boolean;
  /** Leaves out what does not fit, in place of writing nothing. */
  readonly skipInvalid?: boolean;
  /** Whether categories of vCards are contact lists. */
  readonly categories?: boolean;
  /** Usually so: pictures that are in vCards. */
  readonly avatars?: boolean;
}

/** One contact of the file. */
interface Record {
  readonly line: number;
  readonly assembled: Assembled;
  readonly picture?: Uint8Array | undefined;
}

export async function importCsv(target: ImportTarget, options: FileImportOptions): Promise<FileImport> {
  const declared = declaredBy(target);
  return await importRecords(target, csvRecords(options, declared), options);
}

export async function importVcards(target: ImportTarget, options: FileImportOptions): Promise<FileImport> {
  const declared = declaredBy(target);
  const mappings = parseMappings(options.mappings, declared);
  const cards = parseCards(options.text);
  if (cards.length === 0) throw new ImportError("There is no vCard in this file", "A vCard begins with BEGIN:VCARD.");
  const records = cards.map((card) => recordOfCard(card, mappings, options, declared));
  return await importRecords(target, records, options);
}

function declaredBy({ home }: ImportTarget): ReadonlyMap<string, DeclaredField> {
  return new Map(home.desired.customFields.map((field) => [field.name, field]));
}

function csvRecords(options: FileImportOptions, declared: ReadonlyMap<string, DeclaredField>): Record[] {
  const { header, rows, failure } = parseCsv(options.text);
  if (failure !== undefined) {
    throw new ImportError(
      `Line ${failure.line} cannot be read: ${failure.reason}`,
      "Correct it, or export the table again.",
    );
  }
  const columns = columnsFor(parseMappings(options.mappings, declared), header);
  return rows.map(({ line, cells }) => {
    if (cells.length !== header.length) {
      const reason = `there are ${cells.length} cells in this row, and ${header.length} columns`;
      return { line, assembled: { problems: [reason] } };
    }
    const details = columns.map(({ target, index }): Detail => ({ target, text: cells[index] ?? "" }));
    return { line, assembled: assembleEntry(details, declared) };
  });
}

function columnsFor(mappings: readonly Mapping[], header: readonly string[]) {
  const names = namesOf(header);
  if (mappings.length === 0) {
    const advice = `Its columns are ${names}. Say what they are for: --map 'name=Name,email=Email'.`;
    throw new ImportError("Nobody said what the columns of the table mean", advice);
  }
  return mappings.map(({ target, column }) => {
    const index = header.indexOf(column);
    if (index === -1) {
      const near = suggest(column, header);
      const advice =
        near === undefined ? `Its columns are ${names}.` : `Did you mean "${near}"? Case makes a difference.`;
      throw new ImportError(`The table has no column "${column}"`, advice);
    }
    if (header.indexOf(column, index + 1) !== -1) {
      throw new ImportError(`The table has two columns "${column}"`, "Rename one of them in the table.");
    }
    return { target, index };
  });
}

/** What each property of a card is for, without being told. */
const CARD_TARGETS: { readonly [property: string]: Detail["target"] | undefined } = {
  email: { kind: "handle", source: "email" },
  tel: { kind: "handle", source: "phone" },
  url: { kind: "link" },
  note: { kind: "description" },
};

function recordOfCard(
  card: Card,
  mappings: readonly Mapping[],
  { categories = false, avatars = true }: FileImportOptions,
  declared: ReadonlyMap<string, DeclaredField>,
): Record {
  const { line, problem, properties } = card;
  if (problem !== undefined) return { line, assembled: { problems: [problem] } };
  const valuesOf = (name: string) => properties.filter((each) => each.name === name).flatMap(({ values }) => values);
  const [name = ""] = [...valuesOf("fn"), ...valuesOf("n")].filter((text) => text !== "");
  const details: Detail[] = [
    { target: { kind: "name" }, text: name },
    ...Object.entries(CARD_TARGETS).flatMap(([property, target]) =>
      valuesOf(property).map((text) => ({
        target: target ?? { kind: "link" as const },
        text: cleaned(property, text),
      })),
    ),
    ...(categories ? valuesOf("categories").map((text) => ({ target: { kind: "list" as const }, text })) : []),
    ...mappings.flatMap(({ target, column }) => valuesOf(column.toLowerCase()).map((text) => ({ target, text }))),
  ];
  const picture = avatars ? properties.find(({ bytes }) => bytes !== undefined)?.bytes : undefined;
  return { line, assembled: assembleEntry(details, declared), picture };
}

/** Numbers may be addresses (`tel:+1-360-555-0123;ext=5`), and some programs escape the colons of addresses. */
function cleaned(property: string, text: string): string {
  if (property === "tel") return text.replace(/^tel:/i, "").replace(/;.*$/s, "").trim();
  return property === "url" ? text.replaceAll("\\:", ":") : text;
}

async function importRecords(
  target: ImportTarget,
  records: readonly Record[],
  { update = false, skipInvalid = false }: FileImportOptions,
): Promise<FileImport> {
  const importing = new Importing(target, { keep: update });
  const { arrivals, misfits } = sorted(records, importing);
  if (misfits.length > 0 && !skipInvalid) return { ...importing.report(), misfits, done: false };
  await importing.take(arrivals);
  importing.flush();
  if (update) importing.update(revisionsOf(importing));
  return { ...importing.report(), misfits, done: true };
}

/** Finds those that share a handle with an earlier one, or that are two entries at once. */
function sorted(records: readonly Record[], { owners }: Importing) {
  const lines = new Map<HandleKey, number>();
  const misfits: InvalidRow[] = [];
  const arrivals: Arrival[] = [];
  for (const { line, assembled, picture } of records) {
    const problems = "problems" in assembled ? assembled.problems : [...conflicts(assembled.entry)];
    misfits.push(...problems.map((reason) => ({ line, reason })));
    if ("problems" in assembled || problems.length > 0) continue;
    const { entry } = assembled;
    for (const handle of entry.handles) lines.set(handleKey(handle), line);
    arrivals.push({
      handles: entry.handles,
      label: `line ${line}`,
      adopted: { entry, unsayable: new Set(), remarks: [] },
      picture: picture && (async () => picture),
    });
  }
  return { arrivals, misfits };

  function* conflicts({ handles }: Entry): Iterable<string> {
    for (const handle of handles) {
      const earlier = lines.get(handleKey(handle));
      if (earlier !== undefined) yield `${handle.source} ${handle.handle} is that of line ${earlier} already`;
    }
    const keys = new Set(handles.map((handle) => owners.claimant(handle)?.key).filter((key) => key !== undefined));
    if (keys.size > 1) yield `its handles are those of several contacts: ${[...keys].join(", ")}`;
  }
}

/** A table is not all there is to know of a contact, so what it does not say stays. */
function revisionsOf(importing: Importing): ReadonlyMap<DesiredContact, EntryUpdate> {
  const revisions = new Map<DesiredContact, EntryUpdate>();
  for (const [owner, [arrival, ...others]] of importing.declared) {
    const entry = arrival?.adopted.entry;
    for (const { label } of others) {
      importing.remark({
        kind: "not-updated",
        text: `${owner.key}: ${arrival?.label} came first, ${label} is about it too`,
      });
    }
    if (owner.ensure === "absent") importing.remark({ kind: "not-updated", text: `${owner.key}: it is to be absent` });
    else if (entry !== undefined) {
      const handles = entry.handles.filter((handle) => importing.mayHave(owner, handle));
      revisions.set(owner, { entry: { ...entry, handles }, complete: false, samePicture: true });
    }
  }
  return revisions;
}

/** As much as anybody reads: a file that is no table may have anything in its first line. */
function namesOf(header: readonly string[]): string {
  const shown = header.slice(0, MOST_COLUMNS).map((name) => `"${escapeText(name, { limit: LONGEST_COLUMN })}"`);
  return [...shown, ...(header.length > MOST_COLUMNS ? [`${header.length - MOST_COLUMNS} more`] : [])].join(", ");
}

const MOST_COLUMNS = 50;
const LONGEST_COLUMN = 40;
